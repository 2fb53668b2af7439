"""The gallery of what issuers delivered, newest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from vault_core.vault.journal import journal
from vault_core.vault.nodes.node import Node
from vault_core.vault.overview import Seen, arrived, overview
from vault_core.web.documents import Provenance, Stands, provenance, standings
from vault_core.web.listing import Item
from vault_core.web.visit import Visit

SHOWN: Final = 500
"""Certificates of one page; more lie in their folders."""
STATES: Final = ("valid", "expired", "replaced", "revoked", "damaged")
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
    found = await _found(visit, seen[:SHOWN])
    counts = Counter(one.stands.state for one in found if one.stands.state)
    wanted = visit.query("state") if visit.query("state") in counts else ""
    return visit.page(
        "certificates.html", section="certificates",
        certificates=[one for one in found if wanted in ("", one.stands.state)],
        total=len(found), unread=sum(one.is_unread for one in found), wanted=wanted,
        states=[(state, counts[state]) for state in STATES if counts[state]],
        more=len(seen) - len(found),
    )  # fmt: skip


async def unread(visit: Visit) -> int:
    """How many lie where they arrived, and were never opened."""
    nodes = await arrived(visit.vault, SHOWN)
    if len(await _were_read(visit, nodes)) == len(nodes):
        return 0
    return len(nodes) - len(await _read(visit, nodes))


async def _read(visit: Visit, nodes: list[Node]) -> frozenset[bytes]:
    await visit.site.vaults.journal.flush()
    return await _were_read(visit, nodes)


async def _were_read(visit: Visit, nodes: list[Node]) -> frozenset[bytes]:
    """Those that were read, as far as it is written."""
    catalog = visit.vault.opened.services.catalog
    return await journal.were_read(catalog, visit.vault.id, [node.id for node in nodes])


async def _found(visit: Visit, seen: Sequence[Seen]) -> list[Certificate]:
    """Register and journal are asked once for all."""
    read = await _read(visit, [one.node for one in seen])
    origins = [one.node.origin for one in seen if one.node.origin is not None]
    stands = await standings(visit, origins)
    return [
        Certificate(
            Item(one.node, one.path), provenance(visit, origin), stood, one.node.id not in read
        )
        for one, origin, stood in zip(seen, origins, stands, strict=True)
    ]
