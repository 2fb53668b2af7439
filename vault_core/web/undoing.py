"""The way back from what was just done, offered on the page that says so.

It travels in that page's address: what to restore from the trash, what to move back, and which
name it had. Each way back is a form of the page that the change itself is made by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from vault_core.errors import ParcheminError
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.web.addresses import address, parse_path
from vault_core.web.listing import PREFIX
from vault_core.web.visit import Visit

MOST: Final = 50
"""Things that one step back brings back."""
LONGEST: Final = 4000
"""Characters of an address that are spent on it: servers and proxies refuse long ones."""


@dataclass(frozen=True, slots=True)
class Undo:
    """A form with one button."""

    action: str
    fields: tuple[tuple[str, str], ...]


def _fields(fields: Sequence[tuple[str, str]]) -> str:
    """The fields for an address, "" where they are too many or too long."""
    text = "&" + urlencode(fields)
    return text if len(fields) <= MOST + 1 and len(text) <= LONGEST else ""


def deleted(nodes: Sequence[Node]) -> str:
    """These went to the trash."""
    return _fields([("undo", node.id.hex()) for node in nodes])


def moved(origin: Path, nodes: Sequence[Node]) -> str:
    """These came from that folder."""
    return _fields([("from", address("", origin)), *(("item", node.name) for node in nodes)])


def renamed(before: str, node: Node) -> str:
    """The node had that name."""
    return _fields([("before", before), ("item", node.name)])


def parse(visit: Visit, path: Path) -> Undo | None:
    """What the address of the folder's page offers to undo; None where it makes no sense."""
    query, done = visit.request.query, visit.query("done")
    here = address(PREFIX, path, folder=True)
    items = tuple(("item", name) for name in query.getall("item", [])[:MOST])
    if done == "deleted" and "undo" in query:
        ids = tuple(("node", one) for one in query.getall("undo")[:MOST])
        return Undo("/trash/restore", (*ids, ("next", here)))
    if done == "moved" and items and "from" in query:
        try:
            origin = parse_path(visit.query("from"), "")
        except ParcheminError:
            return None
        return Undo(address("/move", path), (*items, ("to", address("", origin))))
    if done == "renamed" and len(items) == 1 and "before" in query:
        return Undo(address("/rename", path), (*items, ("name", visit.query("before"))))
    return None
