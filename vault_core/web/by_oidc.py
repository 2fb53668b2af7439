"""Single sign-on by OpenID Connect in the browser: to the provider, and back."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import NodeNotFound
from vault_core.signin import oidc
from vault_core.signin.oidc import OpenIdConnect
from vault_core.web.addresses import local
from vault_core.web.single_sign_on import came_back, leave
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
    return leave(visit, where, ticket, oidc.SECONDS)


async def callback(visit: Visit) -> web.StreamResponse:
    """Back from the directory, which says who it is."""
    provider, answer = _provider(visit), visit.request.query
    return await came_back(
        visit, lambda ticket: provider.answered(ticket, answer, _redirect(visit))
    )


async def logout(visit: Visit) -> web.StreamResponse:
    """The directory says that a session is over (Back-Channel Logout 1.0 section 2.5)."""
    provider = _provider(visit)
    token = (await visit.form(entering=True)).get("logout_token", "")
    subject, sid = await provider.ended(str(token))
    await visit.site.entrance.directories.end(oidc.NAME, subject, sid)
    return web.Response(headers={"Cache-Control": "no-store"})
