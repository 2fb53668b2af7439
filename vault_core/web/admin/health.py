"""What the doctor finds."""

from __future__ import annotations

from aiohttp import web

from vault_core.web.admin.office import Duty


async def page(duty: Duty) -> web.StreamResponse:
    """Every finding, the worst first."""
    order = {"bad": 0, "warning": 1, "good": 2}
    found = sorted(await duty.office.examine(), key=lambda one: order.get(one.verdict, 0))
    return duty.page("health.html", "health", findings=found)
