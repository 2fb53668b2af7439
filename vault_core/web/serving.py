"""From aiohttp's requests to visits, and from errors to pages."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from urllib.parse import quote

from aiohttp import web

from vault_core.api import Language
from vault_core.errors import AccessDenied, NodeNotFound, ParcheminError, ProofNeeded, Suspended
from vault_core.roles import open_to
from vault_core.vault.persons import closing
from vault_core.web import languages, security, sessions
from vault_core.web.messages import CATALOGUES
from vault_core.web.returning import page_before
from vault_core.web.visit import Handler, Site, Visit

log = logging.getLogger(__name__)
Answering = Callable[[web.Request], Awaitable[web.StreamResponse]]


def public(site: Site, handler: Handler) -> Answering:
    """A handler for everybody, signed in or not."""

    async def answer(request: web.Request) -> web.StreamResponse:
        visit = await visit_of(site, request)
        try:
            return await handler(visit)
        except ParcheminError as error:
            return await refusal(visit, error)

    return open_to("public")(answer)


def member(site: Site, handler: Handler) -> Answering:
    """A handler for whoever is signed in; everybody else is asked to sign in first."""

    async def check_and_handle(visit: Visit) -> web.StreamResponse:
        if visit.is_suspended:
            raise Suspended
        if visit.signed_in is None:
            raise AccessDenied
        return await handler(visit)

    return open_to("person")(public(site, check_and_handle))


async def visit_of(site: Site, request: web.Request) -> Visit:
    """The request with its language and, if its cookie opens one, its vault."""
    settings = site.settings()
    language = languages.chosen(request, settings.institution.languages)
    secure = security.is_secure(request, settings.server.public_url)
    vault = ends_at = recovery_at = None
    suspended = False
    try:
        vault = await sessions.opened(request, site.vaults, secure)
        if vault is not None:
            ends_at = await closing.ends_at(vault)
            recovery = await site.entrance.recoveries.of(vault.id)
            recovery_at = recovery.ready_at if recovery else None
    except NodeNotFound:  # the vault was closed for good
        vault = None
    except Suspended:
        suspended = True
    return Visit(site, request, language, secure, vault, ends_at, recovery_at, suspended)


async def refusal(visit: Visit, error: ParcheminError) -> web.StreamResponse:
    """The answer to an error: a page, a sentence for a script, or the way to the sign-in page."""
    status = 409 if error.status == 405 else error.status
    if status >= 500 and error.status != 507:
        log.error("%s %s: %s", visit.request.method, type(error).__name__, error)
    headers = {}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    sentence = sentence_of(visit, error)
    if "application/json" in visit.request.headers.get("Accept", ""):
        problem = {"title": sentence, "status": status}
        return web.json_response(
            problem, status=status, headers=headers, content_type="application/problem+json"
        )
    if isinstance(error, ProofNeeded):
        return visit.go(f"/account/confirm?next={quote(await page_before(visit), safe='')}")
    if isinstance(error, AccessDenied) and visit.signed_in is None:
        wanted = visit.request.raw_path if visit.request.method == "GET" else "/"
        return visit.go(f"/sign-in?next={quote(wanted, safe='')}")
    return visit.page("error.html", status=status, headers=headers, code=status, sentence=sentence)


def sentence_of(visit: Visit, error: ParcheminError) -> str:
    """What happened, in the reader's language; the error's own words where there are none."""
    for kind in type(error).__mro__:
        key = f"error.{kind.__name__}"
        if key in CATALOGUES[visit.language]:
            return visit.t(key)
    return visit.why(error)


def not_found_pages(site: Site) -> Callable[..., Awaitable[web.StreamResponse]]:
    """A middleware: addresses that nothing answers, and our mistakes, get a page like others."""

    @web.middleware
    async def middleware(request: web.Request, handler: Answering) -> web.StreamResponse:
        try:
            return await handler(request)
        except web.HTTPException as error:
            if error.status < 400 or request.path.startswith("/api/"):
                raise
            visit = await visit_of(site, request)
            headers = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            key = "error.NodeNotFound" if error.status == 404 else "error.unexpected"
            return visit.page(
                "error.html", status=error.status, headers=headers,
                code=error.status, sentence=visit.t(key),
            )  # fmt: skip
        except (ConnectionError, TimeoutError):
            raise
        except Exception:
            reads = "text/html" in request.headers.get("Accept", "")
            if not reads or request.writer.output_size > 0:
                raise  # for a program, or too late for a page
            log.exception("%s failed", request.method)
            visit = Visit(site, request, _language(site, request), False, None)
            sentence = visit.t("error.mistake")
            return visit.page("error.html", status=500, code=500, sentence=sentence)

    return middleware


def _language(site: Site, request: web.Request) -> Language:
    return languages.chosen(request, site.settings().institution.languages)
