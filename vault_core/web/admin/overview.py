"""The first page of the console: how the institution stands, in counts."""

from __future__ import annotations

from aiohttp import web

from vault_core.store import sums
from vault_core.web.admin.office import Duty


async def page(duty: Duty) -> web.StreamResponse:
    """Counts, and what waits for somebody."""
    found = await sums.of_institution(duty.office.catalog)
    running = [
        batch for batch in await duty.office.batches.newest(50) if batch.ended_at is None
    ]  # fmt: skip
    return duty.page("overview.html", "overview", sums=found, running=running[:5])
