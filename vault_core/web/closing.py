"""Closing the vault for good: what it means, asking for it, and leaving it open after all."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vault_core.vault.persons import closing
from vault_core.web.visit import Visit

TEMPLATE = "closing.html"


async def page(visit: Visit) -> web.StreamResponse:
    """What goes, what stays, and the form; or until when it can be cancelled."""
    days = visit.settings.vault.closing_days
    found = await closing.asked(visit.vault.opened.services.catalog, visit.vault.id)
    ours = found is None or found.asked_by is None
    return visit.page(TEMPLATE, section="account", days=days, unconfirmed=False, ours=ours)


async def ask(visit: Visit) -> web.StreamResponse:
    """Begin the waiting time, for who just proved who they are and typed their username."""
    fields, days = await visit.form(), visit.settings.vault.closing_days
    context: dict[str, Any] = {"section": "account", "days": days}
    if fields.get("username", "").strip().casefold() != visit.vault.username.casefold():
        return visit.page(TEMPLATE, status=422, unconfirmed=True, **context)
    await closing.ask(visit.vault, days)
    return visit.go("/account/closing?done=closing")


async def cancel(visit: Visit) -> web.StreamResponse:
    """Nothing is closed."""
    await visit.form()
    await closing.cancel(visit.vault)
    return visit.go("/account?done=not-closing")
