"""Everything at `/` that is not WebDAV, as one aiohttp application."""

from __future__ import annotations

from aiohttp import web

from vault_core.app import console as site_console
from vault_core.app.api import add_api
from vault_core.app.institution import Institution
from vault_core.scim.routes import ScimApi
from vault_core.watching.figures import Figures
from vault_core.watching.institution import InstitutionFigures
from vault_core.watching.page import MetricsPage
from vault_core.watching.requests import name_answer
from vault_core.web import pages
from vault_core.web.admin import pages as console
from vault_core.web.health import Health
from vault_core.web.links.visitor import VisitorPages
from vault_core.web.notices import NoticePages
from vault_core.web.reference.page import ReferencePage
from vault_core.web.verify import VerifyPages


def build_site(institution: Institution, figures: Figures | None = None) -> web.Application:
    """Routes of the pages, the API and its reference, the health checks and the figures."""
    settings = institution.settings.server
    site = web.Application(client_max_size=settings.max_request)
    health = Health(institution.catalog, institution.blobs, lambda: institution.stopping)
    site.add_routes(health.routes())
    sums = InstitutionFigures(institution.catalog, institution.vaults.services.clock)
    site.add_routes(MetricsPage(figures or Figures(), sums, lambda: institution.settings).routes())
    site.on_response_prepare.append(name_answer)
    shown = pages.site(
        institution.vaults,
        institution.persons,
        institution.entrance,
        institution.plugins,
        institution.certificates,
        lambda: institution.settings,
    )
    pages.add_to(site, shown)
    console.add_to(site, site_console.office(institution, shown))
    site.add_routes(ScimApi(institution.provisioning, lambda: institution.settings).routes())
    clock = institution.vaults.services.clock
    site.add_routes(VerifyPages(shown, institution.verifier, institution.trusting, clock).routes())
    told = NoticePages(shown, institution.contacts, institution.feeds, institution.post)
    site.add_routes(told.routes())
    visitors = VisitorPages(shown, institution.visits, institution.trusting)
    site.add_routes(visitors.routes())
    site.add_routes(ReferencePage(shown, add_api(site, institution).document).routes())
    return site
