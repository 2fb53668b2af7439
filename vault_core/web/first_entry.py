"""Coming in by a printed code: the activation code the first time, the recovery code later."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vault_core.crypto.slots import SlotKind
from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.signin.entering import by_printed_code
from vault_core.signin.sessions import Way
from vault_core.web import passwords
from vault_core.web.entry import enter, refused
from vault_core.web.visit import Visit

TEMPLATE = "code.html"


def _kind(visit: Visit) -> SlotKind:
    return "activation" if visit.request.path == "/activate" else "recovery"


async def page(visit: Visit) -> web.StreamResponse:
    """The form."""
    name = visit.query("username")
    return visit.page(TEMPLATE, kind=_kind(visit), name=name, code="", problem="")


async def use(visit: Visit) -> web.StreamResponse:
    """Open the vault by the code, set the password, and begin a session.

    An activation code is used up by it; every other session is over, browsers of single sign-on
    ask once again, and no application's codes are asked for until they are set up again.
    """
    kind = _kind(visit)
    fields = await visit.form(entering=True)
    name, code = fields.get("username", "").strip(), fields.get("code", "")
    password = fields.get("password", "")
    context: dict[str, Any] = {"kind": kind, "name": name, "code": code}
    problem = await passwords.problem_with(visit, password, fields.get("again", ""), name)
    if problem:
        return visit.page(TEMPLATE, status=422, problem=problem, **context)
    try:
        vault = await by_printed_code(
            visit.site.entrance, kind, name, code, password, visit.address
        )
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, TEMPLATE, f"{kind}.refused", **context)
    recovered = kind == "recovery"
    where = "/files/?done=password" if recovered else "/account/recovery?done=activated"
    return await enter(visit, vault, where, Way("code"))
