"""Search over names, and over what issuers delivered: on the opened vault, nowhere else."""

from __future__ import annotations

import asyncio
from typing import Final

from aiohttp import web

from vault_core.web import formats
from vault_core.web.documents import provenance
from vault_core.web.listing import Item, plain
from vault_core.web.visit import Visit

WALKED: Final = 1_000_000
SHOWN: Final = 200
BREATH: Final = 250
"""Nodes looked at between two chances for other requests to run."""


async def page(visit: Visit) -> web.StreamResponse:
    """What every word of the query is found in: names, kinds, issuers, dates."""
    query = visit.query("q").strip()[:200]
    words = plain(query).split()
    found = await _find(visit, words) if words else []
    answer = visit.page(
        "search.html", section="files", query=query, items=found[:SHOWN], total=len(found)
    )
    if "HX-Request" in visit.request.headers:  # typed further: still the same step back
        typing = "/search" in visit.request.headers.get("HX-Current-URL", "")
        answer.headers["HX-Replace-Url" if typing else "HX-Push-Url"] = visit.request.raw_path
    return answer


async def _find(visit: Visit, words: list[str]) -> list[Item]:
    found = []
    for count, (path, node) in enumerate(await visit.vault.walk((), WALKED)):
        item = Item(node, path)
        if path and all(word in _searched(visit, item) for word in words):
            found.append(item)
        if count % BREATH == 0:
            await asyncio.sleep(0)
    return sorted(found, key=lambda item: (not item.node.is_folder, plain(item.name)))


def _searched(visit: Visit, item: Item) -> str:
    node, language = item.node, visit.language
    known = provenance(visit, node.origin) if node.origin else None
    at = known.delivered_at if known else node.modified_at
    facts = [
        node.name, visit.t(f"kind.one.{item.kind}"), formats.day(at, language),
        formats.machine(at)[:10],
    ]  # fmt: skip
    if known:
        facts += [known.title, known.issuer]
    return plain(" ".join(facts)).replace("\u00a0", " ")
