"""Who may come in: a token with the scope, a signed request, or a session's cookie."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from vault_core.errors import AccessDenied, Forbidden, NodeNotFound, ProofNeeded
from vault_core.issuing.programs.tokens import PREFIX, IssuerTokens
from vault_core.rest.call import Call
from vault_core.rest.operation import Statement
from vault_core.rest.signed import SignedRequests, is_signed
from vault_core.scopes import Scope
from vault_core.signin.roles import Roles
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_LONGEST: Final = 1024
"""Characters of an Authorization field."""


@dataclass(frozen=True, slots=True)
class Doors:
    """What letting in needs; the composition root gives the parts that the pages have too."""

    vaults: Vaults
    roles: Roles
    issuers: IssuerTokens
    signed: SignedRequests
    session: Callable[[web.BaseRequest], Awaitable[Vault | None]]
    """The vault that the request's cookie opens."""
    same_site: Callable[[web.BaseRequest], None]
    """Raises Forbidden if a browser says that another site sent the request."""
    fresh: Callable[[Vault], Awaitable[bool]]
    """Whether the session's owner proved a short while ago that it is they."""
    address: Callable[[web.BaseRequest], str]
    seconds: Callable[[], float]
    """How long a body may make no progress, by the settings that hold now."""

    async def admit(self, stated: Statement, request: web.Request) -> Call:
        """The call, if this caller may make it. Raises AccessDenied, Forbidden."""
        address, seconds = self.address(request), self.seconds()
        if stated.needs == "public":
            return Call(request, address, seconds)
        field = request.headers.get(hdrs.AUTHORIZATION)
        if field is not None and not field.isascii():
            raise AccessDenied
        if field is not None and field[:7].lower() == "bearer " and field[7:].startswith(PREFIX):
            return await self._by_issuer(stated, request, field[7:].strip())
        if field is None and is_signed(request):
            return await self._by_signature(stated, request)
        vault, scopes = await (
            self._by_token(field) if field is not None else self._by_session(request)
        )
        if scopes is not None and stated.needs not in scopes:
            raise Forbidden(_refused(stated))
        if stated.needs == "session" and not await self.fresh(vault):
            raise ProofNeeded
        if stated.roles:
            await self.roles.require(vault.id, *stated.roles)
        return Call(request, address, seconds, vault, scopes)

    async def _by_issuer(self, stated: Statement, request: web.Request, token: str) -> Call:
        """A program of an issuer: what the operation allows it, and nothing else."""
        if len(token) > _LONGEST:
            raise AccessDenied
        found = await self.issuers.find(token)
        _check_issuer(stated, found.writes)
        return Call(request, self.address(request), self.seconds(), issuer=found.issuer)

    async def _by_signature(self, stated: Statement, request: web.Request) -> Call:
        """The same, by a key of the issuer that the request is signed with."""
        key, digest = await self.signed.admit(request, stated.headers)
        _check_issuer(stated, key.writes)
        return Call(
            request, self.address(request), self.seconds(), issuer=key.issuer, digest=digest
        )

    async def _by_token(self, field: str) -> tuple[Vault, frozenset[Scope]]:
        scheme, _, token = field.partition(" ")
        if scheme.lower() != "bearer" or len(field) > _LONGEST:
            raise AccessDenied("Send a token: Authorization: Bearer parchemin_…")
        try:
            vault = await self.vaults.open_token(token.strip())
            await vault.refresh()
        except NodeNotFound:  # the vault was closed for good
            raise AccessDenied from None
        return vault, vault.scopes or frozenset()

    async def _by_session(self, request: web.BaseRequest) -> tuple[Vault, None]:
        vault = await self.session(request)
        if vault is None:
            raise AccessDenied("Sign in, or send a token: Authorization: Bearer parchemin_…")
        if request.method not in _SAFE:
            # A cookie comes with requests of other sites too. Every browser says where a request
            # that changes something comes from, so one that says nothing is refused.
            if not {hdrs.ORIGIN, "Sec-Fetch-Site"} & request.headers.keys():
                raise Forbidden("With a session's cookie, send Origin as browsers do.")
            self.same_site(request)
        return vault, None


def _check_issuer(stated: Statement, writes: bool) -> None:
    if not stated.issuers:
        raise Forbidden("An issuer's program hands in files and follows them, nothing else.")
    if stated.needs == "deliveries:write" and not writes:
        raise Forbidden("This program may look at batches, and hand in none.")


def _refused(stated: Statement) -> str:
    if stated.needs == "session":
        return "A token cannot do this: sign in, and do it from the session."
    return f"This token is not for that: it needs the scope '{stated.needs}'."
