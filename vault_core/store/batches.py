"""Rows of batches: a small durable queue that processes and machines share.

The parts that are worked on lie in `batch_parts`, what became of each line in `batch_lines`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NewType, get_args

from vault_core.errors import BadRequest, Conflict
from vault_core.store import sound
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.outbox import happened
from vault_core.store.sound import Damaged

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


COLUMNS = (
    "id, issuer, way, state, digest, request, sealed, read_until, read_at, lines,"
    " delivered, corrected, already, review, refused, opened, created_at, ended_at"
)


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


async def newest(
    catalog: Catalog, limit: int = 200, issuer: str | None = None
) -> list[BatchRow | Damaged]:
    """The newest batches first; of that issuer, if one is named."""
    which, named = ("WHERE issuer = ?", (issuer,)) if issuer is not None else ("", ())
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM batches {which} ORDER BY created_at DESC, id DESC LIMIT ?",  # noqa: S608
        (*named, limit),
    )
    return sound.each(BatchRow, rows)


async def unfinished(catalog: Catalog) -> int:
    """How many batches have not ended."""
    row = await catalog.point("SELECT count(*) FROM batches WHERE ended_at IS NULL")
    return int(row[0]) if row else 0


async def _one(catalog: Catalog, condition: str, value: bytes) -> BatchRow | None:
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM batches WHERE {condition}",  # noqa: S608 -- constants only
        (value,),
    )
    return BatchRow(*row) if row else None


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


def count(batch: BatchId, counts: Mapping[str, int]) -> Unit[None]:
    """Add to a batch's counts."""
    changed = [(name, counts[name]) for name in COUNTS if counts.get(name)]
    if changed:
        sums = ", ".join(f"{name} = {name} + ?" for name, _ in changed)
        yield (
            f"UPDATE batches SET {sums} WHERE id = ?",  # noqa: S608 -- names of COUNTS only
            (*(value for _, value in changed), batch),
        )


def end_if_done(batch: BatchId, at: int) -> Unit[None]:
    """End a batch that was read and has no part left to finish; its parts are forgotten."""
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
        yield from end_if_done(batch, at)
    return True
