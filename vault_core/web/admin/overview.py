"""The first page of the console: how the institution stands, in counts."""

from __future__ import annotations

from aiohttp import web

from vault_core.issuing.deliveries.review_expiry import WARNING
from vault_core.store import sums
from vault_core.web.admin.office import Duty
from vault_core.web.admin.reviews import ends_at


async def page(duty: Duty) -> web.StreamResponse:
    """Counts, and what waits for somebody."""
    counted = await sums.of_institution(duty.office.catalog)
    running = [
        batch
        for batch in await duty.office.batches.newest(50)
        if batch.ended_at is None and batch.state != "damaged"
    ]
    return duty.page(
        "overview.html", "overview", sums=counted.sums, counted_at=counted.at,
        running=running[:5], expiring=await _expiring(duty),
    )  # fmt: skip


async def _expiring(duty: Duty) -> int | None:
    """When (ms) the first row of the review queue is forgotten, if that is soon."""
    since = await duty.office.reviews.oldest()
    if since is None:
        return None
    end, now = ends_at(duty, since), duty.visit.site.vaults.services.clock() * 1000
    return end if end < now + WARNING * 86_400_000 else None
