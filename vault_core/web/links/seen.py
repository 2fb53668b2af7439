"""What a visitor sees of shared nodes."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.vault.links.sharing import Share
from vault_core.vault.nodes.media_types import kind_of
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.web.listing import Item


@dataclass(frozen=True, slots=True)
class Seen:
    """One row of a shared folder; `path` is below what was shared."""

    node: Node
    path: Path

    @property
    def drawn(self) -> str:
        """The icon that stands for its kind."""
        return Item(self.node, self.path).drawn

    @property
    def viewable(self) -> bool:
        """Whether a browser can show it without harm."""
        return bool(self.node.size) and bool(kind_of(self.node.media_type))


def below(share: Share, path: Path) -> list[tuple[Path, Node]]:
    """Everything in the folder, without itself."""
    return [(at, node) for at, node in share.below(path) if at != path]
