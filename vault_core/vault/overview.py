"""All that lies in a vault at once: what search and the meter of an account look through.

It is kept beside the opened vault until something in it changes, and goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from vault_core.errors import CorruptCiphertext, NodeNotFound, TooLarge
from vault_core.vault.documents import moving
from vault_core.vault.documents.delivered import FOLDER
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.nodes.media_types import kind_of
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.vault.nodes.ordering import in_order, plain
from vault_core.vault.nodes.tree import Tree
from vault_core.vault.vault import Vault

KINDS: Final = ("certificate", "pdf", "image", "text", "audio", "video", "other")
WALKED: Final = 1_000_000
"""Nodes of a vault that are looked through; TooLarge beyond."""
QUARTER: Final = 900_000
"""Milliseconds that lie in one day, whatever the time zone."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A node, where it lies, and its name without case and accents."""

    path: Path
    node: Node
    plain: str


@dataclass(frozen=True, slots=True)
class Alike:
    """Nodes of which the same is known besides their names: kind, quarter of an hour, issuer."""

    sample: Node
    """One of them."""
    seen: list[Seen]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything below the root, parents first."""

    everything: tuple[Seen, ...]
    alike: tuple[Alike, ...]
    """The same in groups: what is asked of more than names is asked once a group."""
    issued: tuple[Seen, ...]
    """Certificates, the newest first."""
    sizes: tuple[tuple[str, int], ...]
    """Bytes of the present documents by kind, the most first; kinds without any are left out."""


@dataclass(frozen=True, slots=True)
class _Kept:
    tree: Tree
    changes: int
    made: Overview


_KEPT: WeakKeyDictionary[OpenedVault, _Kept] = WeakKeyDictionary()


async def overview(vault: Vault) -> Overview:
    """What lies in the vault now. Raises TooLarge."""
    tree, known = vault.opened.tree, _KEPT.get(vault.opened)
    if known is not None and known.tree is tree and known.changes == tree.changes:
        vault.looked_through()
        return known.made
    changes = tree.changes  # what changes while it is walked makes this one old at once
    made = _made(await vault.walk((), WALKED))
    _KEPT[vault.opened] = _Kept(tree, changes, made)
    return made


async def arrived(vault: Vault, most: int) -> list[Node]:
    """Certificates that lie where they arrive; none where more than `most` nodes lie there.

    None either where one of them is damaged: that is told where it lies.
    """
    try:
        top = await vault.find((FOLDER,))
        walked = await moving.walk(vault.opened, top, most)
    except (CorruptCiphertext, NodeNotFound, TooLarge):
        return []
    return [node for _, node in walked if node.origin is not None]


@dataclass(frozen=True, slots=True)
class _Ordered:
    children: list[Node]
    by: str
    descending: bool
    nodes: list[Node]


_ORDERED: WeakKeyDictionary[OpenedVault, _Ordered] = WeakKeyDictionary()


async def ordered(vault: Vault, folder: Node, by: str, descending: bool) -> list[Node]:
    """What a folder holds, as `in_order` has it; do not change the list.

    The last one is kept until the folder changes: a long one is looked at in many parts.
    """
    children, known = await vault.children(folder), _ORDERED.get(vault.opened)
    if known is None or known.children is not children or (known.by, known.descending) != (
        by, descending,
    ):  # fmt: skip
        known = _Ordered(children, by, descending, in_order(children, by, descending))
        _ORDERED[vault.opened] = known
    return known.nodes


def _made(walked: list[tuple[Path, Node]]) -> Overview:
    everything = tuple(Seen(path, node, plain(node.name)) for path, node in walked if path)
    issued = [seen for seen in everything if seen.node.origin is not None]
    issued.sort(key=lambda seen: (-_delivered_at(seen.node), seen.plain, seen.node.id))
    return Overview(everything, _grouped(everything), tuple(issued), _sizes(everything))


def _grouped(everything: tuple[Seen, ...]) -> tuple[Alike, ...]:
    groups: dict[tuple[object, ...], Alike] = {}
    for seen in everything:
        node, origin = seen.node, seen.node.origin
        key = (
            node.is_folder, node.media_type, known_since(node) // QUARTER,
            (origin.issuer, origin.type) if origin else None,
        )  # fmt: skip
        group = groups.get(key)
        if group is None:
            groups[key] = Alike(node, [seen])
        else:
            group.seen.append(seen)
    return tuple(groups.values())


def known_since(node: Node) -> int:
    """When it was delivered, or else when its content last changed: what it is found by."""
    return node.origin.delivered_at if node.origin else node.modified_at


def _delivered_at(node: Node) -> int:
    return node.origin.delivered_at if node.origin else 0


def _sizes(everything: tuple[Seen, ...]) -> tuple[tuple[str, int], ...]:
    sizes = dict.fromkeys(KINDS, 0)
    for seen in everything:
        if not seen.node.is_folder:
            sizes[kind_in_meter(seen.node)] += seen.node.size
    return tuple(sorted(((k, s) for k, s in sizes.items() if s), key=lambda pair: -pair[1]))


def kind_in_meter(node: Node) -> str:
    """One of KINDS, for a document."""
    return "certificate" if node.origin else kind_of(node.media_type) or "other"
