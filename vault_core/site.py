"""Everything at `/` that is not WebDAV, as one aiohttp application."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from vault_core.app import Institution
from vault_core.rest.trust import TrustApi
from vault_core.rest.verify import VerifyApi
from vault_core.web import pages
from vault_core.web.client_address import client_address
from vault_core.web.health import Health
from vault_core.web.verify import VerifyPages


def build_site(institution: Institution) -> web.Application:
    """Routes of the pages, the API and the health checks."""
    settings = institution.settings.server
    site = web.Application(client_max_size=settings.max_request)
    health = Health(institution.catalog, institution.blobs, lambda: institution.stopping)
    site.add_routes(health.routes())
    shown = pages.site(
        institution.vaults,
        institution.persons,
        institution.roles,
        institution.plugins,
        lambda: institution.settings,
    )
    pages.add_to(site, shown)
    clock = institution.vaults.services.clock
    site.add_routes(VerifyPages(shown, institution.verifier, institution.trusting, clock).routes())
    site.add_routes(VerifyApi(institution.verifier, _address(institution)).routes())
    site.add_routes(TrustApi(institution.trusting).routes())
    return site


def _address(institution: Institution) -> Callable[[web.BaseRequest], str]:
    """Whose attempts are counted, by the settings that hold now."""

    def address(request: web.BaseRequest) -> str:
        return client_address(request, institution.settings.server.trusted_proxies)

    return address
