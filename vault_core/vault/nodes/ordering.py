"""The order in which people see what lies in a folder, and how names are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import total_ordering
from typing import Any, Final, Protocol

from vault_core.vault.nodes.media_types import kind_of
from vault_core.vault.nodes.node import Node

_MARKS: Final = re.compile("[\u0300-\u036f]+")


def plain(text: str) -> str:
    """Without case and accents: what names are compared and searched by."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


class Placed(Protocol):
    """What a node's place in a list follows from."""

    @property
    def name(self) -> str: ...
    @property
    def is_folder(self) -> bool: ...
    @property
    def size(self) -> int: ...
    @property
    def media_type(self) -> str: ...
    @property
    def modified_at(self) -> int: ...
    @property
    def origin(self) -> object | None: ...


KEYS: Final[dict[str, Callable[[Placed], Any]]] = {
    "name": lambda node: plain(node.name),
    "date": lambda node: node.modified_at,
    "size": lambda node: node.size,
    "type": lambda node: (node.origin is None, kind_of(node.media_type), node.media_type),
}


def in_order(nodes: Sequence[Node], by: str, descending: bool) -> list[Node]:
    """Folders first, then documents, each by the key; equal ones by name.

    `nodes` come by name as it is written, as a tree gives them.
    """
    named = sorted(nodes, key=KEYS["name"], reverse=descending and by == "name")
    keyed = named if by == "name" else sorted(named, key=KEYS[by], reverse=descending)
    return sorted(keyed, key=lambda node: not node.is_folder)


@total_ordering
@dataclass(frozen=True, slots=True)
class Down:
    """A value that is greater the smaller it is."""

    value: Any

    def __lt__(self, other: Down) -> bool:
        return bool(other.value < self.value)


def place(node: Placed, by: str, descending: bool) -> tuple[Any, ...]:
    """Where `in_order` puts a node, whatever else there is: smaller comes before greater."""
    key = KEYS[by](node)
    return not node.is_folder, Down(key) if descending else key, plain(node.name), node.name
