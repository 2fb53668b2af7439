"""Rows of the public keys that issuers sign requests with, and of the signatures that came."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.roles import Act, record

_COLUMNS = (
    "id, issuer, label, public_key, writes, created_by, created_at, expires_at, revoked_at, used_at"
)


@dataclass(frozen=True, slots=True)
class RequestKeyRow:
    """One row of `request_keys`; times in milliseconds since the epoch."""

    id: str
    issuer: str
    label: str
    public_key: bytes
    writes: bool
    created_by: str
    created_at: int
    expires_at: int
    revoked_at: int | None = None
    used_at: int | None = None


@dataclass(frozen=True, slots=True)
class NonceRow:
    """One row of `request_nonces`."""

    key: str
    nonce: bytes
    expires_at: int


async def by_id(catalog: Catalog, key: str) -> RequestKeyRow | None:
    """The key of that thumbprint, revoked or not."""
    row = await catalog.point(
        f"SELECT {_COLUMNS} FROM request_keys WHERE id = ?",  # noqa: S608 -- constants
        (key,),
    )
    return RequestKeyRow(*row) if row else None


async def everything(catalog: Catalog) -> list[RequestKeyRow]:
    """All of them, by issuer, oldest first."""
    rows = await catalog.fetch(
        f"SELECT {_COLUMNS} FROM request_keys ORDER BY issuer, created_at, id"  # noqa: S608
    )
    return [RequestKeyRow(*row) for row in rows]


def add(row: RequestKeyRow, act: Act) -> Unit[None]:
    """One more, and the act that registered it. Raises Conflict if it is there, or was."""
    yield (
        f"INSERT INTO request_keys ({_COLUMNS})"  # noqa: S608 -- constants
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id, row.issuer, row.label, row.public_key, int(row.writes), row.created_by,
            row.created_at, row.expires_at, row.revoked_at, row.used_at,
        ),
    )  # fmt: skip
    yield from record(act)


def succeed(old: str, until: int, row: RequestKeyRow, act: Act) -> Unit[None]:
    """The new key, and the end of the old one, which stays good until then at most."""
    yield from add(row, act)
    yield (
        "UPDATE request_keys SET expires_at = CASE WHEN expires_at < ? THEN expires_at ELSE ? END"
        " WHERE id = ?",
        (until, until, old),
    )


def revoke(key: str, at: int, act: Act) -> Unit[bool]:
    """Whether it was there, and not revoked yet."""
    rows = yield (
        "UPDATE request_keys SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id",
        (at, key),
    )
    if rows:
        yield from record(act)
    return bool(rows)


def spend(row: NonceRow, at: int, most: int) -> Unit[bool]:
    """Whether this signature comes for the first time; from now on it does not.

    Raises AccessDenied if its key was revoked meanwhile, TooManyAttempts if `most` signatures of
    the key are remembered.
    """
    yield ("DELETE FROM request_nonces WHERE request_key = ? AND expires_at <= ?", (row.key, at))
    held = yield ("SELECT COUNT(*) FROM request_nonces WHERE request_key = ?", (row.key,))
    if held[0][0] >= most:
        raise TooManyAttempts("Too many signed requests within minutes; send fewer.")
    found = yield (
        "INSERT INTO request_nonces (request_key, nonce, expires_at) VALUES (?, ?, ?)"
        " ON CONFLICT (request_key, nonce) DO NOTHING RETURNING nonce",
        (row.key, row.nonce, row.expires_at),
    )
    if not found:
        return False
    good = yield (
        "UPDATE request_keys SET used_at = ? WHERE id = ? AND revoked_at IS NULL RETURNING id",
        (at, row.key),
    )
    if not good:
        raise AccessDenied
    return True


def expire(at: int) -> Unit[int]:
    """Forget signatures that are too old to come again; how many."""
    rows = yield ("DELETE FROM request_nonces WHERE expires_at <= ? RETURNING request_key", (at,))
    return len(rows)
