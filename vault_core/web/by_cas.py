"""Single sign-on by CAS in the browser: to the directory, back, and its single logout."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import AccessDenied, NodeNotFound
from vault_core.signin import cas
from vault_core.signin.cas import CasDirectory
from vault_core.web import cookies
from vault_core.web.addresses import local
from vault_core.web.single_sign_on import arrived, not_confirmed
from vault_core.web.visit import Visit


def _directory(visit: Visit) -> CasDirectory:
    directory = visit.site.entrance.cas
    if not directory.enabled:
        raise NodeNotFound
    return directory


def _callback(visit: Visit) -> str:
    return f"{visit.server_url}/sign-in/cas/callback"


async def begin(visit: Visit) -> web.StreamResponse:
    """To the directory."""
    wanted = local(visit.query("next"), "/files/")
    where, ticket = _directory(visit).ask(_callback(visit), wanted)
    answer = visit.go(where)
    cookies.hand_over(answer, "directory", ticket, visit.secure, cas.SECONDS)
    return answer


async def callback(visit: Visit) -> web.StreamResponse:
    """Back from the directory, with a ticket that it is asked about."""
    directory = _directory(visit)
    ticket = cookies.value(visit.request, "directory", visit.secure)
    try:
        who, wanted = await directory.answered(ticket, visit.request.query, _callback(visit))
    except AccessDenied:
        answer = not_confirmed(visit)
    else:
        answer = await arrived(visit, who, wanted)
    cookies.take_back(answer, "directory", visit.secure)
    return answer


async def logout(visit: Visit) -> web.StreamResponse:
    """The directory says that a session is over: it posts to the address that it sent people to."""
    directory = _directory(visit)
    request = (await visit.request.post()).get("logoutRequest", "")
    sid = directory.ended(str(request))
    await visit.site.entrance.directories.end(cas.NAME, "", sid)
    return web.Response(headers={"Cache-Control": "no-store"})
