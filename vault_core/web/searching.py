"""Search over names, and over what issuers delivered: on the opened vault, nowhere else."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import Iterable
from typing import Final

from aiohttp import web

from vault_core.api import Language
from vault_core.vault.nodes.node import Node
from vault_core.vault.nodes.ordering import plain
from vault_core.vault.overview import QUARTER, Seen, known_since, overview
from vault_core.web import formats
from vault_core.web.documents import provenance
from vault_core.web.listing import kind_in_words
from vault_core.web.rows import found as found_rows
from vault_core.web.visit import Visit

SHOWN: Final = 200
BREATH: Final = 4000
"""Nodes looked at between two chances for other requests to run."""


async def page(visit: Visit) -> web.StreamResponse:
    """What every word of the query is found in: names, kinds, issuers, dates."""
    query = visit.query("q").strip()[:200]
    words = plain(query).split()
    found = await _find(visit, words) if words else []
    shown = heapq.nsmallest(SHOWN, found, key=lambda seen: (not seen.node.is_folder, seen.plain))
    items = found_rows(visit, [(seen.path, seen.node) for seen in shown])
    answer = visit.page("search.html", section="files", query=query, items=items, total=len(found))
    if "HX-Request" in visit.request.headers:  # typed further: still the same step back
        typing = "/search" in visit.request.headers.get("HX-Current-URL", "")
        answer.headers["HX-Replace-Url" if typing else "HX-Push-Url"] = visit.request.raw_path
    return answer


async def _find(visit: Visit, words: list[str]) -> list[Seen]:
    found: list[Seen] = []
    facts, looked_at = _Facts(visit, words), 0
    for alike in (await overview(visit.vault)).alike:
        found += _named(alike.seen, facts.missing(alike.sample))
        looked_at += len(alike.seen)
        if looked_at >= BREATH:
            looked_at = 0
            await asyncio.sleep(0)
    return found


def _named(seen: list[Seen], words: list[str]) -> list[Seen]:
    """Those whose names have every word."""
    for word in words:
        seen = [one for one in seen if word in one.plain]
    return seen


class _Facts:
    """What is searched besides names; looked through once a kind, a day, an issuer and a type."""

    def __init__(self, visit: Visit, words: Iterable[str]) -> None:
        self._visit = visit
        self._words = dict.fromkeys(words)
        self._known: dict[object, frozenset[str]] = {}

    def missing(self, node: Node) -> list[str]:
        """The words that are in none of what is known of it, so that its name has to have them."""
        origin = node.origin
        there = self._called(kind_in_words(node)) | self._on(known_since(node) // QUARTER)
        if origin is not None:
            key = (origin.issuer, origin.type)
            if key not in self._known:
                known = provenance(self._visit, origin)
                self._known[key] = self._words_in(f"{known.title}\n{known.issuer}")
            there |= self._known[key]
        return [word for word in self._words if word not in there]

    def _called(self, kind: str) -> frozenset[str]:
        if kind not in self._known:
            self._known[kind] = self._words_in(self._visit.t(f"kind.one.{kind}"))
        return self._known[kind]

    def _on(self, quarter: int) -> frozenset[str]:
        if quarter not in self._known:
            self._known[quarter] = self._words_in(_date(quarter * QUARTER, self._visit.language))
        return self._known[quarter]

    def _words_in(self, text: str) -> frozenset[str]:
        text = plain(text)
        return frozenset(word for word in self._words if word in text)


def _date(at: int, language: Language) -> str:
    day = formats.day(at, language).replace("\u00a0", " ")
    return f"{day} {formats.machine(at)[:10]}"
