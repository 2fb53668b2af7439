"""The second of two secrets, after the password: a code of an application, or the recovery code."""

from __future__ import annotations

from aiohttp import web

from vault_core.crypto import codes
from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.signin.own_secret import check_code
from vault_core.signin.sessions import Way
from vault_core.web import cookies
from vault_core.web.addresses import local
from vault_core.web.entry import enter, refused
from vault_core.web.visit import Visit

TEMPLATE = "second_factor.html"


async def page(visit: Visit) -> web.StreamResponse:
    """The form."""
    if not cookies.value(visit.request, "pending", visit.secure):
        return visit.go("/sign-in")
    return visit.page(TEMPLATE, next=local(visit.query("next"), "/files/"), problem="")


async def use(visit: Visit) -> web.StreamResponse:
    """Check the second secret; only then is the vault opened."""
    fields = await visit.form(entering=True)
    wanted = local(fields.get("next", ""), "/files/")
    token = cookies.value(visit.request, "pending", visit.secure)
    vaults = visit.site.vaults
    try:
        proof = await vaults.prove_secret("pending", codes.parse_session_token(token))
    except AccessDenied:
        back = visit.go("/sign-in")
        cookies.take_back(back, "pending", visit.secure)
        return back
    try:
        await check_code(
            visit.site.entrance, proof, fields.get("code", ""), visit.client(proof.account)
        )
        vault = await vaults.enter(proof)
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, TEMPLATE, "second.refused", next=wanted)
    answer = await enter(visit, vault, wanted, Way("password"), instead=proof.slot)
    cookies.take_back(answer, "pending", visit.secure)
    return answer
