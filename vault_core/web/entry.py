"""The landing page, the language, signing in and out."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.signin import entering
from vault_core.signin.sessions import PENDING_SECONDS, Way, await_factor
from vault_core.store.ids import SlotId
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Proof
from vault_core.web import cookies, sessions
from vault_core.web.addresses import local
from vault_core.web.languages import COOKIE
from vault_core.web.returning import nearest_page
from vault_core.web.visit import Visit

YEAR = 365 * 24 * 3600
BY_PASSWORD: Final = Way("password")


async def landing(visit: Visit) -> web.StreamResponse:
    """What this is, for whoever is not signed in."""
    if visit.signed_in is not None and visit.query("done") == "":
        return visit.go("/files/")
    return visit.page("landing.html")


async def language(visit: Visit) -> web.StreamResponse:
    """Keep the language that was chosen, and go back."""
    answer = visit.go(await nearest_page(visit, local(visit.query("next"))))
    wanted = visit.request.match_info["language"]
    if wanted in visit.settings.institution.languages:
        answer.set_cookie(
            COOKIE, wanted, max_age=YEAR, path="/", secure=visit.secure, samesite="Lax"
        )
    return answer


async def sign_in_page(visit: Visit) -> web.StreamResponse:
    """The form."""
    wanted = local(visit.query("next"), "/files/")
    if visit.signed_in is not None:
        return visit.go(wanted)
    return visit.page("sign_in.html", next=wanted, name="", problem="")


async def sign_in(visit: Visit) -> web.StreamResponse:
    """Open the vault by its password and begin a session."""
    fields = await visit.form(entering=True)
    name, wanted = fields.get("username", "").strip(), local(fields.get("next", ""), "/files/")
    try:
        proof = await visit.site.vaults.prove_password(
            name, fields.get("password", ""), visit.address, visit.browser(name)
        )
        return await _after_password(visit, proof, wanted)
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, "sign_in.html", "sign-in.refused", next=wanted, name=name)


async def _after_password(visit: Visit, proof: Proof, wanted: str) -> web.StreamResponse:
    """The vault, or the question for the second factor, before which nothing is opened."""
    if not await visit.site.entrance.factors.needed(proof.vault):
        return await enter(visit, await visit.site.vaults.enter(proof), wanted)
    label = sessions.device_name(visit.request.headers.get("User-Agent", ""))
    token = await await_factor(visit.site.vaults, proof, label)
    answer = visit.go(f"/sign-in/second?next={quote(wanted, safe='')}")
    cookies.hand_over(answer, "pending", token, visit.secure, PENDING_SECONDS)
    return answer


def refused(
    visit: Visit, error: AccessDenied | TooManyAttempts, template: str, key: str, **context: Any
) -> web.StreamResponse:
    """The form again: the secret opens nothing (the sentence of `key`), or it was tried too often.

    403 and not 401, for a page has no challenge to make.
    """
    if isinstance(error, TooManyAttempts):
        headers = {"Retry-After": str(error.retry_after)}
        problem = visit.t("error.TooManyAttempts")
        return visit.page(template, status=429, headers=headers, problem=problem, **context)
    return visit.page(template, status=403, problem=visit.t(key), **context)


async def enter(
    visit: Visit, vault: Vault, where: str, way: Way = BY_PASSWORD, instead: SlotId | None = None
) -> web.StreamResponse:
    """Begin a new session and go on to a page of it; the one there was is over.

    `instead` is a slot that it takes over from.
    """
    label = sessions.device_name(visit.request.headers.get("User-Agent", ""))
    entered = await entering.enter(
        visit.site.entrance, visit.site.persons.trustees, vault, label, way, visit.signed_in,
        instead,
    )  # fmt: skip
    if entered.newly_entrusted:  # its owner is told before all else
        where = f"/account/entrusted?next={quote(where, safe='')}"
    answer = visit.go(where)
    sessions.hand_over(answer, entered, visit.secure)
    return answer


async def sign_out(visit: Visit) -> web.StreamResponse:
    """Revoke this session; the browser forgets its cookie and what it kept of the pages."""
    if visit.signed_in is not None:
        await visit.form()
        await sessions.end(visit.vault)
    answer = visit.go("/?done=signed-out")
    sessions.forget_cookie(answer, visit.secure)
    if visit.secure:
        answer.headers["Clear-Site-Data"] = '"cache"'
    return answer
