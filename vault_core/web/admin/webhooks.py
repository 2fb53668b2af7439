"""The institution's webhooks, and what is on its way to persons and programs."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import CallRefused
from vault_core.web.admin.office import Duty


async def page(duty: Duty) -> web.StreamResponse:
    """What there is."""
    return await _show(duty)


async def _show(
    duty: Duty, *, problem: str = "", typed: str = "", secret: str = ""
) -> web.StreamResponse:  # fmt: skip
    office = duty.office
    return duty.page(
        "webhooks.html", "webhooks", status=422 if problem else 200, problem=problem, typed=typed,
        secret=secret, webhooks=await office.webhooks.everything(),
        waiting=await office.post.waiting(), sends_mail=office.post.sends_mail,
    )  # fmt: skip


async def add(duty: Duty) -> web.StreamResponse:
    """One more; its secret is in this one answer and never again."""
    fields = await duty.visit.form()
    url = fields.get("url", "").strip()
    try:
        made, secret = await duty.office.webhooks.add(url, duty.actor)
    except CallRefused as error:
        return await _show(duty, problem=duty.visit.why(error), typed=url)
    await duty.note("webhook-add", webhook=made.id)
    return await _show(duty, secret=secret)


async def remove(duty: Duty) -> web.StreamResponse:
    """Told nothing any more."""
    fields = await duty.visit.form()
    webhook = fields.get("webhook", "")
    await duty.office.webhooks.remove(webhook)
    await duty.note("webhook-remove", webhook=webhook)
    return duty.visit.go("/admin/webhooks?done=revoked")


async def attempt(duty: Duty) -> web.StreamResponse:
    """Send a call of type `test`."""
    fields = await duty.visit.form()
    await duty.office.post.try_webhook(fields.get("webhook", ""))
    return duty.visit.go("/admin/webhooks")


async def retry(duty: Duty) -> web.StreamResponse:
    """Try again what was given up."""
    await duty.visit.form()
    await duty.office.post.retry()
    return duty.visit.go("/admin/webhooks")
