"""Rows of the review queue: what no rule could decide."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal

from vault_core.errors import Conflict
from vault_core.store import sound
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.sound import Damaged


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One row of `reviews`."""

    batch: BatchId
    line: int
    verdict: Literal["doubtful", "unknown"]
    sealed: bytes
    state: str
    created_at: int
    """In milliseconds since the epoch."""

    def __post_init__(self) -> None:
        sound.words({self.verdict: ("doubtful", "unknown")})
        sound.times(self.created_at)


async def waiting(
    catalog: Catalog, batch: BatchId | None, page: int = 8
) -> AsyncIterator[ReviewRow | Damaged]:
    """What waits for a decision (of one batch), a page at a time: a row may bring a document."""
    after: tuple[bytes, int] = b"", -1
    condition, values = ("", ()) if batch is None else (" AND batch = ?", (batch,))
    while True:
        rows = await catalog.fetch(
            "SELECT batch, line, verdict, sealed, state, created_at FROM reviews"  # noqa: S608 -- constants
            f" WHERE state = 'open' AND (batch > ? OR (batch = ? AND line > ?)){condition}"
            " ORDER BY batch, line LIMIT ?",
            (after[0], after[0], after[1], *values, page),
        )
        for row in sound.each(ReviewRow, rows, key=2):
            yield row
        if len(rows) < page:
            return
        after = rows[-1][0], rows[-1][1]


async def one(catalog: Catalog, batch: BatchId, line: int) -> ReviewRow | None:
    """The review of that line."""
    row = await catalog.point(
        "SELECT batch, line, verdict, sealed, state, created_at FROM reviews"
        " WHERE batch = ? AND line = ?",
        (batch, line),
    )
    return ReviewRow(*row) if row else None


async def waits(catalog: Catalog, batch: BatchId, line: int) -> bool:
    """Whether that line waits for a decision, sound or not."""
    row = await catalog.point(
        "SELECT 1 FROM reviews WHERE batch = ? AND line = ? AND state = 'open'", (batch, line)
    )
    return row is not None


async def count(catalog: Catalog) -> int:
    """How many wait."""
    row = await catalog.point("SELECT count(*) FROM reviews WHERE state = 'open'")
    return int(row[0]) if row else 0


def decide(batch: BatchId, line: int, state: str, by: str, at: int) -> Unit[None]:
    """Close a review, and forget the row. Raises Conflict if somebody else has decided it."""
    rows = yield (
        "UPDATE reviews SET state = ?, decided_by = ?, decided_at = ?, sealed = ?"
        " WHERE batch = ? AND line = ? AND state = 'open' RETURNING line",
        (state, by, at, b"", batch, line),
    )
    if not rows:
        raise Conflict("This row was decided already.")


async def older(catalog: Catalog, before: int, limit: int) -> list[tuple[BatchId, int]]:
    """Batch and line of what has waited since before then, by batch."""
    rows = await catalog.fetch(
        "SELECT batch, line FROM (SELECT batch, line FROM reviews WHERE state = 'open'"
        " AND created_at < ? ORDER BY created_at LIMIT ?) AS found ORDER BY batch, line",
        (before, limit),
    )
    return [(batch, line) for batch, line in rows]


async def oldest(catalog: Catalog) -> int | None:
    """Since when (ms) the row waits that has waited longest; None if none does."""
    row = await catalog.point(
        "SELECT created_at FROM reviews WHERE state = 'open' ORDER BY created_at LIMIT 1"
    )
    return int(row[0]) if row else None


def expire(batch: BatchId, lines: Sequence[int], at: int) -> Unit[list[int]]:
    """Forget these rows; those that somebody decided meanwhile are left out of the result."""
    rows = yield (
        "UPDATE reviews SET state = 'expired', decided_at = ?, sealed = ? WHERE batch = ?"  # noqa: S608
        f" AND state = 'open' AND line IN ({', '.join('?' * len(lines))}) RETURNING line",
        (at, b"", batch, *lines),
    )
    return [row[0] for row in rows]


def warn(before: int, at: int) -> Unit[list[BatchId]]:
    """Batches of rows that have waited since before then, of which nobody was told yet."""
    rows = yield (
        "UPDATE reviews SET warned_at = ? WHERE state = 'open' AND created_at < ?"
        " AND warned_at IS NULL RETURNING batch",
        (at, before),
    )
    return sorted({row[0] for row in rows})
