"""The second of two secrets, after the password: a code of an application, or the recovery code."""

from __future__ import annotations

from aiohttp import web

from vault_core.crypto import codes
from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.signin.sessions import Way
from vault_core.vault.vaults import Proof
from vault_core.web import cookies
from vault_core.web.addresses import local
from vault_core.web.entry import enter, refused
from vault_core.web.visit import Visit

TEMPLATE = "second_factor.html"
RECOVERY_LENGTH = 36
"""Characters of a recovery code without its dashes."""


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
        await check(visit, proof, fields.get("code", ""))
        vault = await vaults.enter(proof)
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, TEMPLATE, "second.refused", next=wanted)
    answer = await enter(visit, vault, wanted, Way("password"), instead=proof.slot)
    cookies.take_back(answer, "pending", visit.secure)
    return answer


async def check(visit: Visit, proof: Proof, code: str) -> None:
    """Raises AccessDenied, TooManyAttempts unless the code is this person's and new."""
    typed = "".join(code.split())
    if len(typed.replace("-", "")) == RECOVERY_LENGTH:
        other = await visit.site.vaults.prove_code("recovery", proof.account, typed, visit.address)
        if other.vault != proof.vault:
            raise AccessDenied
        return
    await visit.site.entrance.factors.check(proof.vault, proof.account, typed)
