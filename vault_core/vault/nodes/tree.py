"""The nodes of an opened vault, in memory as far as they were asked for.

The catalog stays the truth: `apply` takes over every row that this or another process changed,
in any order, for a row with an older `changed` never replaces a newer one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from vault_core.store.ids import ROOT, NodeId
from vault_core.vault.nodes.node import Node


class Tree:
    """Folders wholly or partly known, and where each known node lies."""

    __slots__ = (
        "_complete",
        "_entries",
        "_gone",
        "_loading",
        "_nodes",
        "_sorted",
        "changes",
        "size",
    )

    def __init__(self, root: Node) -> None:
        self._nodes: dict[NodeId, Node] = {ROOT: root}
        self._entries: dict[NodeId, dict[str, Node]] = {ROOT: {}}
        self._complete: set[NodeId] = set()
        self._sorted: dict[NodeId, list[Node]] = {}
        self._loading = 0
        self._gone: dict[NodeId, int] = {}
        self.size = 1
        self.changes = 0
        """How often something was taken over: what is made of the whole tree is old after it."""

    @contextmanager
    def loading(self) -> Iterator[None]:
        """While rows are read: what is deleted meanwhile stays so when they are taken over."""
        self._loading += 1
        try:
            yield
        finally:
            self._loading -= 1
            if not self._loading:
                self._gone.clear()

    @property
    def root(self) -> Node:
        """The vault's root folder."""
        return self._nodes[ROOT]

    def node(self, node: NodeId) -> Node | None:
        """The live node of that id, if it is known."""
        return self._nodes.get(node)

    def child(self, parent: NodeId, name: str) -> Node | None:
        """The known live node of that name in that folder."""
        entries = self._entries.get(parent)
        return entries.get(name) if entries else None

    def is_complete(self, folder: NodeId) -> bool:
        """Whether all that the folder holds is known."""
        return folder in self._complete

    def children(self, folder: NodeId) -> list[Node]:
        """What a complete folder holds, by name. The list is shared: do not change it."""
        known = self._sorted.get(folder)
        if known is None:
            entries = self._entries.get(folder, {})
            known = self._sorted[folder] = [entries[name] for name in sorted(entries)]
        return known

    def complete(self, folder: NodeId, nodes: Iterable[Node]) -> None:
        """Take over all that a folder holds."""
        for node in nodes:
            self.apply(node)
        self._complete.add(folder)

    def apply(self, node: Node) -> None:
        """Take over a live node that is new, changed or moved."""
        old = self._nodes.get(node.id)
        if old is not None:
            if old.changed > node.changed:
                return
            self._drop(old)
        if self._gone.get(node.id, -1) >= node.changed:
            return
        self._nodes[node.id] = node
        self.size += 1
        self.changes += 1
        if node.id != ROOT:
            self._entries.setdefault(node.parent, {})[node.name] = node
            self._sorted.pop(node.parent, None)

    def bury(self, node: NodeId, changed: int) -> None:
        """Take over that a node went to the trash as the vault became version `changed`."""
        old = self._nodes.get(node)
        if old is not None:
            if old.changed > changed:
                return
            self._drop(old)
        if self._loading:
            self._gone[node] = max(changed, self._gone.get(node, 0))

    def remove(self, node: NodeId) -> None:
        """Forget a node that is gone for good."""
        old = self._nodes.get(node)
        if old is not None:
            self._drop(old)

    def path(self, node: Node) -> tuple[str, ...] | None:
        """Names from the root down; None if a folder on the way is not known or not live."""
        parts: list[str] = []
        while node.id != ROOT:
            parts.append(node.name)
            parent = self._nodes.get(node.parent)
            if parent is None:
                return None
            node = parent
        return tuple(reversed(parts))

    def _drop(self, node: Node) -> None:
        del self._nodes[node.id]
        self.size -= 1
        self.changes += 1
        entries = self._entries.get(node.parent)
        if entries is not None and entries.get(node.name, node).id == node.id:
            entries.pop(node.name, None)
        self._sorted.pop(node.parent, None)
