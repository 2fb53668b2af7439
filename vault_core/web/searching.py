"""Search over names, and over what issuers delivered: on the opened vault, nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import web

from vault_core.api import Language
from vault_core.vault.ordering import plain
from vault_core.vault.overview import overview
from vault_core.web import formats
from vault_core.web.documents import provenance
from vault_core.web.listing import Item
from vault_core.web.visit import Visit

SHOWN: Final = 200
QUARTER: Final = 900_000
"""Milliseconds that lie in one day, whatever the time zone."""
BREATH: Final = 2000
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
    found, facts = [], _Facts(visit)
    for count, seen in enumerate((await overview(visit.vault)).everything):
        missing = tuple(word for word in words if word not in seen.plain)
        if not missing or facts.match(Item(seen.node, seen.path), missing):
            found.append(seen)
        if count % BREATH == BREATH - 1:
            await asyncio.sleep(0)
    found.sort(key=lambda seen: (not seen.node.is_folder, seen.plain))
    return [Item(seen.node, seen.path) for seen in found]


class _Facts:
    """What is searched besides names; said once a kind, a day and an issuer, not once a node."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        self._said: dict[object, str] = {}
        self._known: dict[object, bool] = {}

    def match(self, item: Item, words: tuple[str, ...]) -> bool:
        """Whether every word is in one of the facts; looked up once for all that share them."""
        node = item.node
        if node.origin is not None:
            return self._match(item, words)
        key = (node.is_folder, node.media_type, node.modified_at // QUARTER, words)
        if key not in self._known:
            self._known[key] = self._match(item, words)
        return self._known[key]

    def _match(self, item: Item, words: tuple[str, ...]) -> bool:
        texts = self._texts(item)
        return all(any(word in text for text in texts) for word in words)

    def _texts(self, item: Item) -> list[str]:
        visit, origin = self._visit, item.node.origin
        at = origin.delivered_at if origin else item.node.modified_at
        texts = [
            self._once(item.kind, lambda: visit.t(f"kind.one.{item.kind}")),
            self._once(at // QUARTER, lambda: _date(at, visit.language)),
        ]
        if origin is not None:
            known = provenance(visit, origin)
            texts += [plain(known.title), plain(known.issuer)]
        return texts

    def _once(self, key: object, say: Callable[[], str]) -> str:
        if key not in self._said:
            self._said[key] = plain(say())
        return self._said[key]


def _date(at: int, language: Language) -> str:
    day = formats.day(at, language).replace("\u00a0", " ")
    return f"{day} {formats.machine(at)[:10]}"
