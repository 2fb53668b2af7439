"""The HTTP API, composed: which groups of operations there are, and who is let in."""

from __future__ import annotations

from aiohttp import web

from vault_core import __version__
from vault_core.app.institution import Institution
from vault_core.http.client_address import client_address
from vault_core.rest import tus
from vault_core.rest.account import AccountApi
from vault_core.rest.batches import BatchApi
from vault_core.rest.certificates import CertificatesApi
from vault_core.rest.describing import DescribingApi
from vault_core.rest.documents import DocumentsApi
from vault_core.rest.doors import Doors
from vault_core.rest.entering import Doorstep, EnteringApi
from vault_core.rest.journal import JournalApi
from vault_core.rest.links import LinksApi
from vault_core.rest.operation import operations
from vault_core.rest.proofs import ProofsApi
from vault_core.rest.protection import ProtectionApi
from vault_core.rest.repeating import Repeating
from vault_core.rest.serving import Front, problems_of_router
from vault_core.rest.signed import SignedRequests
from vault_core.rest.taking import TakingApi
from vault_core.rest.trash import TrashApi
from vault_core.rest.trust import TrustApi
from vault_core.rest.tus import TusApi
from vault_core.rest.verify import VerifyApi
from vault_core.rest.visits import VisitsApi
from vault_core.settings.sections import Server
from vault_core.signin import sessions as signed
from vault_core.signin.entering import Entered
from vault_core.vault.uploading import Uploading
from vault_core.vault.vault import Vault
from vault_core.web import cookies, security, sessions


def groups(institution: Institution) -> list[object]:
    """Every group of operations, in the order of the reference."""
    return [
        AccountApi(institution.persons),
        EnteringApi(
            institution.entrance,
            lambda: institution.persons.trustees,
            _doorstep(institution),
            lambda: institution.settings,
        ),
        ProtectionApi(institution.entrance, lambda: institution.settings),
        DocumentsApi(),
        TrashApi(),
        TakingApi(),
        CertificatesApi(institution.plugins, institution.certificates),
        JournalApi(institution.vaults.journal),
        TusApi(Uploading(), institution.vaults.services.limits),
        LinksApi(),
        ProofsApi(),
        VisitsApi(institution.visits, institution.trusting),
        VerifyApi(institution.verifier),
        TrustApi(institution.trusting),
        BatchApi(
            institution.batches,
            institution.reviews,
            institution.receipts,
            institution.plugins,
            institution.vaults.services.random,
            institution.roles,
        ),
    ]


def add_api(site: web.Application, institution: Institution) -> DescribingApi:
    """Add every operation and its description, which is the result."""
    describing = DescribingApi()
    found = [one for group in (*groups(institution), describing) for one in operations(group)]
    describing.describe(found, __version__)
    repeating = Repeating(institution.catalog, institution.vaults.services.clock)
    site.add_routes(Front(_doors(institution), repeating).routes(found))
    site.on_response_prepare.append(tus.mark)
    site.middlewares.append(problems_of_router())
    return describing


def _doorstep(institution: Institution) -> Doorstep:
    def server() -> Server:
        return institution.settings.server

    def secure(request: web.BaseRequest) -> bool:
        return security.is_secure(request, server().public_url)

    async def session(request: web.BaseRequest) -> Vault | None:
        return await sessions.opened(request, institution.vaults, secure(request))

    def same_site(request: web.BaseRequest) -> None:
        security.check_same_site(request, server().public_url)

    def browser(request: web.BaseRequest, account: str) -> str:
        cookie = cookies.value(request, "browser", secure(request))
        return institution.entrance.browsers.known(account, cookie)

    def hand_over(request: web.BaseRequest, response: web.StreamResponse, new: Entered) -> None:
        sessions.hand_over(response, new, secure(request))

    def server_url(request: web.BaseRequest) -> str:
        if server().public_url:  # what was signed for another server is not taken for ours
            return server().public_url.rstrip("/")
        return f"{'https' if secure(request) else 'http'}://{request.host}"

    return Doorstep(session, same_site, browser, hand_over, server_url)


def _doors(institution: Institution) -> Doors:
    def server() -> Server:
        return institution.settings.server

    step = _doorstep(institution)

    def address(request: web.BaseRequest) -> str:
        return client_address(request, server().trusted_proxies)

    async def fresh(vault: Vault) -> bool:
        seconds = institution.settings.sign_in.fresh_seconds
        return await signed.proved_at(vault) > vault.actor().at - seconds * 1000

    by_signature = SignedRequests(
        institution.request_keys, institution.vaults.services.clock, step.server_url
    )
    return Doors(
        institution.vaults, institution.roles, institution.issuer_tokens, by_signature,
        step.session, step.same_site, fresh, address, lambda: server().body_timeout,
    )  # fmt: skip
