"""Rows of the parts of a batch, which whoever works on them takes for a while (a lease).

Whoever finishes a part does so in the transaction that delivers its rows, and only while the
lease is theirs: so a part counts once, whoever dies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vault_core.errors import Conflict
from vault_core.store.batch_lines import add_faults
from vault_core.store.batches import BatchId, count, end_if_done
from vault_core.store.catalog import Catalog, Unit


class PartLost(Conflict):
    """The lease of this part ran out, and somebody else has it: leave it to them."""


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part of a batch that somebody works on."""

    batch: BatchId
    number: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Finish:
    """What became of a part's rows, besides what was delivered.

    `counts` are added to the batch's; `faults` and `reviews` are (line, sealed) and
    (line, verdict, sealed).
    """

    counts: Mapping[str, int]
    faults: Sequence[tuple[int, bytes]]
    reviews: Sequence[tuple[int, str, bytes]]


async def parts_left(catalog: Catalog) -> int:
    """How many parts of open batches nobody has finished."""
    row = await catalog.point(
        "SELECT count(*) FROM batches b JOIN batch_parts p ON p.batch = b.id"
        " WHERE b.ended_at IS NULL AND b.state = 'open' AND p.done = 0"
    )
    return int(row[0]) if row else 0


async def any_left(catalog: Catalog) -> bool:
    """Whether `parts_left` would count one."""
    row = await catalog.point(
        "SELECT 1 FROM batches b JOIN batch_parts p ON p.batch = b.id"
        " WHERE b.ended_at IS NULL AND b.state = 'open' AND p.done = 0 LIMIT 1"
    )
    return row is not None


async def parts_from(catalog: Catalog, batch: BatchId, first: int, limit: int) -> list[PartRow]:
    """Parts that are not delivered yet, in their order from that number on."""
    rows = await catalog.fetch(
        "SELECT batch, number, sealed FROM batch_parts"
        " WHERE batch = ? AND number >= ? AND done = 0 ORDER BY number LIMIT ?",
        (batch, first, limit),
    )
    return [PartRow(*row) for row in rows]


def take_reading(batch: BatchId, now: int, until: int) -> Unit[bool]:
    """Be the one who reads the input; False if somebody else is, or it was read."""
    rows = yield (
        "UPDATE batches SET read_until = ? WHERE id = ? AND read_at IS NULL"
        " AND ended_at IS NULL AND (read_until IS NULL OR read_until < ?) RETURNING id",
        (until, batch, now),
    )
    return bool(rows)


def add_parts(
    batch: BatchId, parts: Sequence[tuple[int, bytes]], lines: int, until: int
) -> Unit[bool]:
    """Parts as they are read; those that were read before stay as they are.

    `lines` is the number of rows up to the last one. False once the batch is cancelled.
    """
    rows = yield (
        "UPDATE batches SET lines = CASE WHEN lines < ? THEN ? ELSE lines END, read_until = ?"
        " WHERE id = ? AND ended_at IS NULL RETURNING id",
        (lines, lines, until, batch),
    )
    if not rows:
        return False
    for number, sealed in parts:
        yield (
            "INSERT INTO batch_parts (batch, number, sealed, done) VALUES (?, ?, ?, 0)"
            " ON CONFLICT (batch, number) DO NOTHING",
            (batch, number, sealed),
        )
    return True


def end_reading(batch: BatchId, sealed: bytes, at: int) -> Unit[None]:
    """All of the input is in parts; `sealed` has the warnings that came up on the way."""
    yield (
        "UPDATE batches SET read_at = ?, read_until = NULL, sealed = ? WHERE id = ?",
        (at, sealed, batch),
    )
    yield from end_if_done(batch, at)


def lease(owner: bytes, now: int, until: int) -> Unit[PartRow | None]:
    """Take the oldest part that nobody works on; None if there is none.

    Batch by batch, so that what is looked at are the parts in hand, and not all that are left.
    """
    opened = yield (
        "SELECT id FROM batches WHERE ended_at IS NULL AND state = 'open' ORDER BY created_at, id",
        (),
    )
    for (batch,) in opened:
        rows = yield (
            "UPDATE batch_parts SET owner = ?, until = ? WHERE batch = ? AND number = ("
            "SELECT number FROM batch_parts WHERE batch = ? AND done = 0"
            " AND (until IS NULL OR until < ?) ORDER BY number LIMIT 1)"
            " RETURNING batch, number, sealed",
            (owner, until, batch, batch, now),
        )
        if rows:
            return PartRow(*rows[0])
    return None


def release(owners: bytes) -> Unit[None]:
    """Give back what owners of that prefix held: they are known to be dead."""
    end = (int.from_bytes(owners, "big") + 1).to_bytes(len(owners), "big")
    yield (
        "UPDATE batch_parts SET owner = NULL, until = NULL"
        " WHERE done = 0 AND owner >= ? AND owner < ?",
        (owners, end),
    )


def finish_part(batch: BatchId, number: int, owner: bytes, finish: Finish, at: int) -> Unit[None]:
    """Count a part as done. Raises PartLost if it is somebody else's by now."""
    rows = yield (
        "UPDATE batch_parts SET done = 1, sealed = ?, owner = NULL, until = NULL"
        " WHERE batch = ? AND number = ? AND owner = ? AND done = 0 RETURNING number",
        (b"", batch, number, owner),
    )
    if not rows:
        raise PartLost
    yield from add_faults(batch, finish.faults)
    for line, verdict, sealed in finish.reviews:
        yield (
            "INSERT INTO reviews (batch, line, verdict, sealed, state, created_at)"
            " VALUES (?, ?, ?, ?, 'open', ?) ON CONFLICT (batch, line) DO NOTHING",
            (batch, line, verdict, sealed, at),
        )
    yield from count(batch, finish.counts)
    yield from end_if_done(batch, at)
