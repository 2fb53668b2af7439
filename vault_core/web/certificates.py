"""The gallery of what issuers delivered, newest first."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from vault_core.web.documents import Provenance, provenance
from vault_core.web.listing import Item
from vault_core.web.searching import WALKED
from vault_core.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Certificate:
    """One of them: where it lies, and where it comes from."""

    item: Item
    origin: Provenance


async def page(visit: Visit) -> web.StreamResponse:
    """All of them, wherever their owner moved them."""
    found = [
        Certificate(Item(node, path), provenance(visit, node.origin))
        for path, node in await visit.vault.walk((), WALKED)
        if node.origin is not None
    ]
    found.sort(key=lambda one: (-one.origin.delivered_at, one.origin.title))
    return visit.page("certificates.html", section="certificates", certificates=found)
