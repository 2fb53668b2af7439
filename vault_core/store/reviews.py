"""Rows of the review queue: what no rule could decide."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from vault_core.errors import Conflict
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog, Unit


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One row of `reviews`."""

    batch: BatchId
    line: int
    verdict: str
    sealed: bytes
    state: str


async def waiting(
    catalog: Catalog, batch: BatchId | None, page: int = 200
) -> AsyncIterator[ReviewRow]:
    """What waits for a decision (of one batch), a page at a time."""
    after: tuple[bytes, int] = b"", -1
    condition, values = ("", ()) if batch is None else (" AND batch = ?", (batch,))
    while True:
        rows = await catalog.fetch(
            "SELECT batch, line, verdict, sealed, state FROM reviews"  # noqa: S608 -- constants
            f" WHERE state = 'open' AND (batch > ? OR (batch = ? AND line > ?)){condition}"
            " ORDER BY batch, line LIMIT ?",
            (after[0], after[0], after[1], *values, page),
        )
        for row in rows:
            yield ReviewRow(*row)
        if len(rows) < page:
            return
        after = rows[-1][0], rows[-1][1]


async def one(catalog: Catalog, batch: BatchId, line: int) -> ReviewRow | None:
    """The review of that line."""
    row = await catalog.point(
        "SELECT batch, line, verdict, sealed, state FROM reviews WHERE batch = ? AND line = ?",
        (batch, line),
    )
    return ReviewRow(*row) if row else None


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
