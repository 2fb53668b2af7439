"""Public keys that issuers' programs sign their requests with (RFC 9421).

Against a token: the secret never leaves the issuer, and what was sent cannot be altered or sent
again. A key is named by its thumbprint (RFC 7638), so that both sides know it by the same name.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_public_key,
)

from vault_core.api import Clock
from vault_core.errors import BadRequest, Conflict, NodeNotFound, SignatureRefused
from vault_core.plugins import Plugins
from vault_core.store import request_keys
from vault_core.store.catalog import Catalog
from vault_core.store.ids import milliseconds
from vault_core.store.request_keys import NonceRow, RequestKeyRow
from vault_core.store.roles import Act

PublicKey = Ed25519PublicKey | EllipticCurvePublicKey
Algorithm = Literal["ed25519", "ecdsa-p256-sha256"]
State = Literal["good", "expired", "revoked"]
LONGEST: Final = 1100
"""Days that a key is good for, at most."""
OVERLAP: Final = 90
"""Days that a key stays good beside its successor, at most."""
LARGEST: Final = 16 * 1024
"""Bytes of a PEM file."""
REMEMBERED: Final = 20_000
"""Signatures of one key that are remembered at once."""
_DAY: Final = 86_400_000
_UNKNOWN: Final = (
    "This key is good for nothing here: it was never registered, was revoked or has expired."
)


class KeyUnusable(BadRequest):
    """This key cannot be registered.

    `fault` is private, unreadable or taken.
    """

    def __init__(self, fault: Literal["private", "unreadable", "taken"], message: str) -> None:
        super().__init__(message)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A registered key; times in ms."""

    id: str
    issuer: str
    label: str
    public_key: PublicKey
    writes: bool
    created_at: int
    expires_at: int
    used_at: int | None
    state: State

    @property
    def algorithm(self) -> Algorithm:
        """As RFC 9421 section 6.2 names it."""
        return "ed25519" if isinstance(self.public_key, Ed25519PublicKey) else "ecdsa-p256-sha256"


class RequestKeys:
    """Registers, finds and revokes them."""

    def __init__(self, catalog: Catalog, plugins: Plugins, clock: Clock) -> None:
        self._catalog = catalog
        self._plugins = plugins
        self._clock = clock
        self.remembered = REMEMBERED

    async def everything(self) -> list[RequestKey]:
        """All of them, by issuer; revoked ones too."""
        return [self._key(row) for row in await request_keys.everything(self._catalog)]

    async def register(
        self, issuer: str, label: str, pem: bytes, days: int, actor: str, *, writes: bool = True
    ) -> RequestKey:
        """Let who holds the private half hand files in for the issuer.

        Raises NodeNotFound for an issuer that no loaded plugin has, BadRequest.
        """
        if issuer not in self._plugins.issuers:
            raise NodeNotFound(f"There is no issuer '{issuer}': 'parchemin issuer list' has them.")
        row = self._row(issuer, label, read_public_key(pem), days, actor, writes)
        act = self._act(actor, "request-key-add", row.created_at, issuer=issuer, key=row.id)
        try:
            await self._catalog.commit(request_keys.add, row, act)
        except Conflict:
            raise KeyUnusable("taken", _TAKEN) from None
        return self._key(row)

    async def rotate(self, old: str, pem: bytes, days: int, overlap: int, actor: str) -> RequestKey:
        """A successor with the same issuer, name and rights; the old one ends `overlap` days on.

        Raises NodeNotFound if the old one is good for nothing, BadRequest.
        """
        found = await self._found(old)
        if found is None:
            raise NodeNotFound("There is no such key that is still good.")
        if not 0 <= overlap <= OVERLAP:
            raise BadRequest(f"The old key stays good for 0 to {OVERLAP} days.")
        new = self._row(found.issuer, found.label, read_public_key(pem), days, actor, found.writes)
        act = self._act(
            actor, "request-key-rotate", new.created_at, issuer=new.issuer, old=old, key=new.id
        )
        until = new.created_at + overlap * _DAY
        try:
            await self._catalog.commit(request_keys.succeed, old, until, new, act)
        except Conflict:
            raise KeyUnusable("taken", _TAKEN) from None
        return self._key(new)

    async def revoke(self, key: str, actor: str) -> None:
        """It is good for nothing from now on, for ever. Raises NodeNotFound."""
        at = milliseconds(self._clock())
        act = self._act(actor, "request-key-revoke", at, key=key)
        if not await self._catalog.commit(request_keys.revoke, key, at, act):
            raise NodeNotFound("There is no such key, or it was revoked before.")

    async def find(self, key: str) -> RequestKey:
        """The key of that thumbprint. Raises SignatureRefused for what is no good one."""
        found = await self._found(key)
        if found is None:
            raise SignatureRefused(_UNKNOWN)
        return found

    async def spend(self, key: str, nonce: str, until: float) -> None:
        """Remember a signature until then (in s), after which it is too old.

        Raises SignatureRefused if it came before, in whichever process, TooManyAttempts.
        """
        hashed = hashlib.sha256(nonce.encode()).digest()
        row = NonceRow(key, hashed, milliseconds(until))
        at = milliseconds(self._clock())
        if not await self._catalog.commit(request_keys.spend, row, at, self.remembered):
            raise SignatureRefused(
                "This signature was used before: sign every request anew, with another nonce."
            )

    async def _found(self, key: str) -> RequestKey | None:
        row = await request_keys.by_id(self._catalog, key)
        if row is None or row.issuer not in self._plugins.issuers:
            return None
        found = self._key(row)
        return found if found.state == "good" else None

    def _row(
        self, issuer: str, label: str, key: PublicKey, days: int, actor: str, writes: bool
    ) -> RequestKeyRow:
        name = " ".join(label.split())[:60]
        if not name or not 1 <= days <= LONGEST:
            raise BadRequest(f"A key has a name, and is good for 1 to {LONGEST} days.")
        at = milliseconds(self._clock())
        encoded = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return RequestKeyRow(
            thumbprint(key), issuer, name, encoded, writes, actor, at, at + days * _DAY
        )

    def _key(self, row: RequestKeyRow) -> RequestKey:
        state: State = "good"
        if row.revoked_at is not None:
            state = "revoked"
        elif row.expires_at <= self._clock() * 1000:
            state = "expired"
        return RequestKey(
            row.id, row.issuer, row.label, _usable(load_der_public_key(row.public_key)),
            bool(row.writes), row.created_at, row.expires_at, row.used_at, state,
        )  # fmt: skip

    def _act(self, actor: str, verb: str, at: int, **detail: str) -> Act:
        return Act(actor, verb, None, at, detail)


_TAKEN: Final = "This key is registered, or was and has been revoked: make a new one."


def read_public_key(pem: bytes) -> PublicKey:
    """The key of a PEM file. Raises KeyUnusable, saying how to make one, for anything else."""
    if b"PRIVATE KEY" in pem:
        raise KeyUnusable(
            "private",
            "This is a private key: keep it, and give its public half"
            " (openssl pkey -in key.pem -pubout).",
        )
    try:
        return _usable(load_pem_public_key(pem[:LARGEST]))
    except (ValueError, TypeError):
        raise KeyUnusable(
            "unreadable",
            "A public key is wanted, in PEM: Ed25519 (openssl genpkey -algorithm ed25519) or"
            " P-256.",
        ) from None


def _usable(key: object) -> PublicKey:
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    raise ValueError("neither Ed25519 nor P-256")


def thumbprint(key: PublicKey) -> str:
    """RFC 7638, for Ed25519 with RFC 8037 section 2: base64url of SHA-256 over the JWK."""
    if isinstance(key, Ed25519PublicKey):
        members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes_raw())}
    else:
        numbers = key.public_numbers()
        x, y = (_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        members = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    text = json.dumps(members, separators=(",", ":"), sort_keys=True)
    return _base64url(hashlib.sha256(text.encode()).digest())


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
