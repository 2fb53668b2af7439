"""Everything at `/` that is not WebDAV, as one aiohttp application."""

from __future__ import annotations

from aiohttp import web

from vault_core.app import Institution
from vault_core.site_api import add_api
from vault_core.web import pages
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
        institution.entrance,
        institution.plugins,
        lambda: institution.settings,
    )
    pages.add_to(site, shown)
    clock = institution.vaults.services.clock
    site.add_routes(VerifyPages(shown, institution.verifier, institution.trusting, clock).routes())
    add_api(site, institution)
    return site
