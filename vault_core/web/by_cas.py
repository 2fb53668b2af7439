"""Single sign-on by CAS in the browser: to the directory, back, and its single logout."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import NodeNotFound
from vault_core.signin import cas
from vault_core.signin.cas import CasDirectory
from vault_core.web.addresses import local
from vault_core.web.single_sign_on import came_back, leave
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
    return leave(visit, where, ticket, cas.SECONDS)


async def callback(visit: Visit) -> web.StreamResponse:
    """Back from the directory, with a ticket that it is asked about."""
    directory, answer = _directory(visit), visit.request.query
    return await came_back(
        visit, lambda ticket: directory.answered(ticket, answer, _callback(visit))
    )


async def logout(visit: Visit) -> web.StreamResponse:
    """The directory says that a session is over: it posts to the address that it sent people to."""
    directory = _directory(visit)
    request = (await visit.form(entering=True)).get("logoutRequest", "")
    sid = directory.ended(str(request))
    await visit.site.entrance.directories.end(cas.NAME, "", sid)
    return web.Response(headers={"Cache-Control": "no-store"})
