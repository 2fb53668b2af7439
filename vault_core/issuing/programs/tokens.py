"""Tokens of issuers' programs: for one issuer, for a time, to hand files in or only to look.

A token is no key: it opens no vault, and what it hands in can be opened by nobody but the persons.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from vault_core.api import Clock, Random
from vault_core.crypto import codes
from vault_core.errors import AccessDenied, BadRequest, NodeNotFound
from vault_core.plugins import Plugins
from vault_core.store import issuer_tokens
from vault_core.store.catalog import Catalog
from vault_core.store.ids import milliseconds, new_id
from vault_core.store.issuer_tokens import IssuerTokenRow
from vault_core.store.roles import Act

PREFIX: Final = "parchemin_issuer_"
LONGEST: Final = 366
"""Days that a token is good for, at most."""
_DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class IssuerToken:
    """A token without its secret; times in ms."""

    id: str
    issuer: str
    label: str
    writes: bool
    created_at: int
    expires_at: int
    is_expired: bool


@dataclass(frozen=True, slots=True)
class IssuerTokens:
    """Makes, finds and revokes them."""

    _catalog: Catalog
    _plugins: Plugins
    _clock: Clock
    _random: Random

    async def everything(self) -> list[IssuerToken]:
        """All of them, by issuer."""
        return [self._token(row) for row in await issuer_tokens.everything(self._catalog)]

    async def make(
        self, issuer: str, label: str, days: int, actor: str, *, writes: bool = True
    ) -> tuple[IssuerToken, str]:
        """A new one, and its secret, which is not kept.

        Raises NodeNotFound for an issuer that no loaded plugin has, BadRequest.
        """
        if issuer not in self._plugins.issuers:
            raise NodeNotFound(f"There is no issuer '{issuer}': 'parchemin issuer list' has them.")
        name = " ".join(label.split())[:60]
        if not name or not 1 <= days <= LONGEST:
            raise BadRequest(f"A token has a name, and is good for 1 to {LONGEST} days.")
        now = self._clock()
        at = milliseconds(now)
        secret = PREFIX + codes.new_session_token(self._random)
        row = IssuerTokenRow(
            new_id(now, self._random), issuer, name, _lookup(secret), writes, actor, at,
            at + days * _DAY,
        )  # fmt: skip
        act = Act(actor, "issuer-token-add", None, at, {"issuer": issuer, "token": row.id.hex()})
        await self._catalog.commit(issuer_tokens.add, row, act)
        return self._token(row), secret

    async def revoke(self, token: str, actor: str) -> None:
        """It is good for nothing from now on. Raises NodeNotFound."""
        try:
            key = bytes.fromhex(token)
        except ValueError:
            key = b""
        act = Act(actor, "issuer-token-revoke", None, milliseconds(self._clock()), {"token": token})
        if not await self._catalog.commit(issuer_tokens.remove, key, act):
            raise NodeNotFound("There is no such token.")

    async def find(self, secret: str) -> IssuerToken:
        """The token of that secret. Raises AccessDenied for what is none, or none any more."""
        row = await issuer_tokens.by_lookup(self._catalog, _lookup(secret))
        found = self._token(row) if row else None
        if found is None or found.is_expired or found.issuer not in self._plugins.issuers:
            raise AccessDenied("This token is good for nothing: it was revoked or has expired.")
        return found

    def _token(self, row: IssuerTokenRow) -> IssuerToken:
        over = row.expires_at <= self._clock() * 1000
        return IssuerToken(
            row.id.hex(), row.issuer, row.label, bool(row.writes), row.created_at, row.expires_at,
            over,
        )  # fmt: skip


def _lookup(secret: str) -> bytes:
    """256 random bits need no slow hash."""
    return hashlib.sha256(b"parchemin issuer token " + secret.encode("utf-8", "replace")).digest()
