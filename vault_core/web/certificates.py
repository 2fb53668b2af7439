"""The gallery of what issuers delivered, newest first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from vault_core.vault import journal
from vault_core.vault.node import Node
from vault_core.vault.overview import overview
from vault_core.web.documents import Provenance, Stands, provenance, standing
from vault_core.web.listing import Item
from vault_core.web.visit import Visit

SHOWN: Final = 500
"""Certificates of one page; more lie in their folders."""
STATES: Final = ("valid", "expired", "replaced", "revoked")
"""In the order in which the gallery offers them."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of them: where it lies, where it comes from, where it stands, whether it was opened."""

    item: Item
    origin: Provenance
    stands: Stands
    is_unread: bool


async def page(visit: Visit) -> web.StreamResponse:
    """All of them, wherever their owner moved them; or those of one state."""
    seen = (await overview(visit.vault)).issued
    read = await _read(visit, [one.node for one in seen[:SHOWN]])
    found = [
        await _certificate(visit, Item(one.node, one.path), one.node.id not in read)
        for one in seen[:SHOWN]
    ]
    counts = Counter(one.stands.state for one in found if one.stands.state)
    wanted = visit.query("state") if visit.query("state") in counts else ""
    return visit.page(
        "certificates.html", section="certificates",
        certificates=[one for one in found if wanted in ("", one.stands.state)],
        total=len(found), unread=sum(one.is_unread for one in found), wanted=wanted,
        states=[(state, counts[state]) for state in STATES if counts[state]],
        more=len(seen) - len(found),
    )  # fmt: skip


async def _read(visit: Visit, nodes: list[Node]) -> frozenset[bytes]:
    await visit.site.vaults.journal.flush()
    catalog = visit.vault.opened.services.catalog
    return await journal.were_read(catalog, visit.vault.id, [node.id for node in nodes])


async def _certificate(visit: Visit, item: Item, is_unread: bool) -> Certificate:
    origin = item.node.origin
    assert origin is not None
    stands = await standing(visit, origin)
    return Certificate(item, provenance(visit, origin), stands, is_unread)
