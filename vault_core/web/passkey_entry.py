"""Signing in, or proving again who one is, with one touch of a passkey."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import AccessDenied, Forbidden
from vault_core.signin.sessions import Way
from vault_core.web.addresses import local
from vault_core.web.entry import enter
from vault_core.web.safety import as_json, sent_json
from vault_core.web.visit import Visit


async def ask(visit: Visit) -> web.StreamResponse:
    """What the browser needs; nobody is named, so nothing is told about anybody."""
    visit.check_origin()
    asked = visit.site.entrance.passkeys.ask(visit.server_url)
    return as_json({"options": asked.options, "ticket": asked.ticket})


async def use(visit: Visit) -> web.StreamResponse:
    """Open the vault by the passkey and begin a session; the script goes where the answer says."""
    sent = await sent_json(visit, signed=False)
    wanted = local(str(sent.get("next", "")), "/files/")
    touched = await visit.site.entrance.passkeys.touched(sent, visit.server_url)
    if touched.proof is None:
        raise Forbidden(visit.t("passkey.opens-nothing"))
    if visit.signed_in is not None and visit.signed_in.id != touched.row.person:
        raise AccessDenied
    vault = await visit.site.vaults.enter(touched.proof)
    going = await enter(visit, vault, wanted, Way("passkey"))
    answer = as_json({"next": wanted})
    for morsel in going.cookies.values():
        answer.headers.add("Set-Cookie", morsel.OutputString())
    return answer
