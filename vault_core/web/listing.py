"""What a folder's page and others show of nodes: rows, their order, and the way down to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vault_core.vault.nodes.media_types import kind_of
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.web.addresses import address
from vault_core.web.visit import Visit

PREFIX: Final = "/files"
THUMBNAIL: Final = 4_000_000
"""Bytes up to which a picture is shown in a grid: there are no smaller copies of it."""
_DRAWN: Final = {"image": "image", "audio": "sound", "video": "film", "text": "text", "pdf": "text"}


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a listing."""

    node: Node
    path: Path

    @property
    def name(self) -> str:
        """As its owner named it."""
        return self.node.name

    @property
    def href(self) -> str:
        """Its page."""
        return address(PREFIX, self.path, folder=self.node.is_folder)

    @property
    def drawn(self) -> str:
        """The icon that stands for its kind."""
        return drawn_as(self.node)


def kind_in_words(node: Node) -> str:
    """A node's kind in one word of the catalogue `kind.*`."""
    if node.is_folder:
        return "folder"
    if node.origin is not None:
        return "certificate"
    return kind_of(node.media_type) or "other"


def drawn_as(node: Node) -> str:
    """The icon that stands for a node's kind."""
    if node.is_folder:
        return "folder"
    if node.origin is not None:
        return "seal"
    return _DRAWN.get(kind_of(node.media_type), "file")


@dataclass(frozen=True, slots=True)
class Crumb:
    """One folder above, on the way from the root."""

    name: str
    href: str
    place: str
    """Its path, for what is dropped on it."""


def crumbs(visit: Visit, path: Path) -> list[Crumb]:
    """The way down to `path`, without itself."""
    if not path:
        return []
    top = Crumb(visit.t("files.root"), address(PREFIX, ()), "/")
    above = [path[: depth + 1] for depth in range(len(path) - 1)]
    return [top, *(_crumb(one) for one in above)]


def _crumb(path: Path) -> Crumb:
    return Crumb(path[-1], address(PREFIX, path, folder=True), address("", path))
