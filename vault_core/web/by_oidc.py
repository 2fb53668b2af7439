"""Single sign-on by OpenID Connect in the browser: to the provider, and back."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import AccessDenied, NodeNotFound
from vault_core.signin import oidc
from vault_core.signin.oidc import OpenIdConnect
from vault_core.web import cookies
from vault_core.web.addresses import local
from vault_core.web.single_sign_on import arrived, not_confirmed
from vault_core.web.visit import Visit


def _provider(visit: Visit) -> OpenIdConnect:
    provider = visit.site.entrance.oidc
    if not provider.enabled:
        raise NodeNotFound
    return provider


def _redirect(visit: Visit) -> str:
    return f"{visit.server_url}/sign-in/oidc/callback"


async def begin(visit: Visit) -> web.StreamResponse:
    """To the directory."""
    wanted = local(visit.query("next"), "/files/")
    where, ticket = await _provider(visit).ask(_redirect(visit), wanted)
    answer = visit.go(where)
    cookies.hand_over(answer, "directory", ticket, visit.secure, oidc.SECONDS)
    return answer


async def callback(visit: Visit) -> web.StreamResponse:
    """Back from the directory, which says who it is."""
    provider = _provider(visit)
    ticket = cookies.value(visit.request, "directory", visit.secure)
    try:
        who, wanted = await provider.answered(ticket, visit.request.query, _redirect(visit))
    except AccessDenied:
        answer = not_confirmed(visit)
    else:
        answer = await arrived(visit, who, wanted)
    cookies.take_back(answer, "directory", visit.secure)
    return answer


async def logout(visit: Visit) -> web.StreamResponse:
    """The directory says that a session is over (Back-Channel Logout 1.0 section 2.5)."""
    provider = _provider(visit)
    token = (await visit.request.post()).get("logout_token", "")
    subject, sid = await provider.ended(str(token))
    await visit.site.entrance.directories.end(oidc.NAME, subject, sid)
    return web.Response(headers={"Cache-Control": "no-store"})
