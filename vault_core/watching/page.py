"""`/metrics`, for those who may read it; to everybody else there is no such page."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
from collections.abc import Callable

from aiohttp import web

from vault_core.http.client_address import client_address
from vault_core.roles import open_to
from vault_core.settings import Settings
from vault_core.watching.figures import CONTENT_TYPE, Figures
from vault_core.watching.institution import InstitutionFigures

_FORWARDED = ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via")


class MetricsPage:
    """One route. Who may read it: whoever has the token, or asks from one of the readers."""

    def __init__(
        self, figures: Figures, sums: InstitutionFigures, settings: Callable[[], Settings]
    ) -> None:
        self._figures = figures
        self._sums = sums
        self._settings = settings

    def routes(self) -> list[web.RouteDef]:
        """To be added to an application's router."""
        return [web.get("/metrics", self.show)]

    @open_to("public")
    async def show(self, request: web.Request) -> web.Response:
        """Anybody else gets a 404 like any other."""
        if not self.may_read(request):
            raise web.HTTPNotFound
        text = await asyncio.to_thread(self._figures.text, await self._sums.read())
        return web.Response(body=text, headers={"Content-Type": CONTENT_TYPE})

    def may_read(self, request: web.BaseRequest) -> bool:
        """The token in constant time; else the address, unless an unknown proxy hides it."""
        rules = self._settings().metrics
        token = rules.token.get_secret_value()
        kind, _, given = request.headers.get("Authorization", "").partition(" ")
        if token and kind.lower() == "bearer":
            return hmac.compare_digest(given.strip().encode(), token.encode())
        trusted = self._settings().server.trusted_proxies
        address = client_address(request, trusted)
        if address == request.remote and any(name in request.headers for name in _FORWARDED):
            return False  # it came through a proxy that nobody told us to trust
        return _is_in(address, rules.readers)


def _is_in(address: str, networks: tuple[str, ...]) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    found = (ipaddress.ip_network(network) for network in networks)
    return any(parsed in network for network in found if parsed.version == network.version)
