"""Shares: what a link shows of a document or folder, and keeping that up to date.

The payload holds the names and content keys of the shared nodes, and nothing of the identity.
It is made anew, within seconds, whenever something changed while the owner's vault is open, which
it is during every change. What is deleted or moved away is closed at once, by the plain columns.
"""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from vault_core.crypto.links import LinkBinding, seal_payload
from vault_core.errors import AccessDenied, CorruptCiphertext, Forbidden, NodeNotFound, TooLarge
from vault_core.store import shared_links
from vault_core.store.ids import BlobId, NodeId
from vault_core.store.shared_links import LinkRow
from vault_core.vault.documents import moving
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.links.link import Link, Terms
from vault_core.vault.links.owning import add, held_of
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Content, Node
from vault_core.vault.vault import Vault

MOST_NODES: Final = 10_000
"""Documents and folders of one share."""
_LARGEST: Final = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Share:
    """What a link shows: `nodes` by path, the top at `()`, folders before what they hold."""

    nodes: Mapping[Path, Node]
    _children: dict[Path, list[Node]] = field(default_factory=dict)

    @property
    def top(self) -> Node:
        """The shared document or folder."""
        return self.nodes[()]

    def find(self, path: Path) -> Node:
        """The node at that path below the top. Raises NodeNotFound."""
        try:
            return self.nodes[path]
        except KeyError:
            raise NodeNotFound from None

    def children(self, path: Path) -> Sequence[Node]:
        """What the folder holds."""
        return [node for at, node in self.nodes.items() if at and at[:-1] == path]

    def below(self, path: Path) -> list[tuple[Path, Node]]:
        """The folder and everything in it."""
        depth = len(path)
        return [(at, node) for at, node in self.nodes.items() if at[:depth] == path]


async def share(vault: Vault, path: Path, terms: Terms) -> Link:
    """A link to a document or folder. Raises NodeNotFound, Forbidden for the root, TooLarge."""
    if not path:
        raise Forbidden("A whole vault cannot be shared: choose a folder or a document.")
    node = await vault.find(path)
    version = vault.opened.version
    payload = await _payload(vault.opened, node)
    return await add(vault, "share", node.id, payload, terms, version)


async def restate(opened: OpenedVault) -> None:
    """Make every share of the vault show what is there now. Cheap where nothing changed."""
    services, version = opened.services, opened.version
    at = int(services.clock() * 1000)
    for row in await shared_links.stale_shares(services.catalog, opened.id, version, at):
        held = held_of(opened, row)
        node = await _live(opened, row)
        if held is None or node is None:
            continue  # what is gone is closed by the columns; it may come back from the trash
        try:
            payload = await _payload(opened, node)
        except TooLarge:  # it grew beyond bounds: what was shown stays
            continue
        binding = LinkBinding(row.vault, row.id, row.kind, row.parameters)
        sealed = seal_payload(held.key, binding, payload, services.random)
        await services.catalog.commit(shared_links.show, row.id, sealed, version)


async def _live(opened: OpenedVault, row: LinkRow) -> Node | None:
    try:
        node = await opened.node(row.node)
        reachable = node is not None and await opened.path_of(node) is not None
    except CorruptCiphertext:
        return None
    return node if reachable else None


async def _payload(opened: OpenedVault, top: Node) -> bytes:
    nodes = await moving.walk(opened, top, MOST_NODES)
    entries = [{**_entry(node), "path": list(path)} for path, node in nodes]
    return zlib.compress(json.dumps({"v": 1, "nodes": entries}).encode(), 6)


def _entry(node: Node) -> dict[str, Any]:
    entry: dict[str, Any] = {"id": node.id.hex(), "name": node.name, "modified": node.modified_at}
    if node.is_folder:
        return entry
    entry |= {"size": node.size, "type": node.media_type}
    if node.content is not None:
        found = node.content
        entry["content"] = [found.blob.hex(), b64encode(found.key).decode(), found.header_size]
    return entry


def read_share(payload: bytes) -> Share:
    """What a payload shows. Raises AccessDenied if it is none."""
    inflater = zlib.decompressobj()
    try:
        found = json.loads(inflater.decompress(payload, _LARGEST))
        return Share({tuple(entry["path"]): _node(entry) for entry in found["nodes"]})
    except (zlib.error, ValueError, KeyError, TypeError):
        raise AccessDenied from None


def _node(entry: Mapping[str, Any]) -> Node:
    content = None
    if "content" in entry:
        blob, key, header = entry["content"]
        content = Content(BlobId(bytes.fromhex(blob)), b64decode(key), header)
    modified = entry["modified"]
    return Node(
        NodeId(bytes.fromhex(entry["id"])), NodeId(bytes(16)), entry["name"],
        "size" not in entry, entry.get("size", 0), entry.get("type", ""),
        modified, modified, 0, b"", content, None,
    )  # fmt: skip
