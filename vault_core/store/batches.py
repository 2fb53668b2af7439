"""Rows of batches and their parts: a small durable queue that processes and machines share.

A part is taken for a while (a lease). Whoever finishes it does so in the transaction that
delivers its rows, and only while the lease is theirs: so a part counts once, whoever dies.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NewType, get_args

from vault_core.errors import BadRequest, Conflict
from vault_core.store import many, sound
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.outbox import happened


class PartLost(Conflict):
    """The lease of this part ran out, and somebody else has it: leave it to them."""


BatchId = NewType("BatchId", bytes)


def batch_id(text: str) -> BatchId:
    """The id that people and programs write in hexadecimal. Raises BadRequest if it is none."""
    try:
        return BatchId(bytes.fromhex(text))
    except ValueError:
        raise BadRequest(f"'{text}' is no id of a batch (32 digits 0-9, a-f).") from None


State = Literal["held", "open", "paused", "cancelled", "done"]
Way = Literal["command", "folder", "api", "page"]
COUNTS = ("delivered", "corrected", "already", "review", "refused", "opened")


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One row of `batches`; times in milliseconds since the epoch."""

    id: BatchId
    issuer: str
    way: Way
    state: State
    digest: bytes
    request: bytes | None
    sealed: bytes
    read_until: int | None
    read_at: int | None
    lines: int
    delivered: int
    corrected: int
    already: int
    review: int
    refused: int
    opened: int
    created_at: int
    ended_at: int | None

    def __post_init__(self) -> None:
        sound.words({self.way: get_args(Way), self.state: get_args(State)})
        sound.times(self.created_at, self.ended_at)


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


COLUMNS = (
    "id, issuer, way, state, digest, request, sealed, read_until, read_at, lines,"
    " delivered, corrected, already, review, refused, opened, created_at, ended_at"
)


# -- reading --------------------------------------------------------------------------------


async def by_id(catalog: Catalog, batch: BatchId) -> BatchRow | None:
    """The batch of that id."""
    return await _one(catalog, "id = ?", batch)


async def by_digest(catalog: Catalog, digest: bytes) -> BatchRow | None:
    """The newest batch of the same input that was not cancelled."""
    return await _one(
        catalog, "digest = ? AND state <> 'cancelled' ORDER BY created_at DESC LIMIT 1", digest
    )


async def by_request(catalog: Catalog, request: bytes) -> BatchRow | None:
    """The batch that was asked for under that idempotency key."""
    return await _one(catalog, "request = ?", request)


async def newest(catalog: Catalog, limit: int = 200, issuer: str | None = None) -> list[BatchRow]:
    """The newest batches first; of that issuer, if one is named."""
    which, named = ("WHERE issuer = ?", (issuer,)) if issuer is not None else ("", ())
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM batches {which} ORDER BY created_at DESC, id DESC LIMIT ?",  # noqa: S608
        (*named, limit),
    )
    return [BatchRow(*row) for row in rows]


async def unfinished(catalog: Catalog) -> int:
    """How many batches have not ended."""
    row = await catalog.point("SELECT count(*) FROM batches WHERE ended_at IS NULL")
    return int(row[0]) if row else 0


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


async def faults(
    catalog: Catalog, batch: BatchId, page: int = 500
) -> AsyncIterator[tuple[int, bytes]]:
    """Line and sealed reasons of what was refused, a page at a time."""
    after = -1
    while True:
        rows = await catalog.fetch(
            "SELECT line, sealed FROM batch_faults WHERE batch = ? AND line > ?"
            " ORDER BY line LIMIT ?",
            (batch, after, page),
        )
        for line, sealed in rows:
            yield line, sealed
        if len(rows) < page:
            return
        after = rows[-1][0]


async def _one(catalog: Catalog, condition: str, value: bytes) -> BatchRow | None:
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM batches WHERE {condition}",  # noqa: S608 -- constants only
        (value,),
    )
    return BatchRow(*row) if row else None


# -- changing (units) -----------------------------------------------------------------------


def insert(row: BatchRow) -> Unit[BatchRow]:
    """A new batch; the one that is there if its idempotency key was used before."""
    marks = ", ".join("?" * 18)
    try:
        yield (
            f"INSERT INTO batches ({COLUMNS}) VALUES ({marks})",  # noqa: S608
            (
                row.id, row.issuer, row.way, row.state, row.digest, row.request, row.sealed,
                row.read_until, row.read_at, row.lines, row.delivered, row.corrected,
                row.already, row.review, row.refused, row.opened, row.created_at, row.ended_at,
            ),
        )  # fmt: skip
    except Conflict:
        rows = yield (
            f"SELECT {COLUMNS} FROM batches WHERE request = ?",  # noqa: S608
            (row.request,),
        )
        if not rows:
            raise
        return BatchRow(*rows[0])
    return row


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
    yield from _end_if_done(batch, at)


def drop(batch: BatchId) -> Unit[None]:
    """Forget a batch whose input turned out to be no such table before a row of it was read."""
    yield "DELETE FROM batches WHERE id = ? AND lines = 0", (batch,)


async def parts_from(catalog: Catalog, batch: BatchId, first: int, limit: int) -> list[PartRow]:
    """Parts that are not delivered yet, in their order from that number on."""
    rows = await catalog.fetch(
        "SELECT batch, number, sealed FROM batch_parts"
        " WHERE batch = ? AND number >= ? AND done = 0 ORDER BY number LIMIT ?",
        (batch, first, limit),
    )
    return [PartRow(*row) for row in rows]


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
    yield from _end_if_done(batch, at)


def add_faults(batch: BatchId, faults: Sequence[tuple[int, bytes]]) -> Unit[None]:
    """Lines that were refused, and the sealed reasons."""
    for line, sealed in faults:
        yield (
            "INSERT INTO batch_faults (batch, line, sealed) VALUES (?, ?, ?)"
            " ON CONFLICT (batch, line) DO NOTHING",
            (batch, line, sealed),
        )


def count(batch: BatchId, counts: Mapping[str, int]) -> Unit[None]:
    """Add to a batch's counts."""
    changed = [(name, counts[name]) for name in COUNTS if counts.get(name)]
    if changed:
        sums = ", ".join(f"{name} = {name} + ?" for name, _ in changed)
        yield (
            f"UPDATE batches SET {sums} WHERE id = ?",  # noqa: S608 -- names of COUNTS only
            (*(value for _, value in changed), batch),
        )


def _end_if_done(batch: BatchId, at: int) -> Unit[None]:
    rows = yield (
        "UPDATE batches SET state = 'done', ended_at = ? WHERE id = ? AND ended_at IS NULL"
        " AND state = 'open' AND read_at IS NOT NULL AND NOT EXISTS"
        " (SELECT 1 FROM batch_parts WHERE batch = ? AND done = 0) RETURNING id",
        (at, batch, batch),
    )
    if rows:
        yield "DELETE FROM batch_parts WHERE batch = ?", (batch,)
        yield from happened(f"batch-done-{batch.hex()}", "batch.done", batch, at)


def move(batch: BatchId, states: Sequence[State], to: State, at: int) -> Unit[bool]:
    """From one of the states to another; False if it was in none of them."""
    marks = ", ".join("?" * len(states))
    rows = yield (
        f"UPDATE batches SET state = ? WHERE id = ? AND state IN ({marks}) RETURNING id",  # noqa: S608
        (to, batch, *states),
    )
    if not rows:
        return False
    if to == "cancelled":
        yield "UPDATE batches SET ended_at = ? WHERE id = ?", (at, batch)
        yield "DELETE FROM batch_parts WHERE batch = ?", (batch,)
        yield from happened(f"batch-cancelled-{batch.hex()}", "batch.cancelled", batch, at)
    elif to == "open":
        yield from _end_if_done(batch, at)
    return True


# -- receipts -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One row of `batch_receipts`."""

    batch: BatchId
    line: int
    fate: str
    certificate: bytes
    vault: bytes
    hash: bytes
    at: int


def note_receipts(rows: Sequence[ReceiptRow]) -> Unit[None]:
    """Raises Conflict if one of the lines was delivered before."""
    yield many.insert(
        "INSERT INTO batch_receipts (batch, line, fate, certificate, vault, hash, at)",
        [
            (row.batch, row.line, row.fate, row.certificate, row.vault, row.hash, row.at)
            for row in rows
        ],
    )


async def receipts(catalog: Catalog, batch: BatchId, page: int = 1000) -> AsyncIterator[ReceiptRow]:
    """All of a batch in the order of its lines, a page at a time."""
    after = -1
    while True:
        rows = await catalog.fetch(
            "SELECT batch, line, fate, certificate, vault, hash, at FROM batch_receipts"
            " WHERE batch = ? AND line > ? ORDER BY line LIMIT ?",
            (batch, after, page),
        )
        for row in rows:
            yield ReceiptRow(*row)
        if len(rows) < page:
            return
        after = rows[-1][1]


async def receipts_between(
    catalog: Catalog, batch: BatchId, first: int, last: int
) -> list[tuple[int, str]]:
    """Line and fate of what was delivered of those lines."""
    rows = await catalog.fetch(
        "SELECT line, fate FROM batch_receipts WHERE batch = ? AND line BETWEEN ? AND ?",
        (batch, first, last),
    )
    return [(line, fate) for line, fate in rows]


async def lines_of(
    catalog: Catalog, batch: BatchId, certificates: Sequence[bytes]
) -> Mapping[bytes, tuple[int, str]]:
    """Which of the certificates this batch delivered: from which line, and as what fate."""
    if not certificates:
        return {}
    rows = await catalog.fetch(
        "SELECT certificate, line, fate FROM batch_receipts"  # noqa: S608 -- question marks only
        f" WHERE batch = ? AND certificate IN ({', '.join('?' * len(certificates))})",
        (batch, *certificates),
    )
    return {row[0]: (row[1], row[2]) for row in rows}
