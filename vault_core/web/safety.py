"""How one's account is protected: password, second factor, passkeys, recovery code."""

from __future__ import annotations

import base64
import json
from typing import Any

from aiohttp import web

from vault_core.errors import AccessDenied, BadRequest, NodeNotFound
from vault_core.issuing.symbols.barcodes import qr
from vault_core.signin.factors import Setup
from vault_core.store.ids import SlotId
from vault_core.vault.keys import keyslots
from vault_core.web import confirming
from vault_core.web.visit import Visit

LABEL_LENGTH = 60


async def page(visit: Visit) -> web.StreamResponse:
    """What there is, and what is missing."""
    slots = await keyslots.listing(visit.vault)
    kinds = {slot.kind for slot in slots}
    found = await visit.site.entrance.factors.listing(visit.vault.id)
    return visit.page(
        "safety.html", section="account", kinds=kinds,
        totp=[factor for factor in found if factor.kind == "totp"],
        passkeys=[factor for factor in found if factor.kind == "passkey"],
        browsers=[slot for slot in reversed(slots) if slot.kind == "device"],
        fresh=await confirming.is_fresh(visit),
    )  # fmt: skip


async def forget_browser(visit: Visit) -> web.StreamResponse:
    """A browser that single sign-on opens the vault in asks for a secret again."""
    fields = await visit.form()
    try:
        slot = SlotId(bytes.fromhex(fields.get("slot", "")))
    except ValueError:
        raise NodeNotFound from None
    await keyslots.revoke_of(visit.vault, slot, frozenset({"device"}))
    return visit.go("/account/security?done=revoked")


def _show(visit: Visit, setup: Setup, problem: str) -> web.StreamResponse:
    image = "data:image/svg+xml;base64," + base64.b64encode(qr(setup.address).svg.encode()).decode()
    secret = " ".join(setup.secret[at : at + 4] for at in range(0, len(setup.secret), 4))
    return visit.page(
        "totp.html", section="account", status=422 if problem else 200, problem=problem,
        secret=secret, image=image, ticket=setup.ticket,
    )  # fmt: skip


async def set_up(visit: Visit) -> web.StreamResponse:
    """A new secret for an application, and the form that confirms it."""
    factors = visit.site.entrance.factors
    return _show(visit, factors.set_up(visit.vault, visit.settings.institution.name), "")


async def confirm(visit: Visit) -> web.StreamResponse:
    """The application showed a right code: from now on it is asked for."""
    fields = await visit.form()
    factors, ticket = visit.site.entrance.factors, fields.get("ticket", "")
    label = " ".join(fields.get("label", "").split())[:LABEL_LENGTH]
    setup = factors.resume(visit.vault, ticket, visit.settings.institution.name)
    try:
        await factors.confirm(visit.vault, ticket, fields.get("code", ""), label)
    except AccessDenied:
        return _show(visit, setup, visit.t("totp.wrong"))
    return visit.go("/account/security?done=factor")


async def remove(visit: Visit) -> web.StreamResponse:
    """A factor or passkey is not asked for, and opens nothing, any more."""
    fields = await visit.form()
    try:
        factor = bytes.fromhex(fields.get("factor", ""))
    except ValueError:
        raise NodeNotFound from None
    await visit.site.entrance.factors.remove(visit.vault, factor)
    return visit.go("/account/security?done=revoked")


async def ask_passkey(visit: Visit) -> web.StreamResponse:
    """What the browser needs to make a passkey."""
    visit.check_origin()
    asked = await visit.site.entrance.passkeys.ask_new(
        visit.vault, visit.server_url, visit.settings.institution.name
    )
    return as_json({"options": asked.options, "ticket": asked.ticket})


async def add_passkey(visit: Visit) -> web.StreamResponse:
    """Keep the passkey that the browser made."""
    opens = await visit.site.entrance.passkeys.add(
        visit.vault, await sent_json(visit, signed=True), visit.server_url
    )
    return as_json({"next": "/account/security?done=passkey", "opens": opens})


def as_json(facts: dict[str, Any]) -> web.Response:
    """An answer for the page's own script."""
    return web.json_response(facts, headers={"Cache-Control": "no-store"})


async def sent_json(visit: Visit, *, signed: bool) -> dict[str, Any]:
    """What the page's own script sent. Raises BadRequest, Forbidden."""
    visit.check_origin()
    if signed:
        visit.check_token(visit.request.headers.get("X-CSRF-Token", ""))
    try:
        found = json.loads(await visit.body())
    except (ValueError, RecursionError):
        raise BadRequest from None
    if not isinstance(found, dict):
        raise BadRequest
    return found
