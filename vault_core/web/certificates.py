"""The gallery of what issuers delivered, newest first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from aiohttp import web

from vault_core.errors import ParcheminError
from vault_core.issuing.lifecycle import Certificates, Standing
from vault_core.vault import journal
from vault_core.vault.node import Node
from vault_core.vault.overview import overview
from vault_core.web.documents import Provenance, provenance
from vault_core.web.listing import Item
from vault_core.web.visit import Handler, Visit

SHOWN: Final = 500
"""Certificates of one page; more lie in their folders."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of them: where it lies, where it comes from, where it stands, whether it was opened."""

    item: Item
    origin: Provenance
    state: str
    """valid, expired, replaced or revoked; "" where the institution does not know it."""
    ended_at: int | None
    """Milliseconds since the epoch."""
    is_unread: bool


def gallery(register: Certificates) -> Handler:
    """The page, which asks the register how certificates stand."""

    async def page(visit: Visit) -> web.StreamResponse:
        """All of them, wherever their owner moved them."""
        seen = (await overview(visit.vault)).issued
        read = await _read(visit, [one.node for one in seen[:SHOWN]])
        found = [
            await _certificate(visit, register, Item(one.node, one.path), one.node.id not in read)
            for one in seen[:SHOWN]
        ]
        unread = sum(one.is_unread for one in found)
        return visit.page(
            "certificates.html", section="certificates", certificates=found, unread=unread,
            more=len(seen) - len(found),
        )  # fmt: skip

    return page


async def _read(visit: Visit, nodes: list[Node]) -> frozenset[bytes]:
    await visit.site.vaults.journal.flush()
    catalog = visit.vault.opened.services.catalog
    return await journal.were_read(catalog, visit.vault.id, [node.id for node in nodes])


async def _certificate(
    visit: Visit, register: Certificates, item: Item, is_unread: bool
) -> Certificate:
    origin = item.node.origin
    assert origin is not None
    standing = await _standing(register, origin.certificate)
    ended = standing.ended_at if standing else None
    return Certificate(
        item, provenance(visit, origin), standing.state if standing else "",
        int(ended.timestamp() * 1000) if ended else None, is_unread,
    )  # fmt: skip


async def _standing(register: Certificates, certificate: str) -> Standing | None:
    try:
        return await register.standing(certificate) if certificate else None
    except ParcheminError:
        return None  # of an issuer whose certificates are kept elsewhere
