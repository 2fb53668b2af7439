"""Rows of answers kept for requests that may come twice (Idempotency-Key)."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.errors import TooManyAttempts
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId


@dataclass(frozen=True, slots=True)
class ReplyRow:
    """One row of `replies`; times in milliseconds since the epoch."""

    vault: VaultId
    request_key: bytes
    fingerprint: bytes
    answer: bytes | None
    expires_at: int


async def find(catalog: Catalog, vault: VaultId, request_key: bytes) -> ReplyRow | None:
    """What is known of the key."""
    row = await catalog.point(
        "SELECT vault, request_key, fingerprint, answer, expires_at FROM replies"
        " WHERE vault = ? AND request_key = ?",
        (vault, request_key),
    )
    return ReplyRow(*row) if row else None


def claim(row: ReplyRow, at: int, most: int) -> Unit[None]:
    """Take the key for the request that is about to run.

    Raises Conflict if it is taken, TooManyAttempts if the vault has `most` of them.
    """
    yield ("DELETE FROM replies WHERE vault = ? AND expires_at <= ?", (row.vault, at))
    held = yield ("SELECT COUNT(*) FROM replies WHERE vault = ?", (row.vault,))
    if held[0][0] >= most:
        raise TooManyAttempts(
            "Too many Idempotency-Keys were used within a day; send requests without.",
            retry_after=3600,
        )
    yield (
        "INSERT INTO replies (vault, request_key, fingerprint, answer, expires_at)"
        " VALUES (?, ?, ?, NULL, ?)",
        (row.vault, row.request_key, row.fingerprint, row.expires_at),
    )


def keep(vault: VaultId, request_key: bytes, answer: bytes) -> Unit[None]:
    """What the request was answered, for when it comes again."""
    yield (
        "UPDATE replies SET answer = ? WHERE vault = ? AND request_key = ?",
        (answer, vault, request_key),
    )


def release(vault: VaultId, request_key: bytes) -> Unit[None]:
    """The request was refused and did nothing: it may be tried again."""
    yield (
        "DELETE FROM replies WHERE vault = ? AND request_key = ? AND answer IS NULL",
        (vault, request_key),
    )


def expire(at: int) -> Unit[int]:
    """Forget those whose time is over; how many."""
    rows = yield ("DELETE FROM replies WHERE expires_at <= ? RETURNING vault", (at,))
    return len(rows)
