"""Proving again that it is the owner who sits there, before what cannot be undone or opens more."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from vault_core.errors import AccessDenied, ProofNeeded, TooManyAttempts
from vault_core.signin import sessions as signed
from vault_core.signin.own_secret import RECOVERY, proved
from vault_core.signin.sessions import Way
from vault_core.vault.keys import keyslots
from vault_core.web.addresses import local
from vault_core.web.entry import enter, refused
from vault_core.web.visit import Handler, Visit

TEMPLATE: Final = "confirm.html"


async def is_fresh(visit: Visit) -> bool:
    """Whether the owner gave a secret of theirs in this session a short while ago."""
    seconds = visit.settings.sign_in.fresh_seconds
    return await signed.proved_at(visit.vault) > visit.vault.actor().at - seconds * 1000


def fresh(handler: Handler) -> Handler:
    """The handler, for whoever proved who they are a short while ago. Raises ProofNeeded."""

    async def check_and_handle(visit: Visit) -> web.StreamResponse:
        if visit.signed_in is not None and not await is_fresh(visit):
            raise ProofNeeded
        return await handler(visit)

    return check_and_handle


async def _show(visit: Visit, wanted: str) -> dict[str, Any]:
    kinds = {slot.kind for slot in await keyslots.listing(visit.vault)}
    needed = await visit.site.entrance.factors.needed(visit.vault.id)
    return {
        "next": wanted, "section": "account", "has_password": "password" in kinds,
        "has_passkey": "passkey" in kinds, "needs_code": needed,
    }  # fmt: skip


async def page(visit: Visit) -> web.StreamResponse:
    """The form."""
    wanted = local(visit.query("next"), "/account")
    return visit.page(TEMPLATE, problem="", **await _show(visit, wanted))


async def use(visit: Visit) -> web.StreamResponse:
    """Check, and go on in a new session that was proved now."""
    fields = await visit.form()
    wanted = local(fields.get("next", ""), "/account")
    try:
        name = visit.vault.username
        proof = await proved(
            visit.site.entrance, name, fields.get("password", ""), fields.get("code", ""),
            RECOVERY, visit.client(name),
        )  # fmt: skip
        if proof.vault != visit.vault.id:
            raise AccessDenied
    except (AccessDenied, TooManyAttempts) as error:
        context = await _show(visit, wanted)
        return refused(visit, error, TEMPLATE, "confirm.refused", **context)
    way = Way("password" if proof.kind == "password" else "code")
    return await enter(visit, visit.vault, wanted, way)
