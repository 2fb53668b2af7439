"""Everything at `/` that is not WebDAV, as one aiohttp application."""

from __future__ import annotations

from aiohttp import web

from vault_core.app import Institution
from vault_core.web import pages
from vault_core.web.health import Health


def build_site(institution: Institution) -> web.Application:
    """Routes of the pages, the API and the health checks."""
    settings = institution.settings.server
    site = web.Application(client_max_size=settings.max_request)
    site.add_routes(Health(institution.catalog, institution.blobs).routes())
    pages.add_to(
        site,
        pages.site(
            institution.vaults,
            institution.persons,
            institution.plugins,
            lambda: institution.settings,
        ),
    )
    return site
