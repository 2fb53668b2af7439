"""OpenID Connect: authorization code with PKCE, discovery, rotating keys, back-channel logout.

Core 1.0, Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (`iss` in the answer), Back-Channel Logout 1.0.
What it says is who somebody is; it opens no vault.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

import aiohttp

from vault_core.errors import AccessDenied, BadRequest, StoreError
from vault_core.settings.directories import Oidc
from vault_core.signin.identified import Identified
from vault_core.signin.tickets import Tickets
from vault_core.vault.vaults import Vaults

if TYPE_CHECKING:  # 3 MiB, which only those pay who have a provider
    from joserfc import jwt
    from joserfc.jwk import KeySet

log = logging.getLogger(__name__)
NAME: Final = "oidc"
SECONDS: Final = 600
"""How long somebody may take at the provider."""
FRESH: Final = 3600
"""Seconds for which discovery and keys are believed; an unknown key is looked for at once."""
SKEW: Final = 60
_LARGEST: Final = 512 * 1024
_PATIENCE: Final = aiohttp.ClientTimeout(total=10)
_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "ES384", "EdDSA"]
_LOGOUT: Final = "http://schemas.openid.net/event/backchannel-logout"


class OpenIdConnect:
    """One provider, found by its issuer's address."""

    def __init__(self, rules: Oidc, vaults: Vaults, tickets: Tickets) -> None:
        self.rules = rules
        self._clock = vaults.services.clock
        self._random = vaults.services.random
        self._tickets = tickets
        self._found: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._found_at = 0.0

    @property
    def enabled(self) -> bool:
        """Whether the institution uses it."""
        return bool(self.rules.issuer and self.rules.client_id)

    async def ask(self, redirect: str, wanted: str) -> tuple[str, str]:
        """Where the browser goes, and the ticket that it brings back. Raises StoreError."""
        rules, found = self.rules, await self._discovered()
        state, nonce = self._random(24).hex(), self._random(24).hex()
        verifier = base64.urlsafe_b64encode(self._random(48)).decode()
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": rules.client_id,
            "redirect_uri": redirect,
            "scope": rules.scopes,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if rules.acr_values:
            query["acr_values"] = rules.acr_values
        facts = {"state": state, "nonce": nonce, "verifier": verifier, "next": wanted}
        ticket = self._tickets.issue(NAME, facts, SECONDS)
        return f"{found['authorization_endpoint']}?{urlencode(query)}", ticket

    async def answered(
        self, ticket: str, answer: Mapping[str, str], redirect: str
    ) -> tuple[Identified, str]:
        """Who came back, and where they wanted to go. Raises AccessDenied, StoreError."""
        facts = self._tickets.read(NAME, ticket)
        if not hmac.compare_digest(str(facts["state"]).encode(), answer.get("state", "").encode()):
            raise AccessDenied("This answer belongs to another sign-in: start again.")
        await self._tickets.first_use(NAME, ticket, int(facts["exp"]))
        issuer = self.rules.issuer
        if answer.get("iss", issuer) != issuer or not answer.get("code"):
            raise AccessDenied("The directory did not confirm who you are.")
        token = await self._exchange(answer["code"], str(facts["verifier"]), redirect)
        claims = await self._claims(token)
        self._check_times(claims)
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), facts["nonce"].encode()):
            raise AccessDenied("This answer belongs to another sign-in: start again.")
        return self._identified(claims), str(facts["next"])

    def _identified(self, claims: Mapping[str, Any]) -> Identified:
        rules, subject = self.rules, claims.get("sub")
        if not isinstance(subject, str) or not subject:
            raise AccessDenied
        ine = claims.get(rules.ine_claim, "") if rules.ine_claim else ""
        return Identified(
            NAME,
            f"{rules.issuer}\0{subject}",
            self._sid(claims),
            ine if isinstance(ine, str) else "",
        )

    def _sid(self, claims: Mapping[str, Any]) -> str:
        sid = claims.get("sid")
        return f"{self.rules.issuer}\0{sid}" if isinstance(sid, str) and sid else ""

    async def ended(self, token: str) -> tuple[str, str]:
        """Subject and session that a logout token ends, one of them "". Raises BadRequest."""
        try:
            claims = await self._claims(token)
            events = claims.get("events")
            if not isinstance(events, dict) or _LOGOUT not in events or "nonce" in claims:
                raise AccessDenied
            issued, jti = claims.get("iat"), claims.get("jti")
            if not isinstance(issued, int | float) or abs(issued - self._clock()) > SECONDS:
                raise AccessDenied
            await self._tickets.first_use("logout", str(jti), int(issued) + 2 * SECONDS)
        except AccessDenied:
            raise BadRequest("This is no logout token of our directory.") from None
        subject, sid = claims.get("sub"), self._sid(claims)
        if not sid and not isinstance(subject, str):
            raise BadRequest("This is no logout token of our directory.")
        return ("" if sid else f"{self.rules.issuer}\0{subject}"), sid

    async def _exchange(self, code: str, verifier: str, redirect: str) -> str:
        rules, found = self.rules, await self._discovered()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": verifier,
        }
        secret = rules.client_secret.get_secret_value()
        auth: tuple[str, str] | None = (rules.client_id, secret)
        if rules.secret_in_form:
            form |= {"client_id": rules.client_id, "client_secret": secret}
            auth = None
        answer = await self._fetch("POST", found["token_endpoint"], form, auth)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise AccessDenied("The directory did not confirm who you are.")
        return token

    async def _claims(self, token: str) -> dict[str, Any]:
        """The claims of a token that the provider signed for us. Raises AccessDenied."""
        from joserfc.errors import JoseError

        try:
            decoded = self._decode(token, await self._known_keys(False))
        except JoseError:
            try:  # the provider may have a new key since
                decoded = self._decode(token, await self._known_keys(True))
            except JoseError:
                raise AccessDenied("The directory's answer cannot be trusted.") from None
        claims, rules = decoded.claims, self.rules
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if claims.get("iss") != rules.issuer or rules.client_id not in audiences:
            raise AccessDenied("The directory's answer is meant for somebody else.")
        if len(audiences) > 1 and claims.get("azp") != rules.client_id:
            raise AccessDenied("The directory's answer is meant for somebody else.")
        return dict(claims)

    def _decode(self, token: str, keys: KeySet) -> jwt.Token:
        from joserfc import jwt
        from joserfc.errors import JoseError

        try:
            return jwt.decode(token, keys, algorithms=_ALGORITHMS)
        except ValueError as error:
            raise JoseError(str(error)) from None

    def _check_times(self, claims: Mapping[str, Any]) -> None:
        now, expires = self._clock(), claims.get("exp")
        if not isinstance(expires, int | float) or expires < now - SKEW:
            raise AccessDenied("The directory's answer is too old: start again.")

    async def _discovered(self) -> Mapping[str, Any]:
        rules, now = self.rules, self._clock()
        if self._found.get("issuer") == rules.issuer and now - self._found_at < FRESH:
            return self._found
        address = f"{rules.issuer.rstrip('/')}/.well-known/openid-configuration"
        found: dict[str, Any] = await self._fetch("GET", address)
        needed = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if found.get("issuer") != rules.issuer or not all(
            isinstance(found.get(name), str) for name in needed
        ):
            raise StoreError("The directory does not describe itself as configured: tell the "
                             "administrator.")  # fmt: skip
        self._found, self._found_at, self._keys = found, now, None
        return found

    async def _known_keys(self, again: bool) -> KeySet:
        from joserfc.errors import JoseError
        from joserfc.jwk import KeySet

        found = await self._discovered()
        if self._keys is None or again:
            try:
                self._keys = KeySet.import_key_set(await self._fetch("GET", found["jwks_uri"]))
            except (JoseError, KeyError, TypeError, ValueError):
                raise StoreError("The directory's keys cannot be read: try again later.") from None
        return self._keys

    async def _fetch(
        self, method: str, address: str, form: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """JSON from the provider. Raises StoreError; AccessDenied if it refuses (4xx)."""
        try:
            async with (
                aiohttp.ClientSession(timeout=_PATIENCE, cookie_jar=aiohttp.DummyCookieJar()) as to,
                to.request(
                    method, address, data=form, allow_redirects=False,
                    headers={"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else None,
                ) as answer,
            ):  # fmt: skip
                data = b""
                async for piece in answer.content.iter_any():
                    data += piece
                    if len(data) > _LARGEST:
                        raise StoreError("The directory's answer is too large.")
            if 400 <= answer.status < 500 and method == "POST":
                raise AccessDenied("The directory did not confirm who you are.")
            answer.raise_for_status()
            found = json.loads(data)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.warning("the directory at %s does not answer: %s", address, type(error).__name__)
            raise StoreError("The directory does not answer: try again later.") from None
        if not isinstance(found, dict):
            raise StoreError("The directory's answer cannot be read.")
        return found
