"""Search over names, and over what issuers delivered: on the opened vault, nowhere else."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from vault_core.vault.node import Node
from vault_core.web.documents import provenance
from vault_core.web.listing import Item, plain
from vault_core.web.visit import Visit

WALKED: Final = 1_000_000
SHOWN: Final = 200


async def page(visit: Visit) -> web.StreamResponse:
    """What every word of the query is found in; only the list of it for a script."""
    query = visit.query("q").strip()[:200]
    words = plain(query).split()
    found = await _find(visit, words) if words else []
    template = "found.html" if visit.query("part") else "search.html"
    return visit.page(template, section="files", query=query, items=found[:SHOWN], total=len(found))


async def _find(visit: Visit, words: list[str]) -> list[Item]:
    found = []
    for path, node in await visit.vault.walk((), WALKED):
        if path and all(word in _searched(visit, node) for word in words):
            found.append(Item(node, path))
    return sorted(found, key=lambda item: (not item.node.is_folder, plain(item.name)))


def _searched(visit: Visit, node: Node) -> str:
    if node.origin is None:
        return plain(node.name)
    known = provenance(visit, node.origin)
    return plain(f"{node.name} {known.title} {known.issuer}")
