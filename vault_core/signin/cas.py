"""CAS 3: a service ticket, validated where the directory says who it was given to.

CAS Protocol 3.0 specification, sections 2.1 (login), 2.5 and 2.8 (p3/serviceValidate), 2.3.3
(single logout). What it says is who somebody is; it opens no vault.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode
from xml.etree.ElementTree import ParseError

import aiohttp
from defusedxml import DefusedXmlException, ElementTree

from vault_core.errors import AccessDenied, BadRequest, StoreError
from vault_core.settings.directories import Cas
from vault_core.signin.identified import Identified
from vault_core.signin.tickets import Tickets
from vault_core.vault.vaults import Vaults

log = logging.getLogger(__name__)
NAME: Final = "cas"
SECONDS: Final = 600
"""How long somebody may take at the directory."""
_LARGEST: Final = 256 * 1024
_LARGEST_REQUEST: Final = 16 * 1024
_PATIENCE: Final = aiohttp.ClientTimeout(total=10)
_LONGEST_TICKET: Final = 512
_CAS: Final = "{http://www.yale.edu/tp/cas}"
_LOGOUT: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}LogoutRequest"
_SESSION: Final = "{urn:oasis:names:tc:SAML:2.0:protocol}SessionIndex"


class CasDirectory:
    """One CAS server, known by its address."""

    def __init__(self, rules: Cas, vaults: Vaults, tickets: Tickets) -> None:
        self.rules = rules
        self._random = vaults.services.random
        self._clock = vaults.services.clock
        self._tickets = tickets

    @property
    def enabled(self) -> bool:
        """Whether the institution uses it."""
        return bool(self.rules.url)

    def ask(self, callback: str, wanted: str) -> tuple[str, str]:
        """Where the browser goes, and the ticket that it brings back."""
        state = self._random(24).hex()
        ticket = self._tickets.issue(NAME, {"state": state, "next": wanted}, SECONDS)
        query = urlencode({"service": _service(callback, state)})
        return f"{self.rules.url}/login?{query}", ticket

    async def answered(
        self, ticket: str, answer: Mapping[str, str], callback: str
    ) -> tuple[Identified, str]:
        """Who came back, and where they wanted to go. Raises AccessDenied, StoreError."""
        facts = self._tickets.read(NAME, ticket)
        state, given = str(facts["state"]), answer.get("ticket", "")
        if not hmac.compare_digest(state.encode(), answer.get("state", "").encode()):
            raise AccessDenied("This answer belongs to another sign-in: start again.")
        if not given.startswith("ST-") or len(given) > _LONGEST_TICKET:
            raise AccessDenied("The directory did not confirm who you are.")
        await self._tickets.first_use(NAME, ticket, int(facts["exp"]))
        await self._tickets.first_use("cas-service", given, int(self._clock()) + SECONDS)
        said = await self._validate(given, _service(callback, state))
        return self._identified(said, given), str(facts["next"])

    async def _validate(self, ticket: str, service: str) -> Any:
        """The element `authenticationSuccess`. Raises AccessDenied, StoreError."""
        query = {"service": service, "ticket": ticket}
        root = parsed(await self._fetch(f"{self.rules.url}/p3/serviceValidate", query))
        if root is None or root.tag != f"{_CAS}serviceResponse":
            raise StoreError("The directory's answer cannot be read.")
        found = [child for child in root if child.tag == f"{_CAS}authenticationSuccess"]
        if len(found) != 1 or len(root) != 1 or found[0].find(f"{_CAS}proxies") is not None:
            raise AccessDenied("The directory did not confirm who you are.")
        return found[0]

    def _identified(self, success: Any, ticket: str) -> Identified:
        rules = self.rules
        subject = _text(success, "user")
        if rules.subject_attribute:
            subject = _text(success.find(f"{_CAS}attributes"), rules.subject_attribute)
        if not subject:
            raise AccessDenied("The directory did not say who you are.")
        ine = ""
        if rules.ine_attribute:
            ine = _text(success.find(f"{_CAS}attributes"), rules.ine_attribute)
        return Identified(NAME, f"{rules.url}\0{subject}", f"{rules.url}\0{ticket}", ine)

    def ended(self, request: str) -> str:
        """The session that a logout request ends. Raises BadRequest.

        CAS signs no such request; it names the service ticket, which only we and the directory
        know, so that whoever knows none ends nothing.
        """
        data = request.encode()
        root = parsed(data) if len(data) <= _LARGEST_REQUEST else None
        found = [] if root is None or root.tag != _LOGOUT else root.findall(_SESSION)
        ticket = (found[0].text or "").strip() if len(found) == 1 else ""
        if not ticket.startswith("ST-") or len(ticket) > _LONGEST_TICKET:
            raise BadRequest("This is no logout request of a CAS server.")
        return f"{self.rules.url}\0{ticket}"

    async def _fetch(self, address: str, query: Mapping[str, str]) -> bytes:
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as to,
                to.get(address, params=query, allow_redirects=False) as answer,
            ):
                answer.raise_for_status()
                data = b""
                async for piece in answer.content.iter_any():
                    data += piece
                    if len(data) > _LARGEST:
                        raise StoreError("The directory's answer is too large.")
                return data
        except (aiohttp.ClientError, TimeoutError) as error:
            log.warning("the directory at %s does not answer: %s", address, type(error).__name__)
            raise StoreError("The directory does not answer: try again later.") from None


def parsed(data: bytes) -> Any:
    """The root element; None for what is no XML, or has a DTD or an entity."""
    try:
        return ElementTree.fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, RecursionError):
        return None


def _service(callback: str, state: str) -> str:
    return f"{callback}?{urlencode({'state': state})}"


def _text(parent: Any, name: str) -> str:
    """The text of the one child of that name; "" where there is none or more than one."""
    found = [] if parent is None else parent.findall(f"{_CAS}{name}")
    return (found[0].text or "").strip() if len(found) == 1 else ""
