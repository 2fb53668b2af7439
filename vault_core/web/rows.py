"""Rows of a listing, ready for their template: everything is said once, and only looked up there.

A page has 120 of them: what is the same in every row (its folder's address, the words of the
reader's language) is made once a page, and no row calls anything while it is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from vault_core.vault.nodes.media_types import kind_of
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.web import formats
from vault_core.web.addresses import address
from vault_core.web.listing import PREFIX, THUMBNAIL, drawn_as, kind_in_words
from vault_core.web.messages import CATALOGUES
from vault_core.web.visit import Visit

_KINDS: Final = ("folder", "certificate", "pdf", "image", "text", "audio", "video", "other")


@dataclass(frozen=True, slots=True)
class Row:
    """Texts of one row, not yet escaped; addresses are percent-encoded."""

    id: str
    name: str
    href: str
    more: str
    """Where all that can be done with it is offered."""
    place: str
    """A folder's path, for what is dropped on it; "" for a document."""
    kind: str
    kind_told: str
    drawn: str
    picture: str
    """Where a small enough picture is fetched, for a grid of them; "" for anything else."""
    is_sealed: bool
    day: str
    modified: str
    size: str
    pick: str
    more_told: str


def rows(visit: Visit, path: Path, nodes: Iterable[Node]) -> list[Row]:
    """The rows of what lies in the folder `path`, in the order given."""
    making = _Making(visit)
    base = address("", path).rstrip("/")
    return [making.row(node, base) for node in nodes]


@dataclass(frozen=True, slots=True)
class Found:
    """A row among those of other folders, and the folder that it lies in."""

    row: Row
    folder: str
    folder_href: str


def found(visit: Visit, places: Sequence[tuple[Path, Node]]) -> list[Found]:
    """Rows of nodes that lie anywhere; each comes with its whole path."""
    making, root = _Making(visit), visit.t("files.root")
    made = []
    for path, node in places:
        base = address("", path[:-1]).rstrip("/")
        folder = path[-2] if len(path) > 1 else root
        made.append(Found(making.row(node, base), folder, f"{PREFIX}{base}/"))
    return made


class _Making:
    """What the rows of one page share."""

    def __init__(self, visit: Visit) -> None:
        catalogue = CATALOGUES[visit.language]
        self._language = visit.language
        self._kinds = {kind: catalogue[f"kind.one.{kind}"] for kind in _KINDS}
        self._pick = catalogue["files.pick.one"].format
        self._more = catalogue["files.more.one"].format

    def row(self, node: Node, base: str) -> Row:
        name, kind = node.name, kind_in_words(node)
        place = f"{base}/{quote(name, safe='')}"
        href = f"{PREFIX}{place}"
        folder = node.is_folder
        return Row(
            node.id.hex(), name,
            f"{href}/" if folder else href,
            f"/details{place}" if folder else href,
            place if folder else "",
            kind, self._kinds[kind], drawn_as(node),
            f"/view{place}" if _is_small_picture(node) else "",
            node.origin is not None,
            formats.day(node.modified_at, self._language), formats.machine(node.modified_at),
            "" if folder else formats.size(node.size, self._language),
            self._pick(name=name), self._more(name=name),
        )  # fmt: skip


def _is_small_picture(node: Node) -> bool:
    return 0 < node.size <= THUMBNAIL and kind_of(node.media_type) == "image"
