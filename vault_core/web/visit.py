"""One request for a page: who asks, in which language, and how the answer is made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web
from jinja2 import Environment
from multidict import MultiDict

from vault_core.api import Language, said
from vault_core.errors import AccessDenied, BadRequest, ParcheminError, TooLarge
from vault_core.http.client_address import client_address
from vault_core.http.forms import posted
from vault_core.issuing.certificates.lifecycle import Certificates
from vault_core.plugins import Plugins
from vault_core.settings import Settings
from vault_core.signin.entrance import Entrance
from vault_core.signin.own_secret import From
from vault_core.vault.nodes.names import Path
from vault_core.vault.persons.register import Persons
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults
from vault_core.web import cookies, formats, languages, security
from vault_core.web.addresses import address, parse_path
from vault_core.web.assets import Assets

NO_STORE: Final = "no-store"
DONE: Final = frozenset(
    {
        "contact", "recovery-asked", "recovery-stopped",
        "activated", "closing", "factor", "passkey", "copied", "deleted", "folder",
        "moved", "not-closing", "password", "recovery", "renamed",
        "linked", "link-revoked", "decided", "ended", "asked", "mail", "no-mail", "quota",
        "resumed", "suspended", "keyed", "proved",
        "restored", "restored-version", "purged", "revoked", "signed-out", "uploaded",
    }
)  # fmt: skip
"""What a page may be told was just done, by `?done=`."""


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages share."""

    vaults: Vaults
    persons: Persons
    entrance: Entrance
    plugins: Plugins
    register: Certificates
    """How certificates stand with the institution."""
    assets: Assets
    templates: Environment
    settings: Callable[[], Settings]
    """The present ones: some change while the server runs."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A request with what is known of its reader."""

    site: Site
    request: web.Request
    language: Language
    secure: bool
    signed_in: Vault | None
    closes_at: int | None = None
    """When the reader's vault closes for good, if that was asked for: every page tells them."""
    recovery_at: int | None = None
    """When somebody else may make a code for the reader's vault, unless the reader stops it."""
    is_suspended: bool = False
    """Whether the cookie is of somebody whom the institution lets in nowhere for now."""

    @property
    def vault(self) -> Vault:
        """The reader's open vault. Raises AccessDenied if there is none."""
        if self.signed_in is None:
            raise AccessDenied
        return self.signed_in

    @property
    def settings(self) -> Settings:
        """The institution's, now."""
        return self.site.settings()

    @property
    def address(self) -> str:
        """The client's network address, which failed attempts are counted by."""
        return client_address(self.request, self.settings.server.trusted_proxies)

    def browser(self, account: str) -> str:
        """A name for this browser if that account came in by it before, else ""."""
        cookie = cookies.value(self.request, "browser", self.secure)
        return self.site.entrance.browsers.known(account, cookie)

    def client(self, account: str) -> From:
        """Where a secret of that account comes from."""
        return From(self.address, self.browser(account))

    @property
    def server_url(self) -> str:
        """`https://host` as people type it, without a final slash."""
        configured = self.settings.server.public_url.rstrip("/")
        return configured or f"{'https' if self.secure else 'http'}://{self.request.host}"

    def path(self, prefix: str) -> Path:
        """The vault path in the request's address. Raises BadRequest, InvalidName."""
        return parse_path(self.request.raw_path, prefix)

    def query(self, name: str) -> str:
        """A parameter of the address, "" if it is not there."""
        return self.request.query.get(name, "")

    def check_origin(self) -> None:
        """Raises Forbidden if another site sent the request."""
        security.check_same_site(self.request, self.settings.server.public_url)

    def check_token(self, token: str) -> None:
        """Raises Forbidden unless the form was made for this session."""
        security.check_token(self.vault, token)

    async def form(self, *, entering: bool = False) -> MultiDict[str]:
        """The fields of a small form that was made for this session.

        A form by which people come in (`entering`) was made before there was one.

        Raises Forbidden, TooLarge, and BadRequest if it is malformed or comes too slowly.
        """
        self.check_origin()
        server = self.settings.server
        try:
            async with asyncio.timeout(server.body_timeout):
                fields = await posted(self.request, server.max_request)
        except TimeoutError:
            raise BadRequest("The form came too slowly; send it again.") from None
        if self.signed_in is not None and not entering:
            header = self.request.headers.get(security.CSRF_HEADER, "")
            self.check_token(fields.get(security.CSRF_FIELD, header))
        return fields

    async def body(self) -> bytes:
        """A small body that the page's own script sent. Raises TooLarge, BadRequest."""
        try:
            async with asyncio.timeout(self.settings.server.body_timeout):
                return await self.request.read()
        except web.HTTPRequestEntityTooLarge:
            raise TooLarge from None
        except web.RequestPayloadError:
            raise BadRequest("The request is not framed as HTTP asks for.") from None
        except TimeoutError:
            raise BadRequest("The request came too slowly; send it again.") from None

    def t(self, key: str, **values: Any) -> str:
        """A sentence in the reader's language."""
        return languages.message(self.language, key, **values)

    def n(self, key: str, count: int, **values: Any) -> str:
        """A sentence for that many."""
        shown = formats.number(count, self.language)
        return languages.counted(self.language, key, count, shown=shown, **values)

    def page(
        self, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None,
        **context: Any,
    ) -> web.Response:  # fmt: skip
        """A whole page, or a fragment of one."""
        text = self.site.templates.get_template(template).render({**self._context(), **context})
        answer = web.Response(text=text, status=status, content_type="text/html", headers=headers)
        answer.headers["Cache-Control"] = NO_STORE
        answer.headers["Content-Security-Policy"] = security.PAGE_POLICY
        answer.headers["Content-Language"] = self.language
        answer.headers["Vary"] = "Cookie, Accept-Language"
        return answer

    def _context(self) -> dict[str, Any]:
        language, settings, vault = self.language, self.settings, self.signed_in
        done = self.query("done")
        return {
            "visit": self,
            "t": self.t,
            "n": self.n,
            "language": language,
            "offered": [(tag, languages.NAMES[tag]) for tag in settings.institution.languages],
            "institution": settings.institution.name,
            "asset": self.site.assets.address,
            "href": address,
            "reason": lambda reasons: "; ".join(said(one, language) for one in reasons),
            "size": lambda count: formats.size(count, language),
            "number": lambda count: formats.number(count, language),
            "day": lambda at: formats.day(at, language),
            "moment": lambda at: formats.moment(at, language),
            "written": lambda date: formats.written(date, language),
            "machine": formats.machine,
            "here": self.request.raw_path,
            "section": "",
            "done": done if done in DONE else "",
            "username": vault.username if vault else "",
            "csrf": security.csrf_token(vault) if vault else "",
            "closes_at": self.closes_at,
            "recovery_at": self.recovery_at,
        }

    def why(self, error: ParcheminError) -> str:
        """An error's own words as a sentence, in the reader's language where it knows both."""
        words = said(error.args[0], self.language)
        return f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '!', '?')) else '.'}"

    def go(self, where: str) -> web.Response:
        """303: what was asked is done, the page to look at is there."""
        headers = {"Location": where, "Cache-Control": NO_STORE}
        return web.Response(status=303, headers=headers)


Handler = Callable[[Visit], Awaitable[web.StreamResponse]]
