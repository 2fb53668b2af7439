"""How full everything is."""

from __future__ import annotations

from aiohttp import web

from vault_core.store import sums
from vault_core.web.admin.office import Duty


async def page(duty: Duty) -> web.StreamResponse:
    """Meters of vaults, blobs and disk."""
    meters = await sums.of_storage(duty.office.catalog)
    total = await sums.of_institution(duty.office.catalog)
    return duty.page(
        "storage.html", "storage", meters=meters.sums, counted_at=meters.at, sums=total.sums,
        summed_at=total.at,
    )  # fmt: skip
