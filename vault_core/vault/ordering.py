"""The order in which people see what lies in a folder, and how names are compared."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any, Final

from vault_core.vault.media_types import kind_of
from vault_core.vault.node import Node

_MARKS: Final = re.compile("[\u0300-\u036f]+")


def plain(text: str) -> str:
    """Without case and accents: what names are compared and searched by."""
    if text.isascii():
        return text.lower()
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))


KEYS: Final[dict[str, Callable[[Node], Any]]] = {
    "name": lambda node: plain(node.name),
    "date": lambda node: node.modified_at,
    "size": lambda node: node.size,
    "type": lambda node: (node.origin is None, kind_of(node.media_type), node.media_type),
}


def in_order(nodes: Sequence[Node], by: str, descending: bool) -> list[Node]:
    """Folders first, then documents, each by the key; equal ones by name."""
    named = sorted(nodes, key=KEYS["name"], reverse=descending and by == "name")
    keyed = named if by == "name" else sorted(named, key=KEYS[by], reverse=descending)
    return sorted(keyed, key=lambda node: not node.is_folder)
