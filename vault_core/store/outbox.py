"""Rows of the outbox: taken for a while (a lease) by whoever sends them, gone once they arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vault_core.store.catalog import Catalog, Row, Unit

Channel = Literal["mail", "webhook"]
_COLUMNS = (
    "id, way, target, sealed, tries, next_at, until, failed_at, reason, created_at"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One row of `outbox`; times in milliseconds since the epoch."""

    id: bytes
    way: Channel
    target: bytes
    sealed: bytes
    tries: int
    next_at: int
    until: int | None
    failed_at: int | None
    reason: str
    created_at: int


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One row of `webhooks`."""

    id: bytes
    sealed: bytes
    created_by: str
    created_at: int


@dataclass(frozen=True, slots=True)
class EventRow:
    """One row of `events`."""

    id: str
    kind: str
    subject: bytes
    at: int


def put(row: OutboxRow) -> Unit[None]:
    """On its way from now on."""
    marks = ", ".join("?" * 10)
    yield (
        f"INSERT INTO outbox ({_COLUMNS}) VALUES ({marks})",  # noqa: S608 -- constants
        (
            row.id, row.way, row.target, row.sealed, row.tries, row.next_at, row.until,
            row.failed_at, row.reason, row.created_at,
        ),
    )  # fmt: skip


def lease(now: int, until: int, limit: int) -> Unit[list[OutboxRow]]:
    """Take what is due and nobody sends."""
    rows = yield (
        "UPDATE outbox SET until = ? WHERE id IN (SELECT id FROM outbox WHERE failed_at IS NULL"
        " AND next_at <= ? AND (until IS NULL OR until < ?) ORDER BY next_at LIMIT ?)"
        " RETURNING id, way, target, sealed, tries, next_at, until, failed_at, reason, created_at",
        (until, now, now, limit),
    )
    return [OutboxRow(*row) for row in rows]


def arrived(message: bytes) -> Unit[None]:
    """Its receiver has it."""
    yield "DELETE FROM outbox WHERE id = ?", (message,)


def failed(message: bytes, reason: str, next_at: int | None, at: int) -> Unit[None]:
    """To be tried again then; None: given up."""
    yield (
        "UPDATE outbox SET tries = tries + 1, until = NULL, reason = ?, next_at = ?, failed_at = ?"
        " WHERE id = ?",
        (
            reason[:300],
            at if next_at is None else next_at,
            at if next_at is None else None,
            message,
        ),
    )


def retry(at: int) -> Unit[int]:
    """Everything that was given up is tried again; how many."""
    rows = yield (
        "UPDATE outbox SET failed_at = NULL, next_at = ?, tries = 0"
        " WHERE failed_at IS NOT NULL RETURNING id",
        (at,),
    )
    return len(rows)


def drop_failed(before: int) -> Unit[None]:
    """Forget what was given up so long ago."""
    yield "DELETE FROM outbox WHERE failed_at < ?", (before,)


async def waiting(catalog: Catalog, limit: int = 200) -> list[OutboxRow]:
    """What is on its way or was given up, the newest first."""
    rows = await catalog.fetch(
        f"SELECT {_COLUMNS} FROM outbox ORDER BY created_at DESC, id DESC LIMIT ?",  # noqa: S608
        (limit,),
    )
    return [OutboxRow(*row) for row in rows]


async def is_due(catalog: Catalog, now: int) -> bool:
    """Whether something is to be sent now."""
    row = await catalog.point(
        "SELECT 1 FROM outbox WHERE failed_at IS NULL AND next_at <= ? LIMIT 1", (now,)
    )
    return row is not None


async def webhooks(catalog: Catalog) -> list[WebhookRow]:
    """All of them, oldest first."""
    rows: list[Row] = await catalog.fetch(
        "SELECT id, sealed, created_by, created_at FROM webhooks ORDER BY created_at, id"
    )
    return [WebhookRow(*row) for row in rows]


def add_webhook(row: WebhookRow) -> Unit[None]:
    """One more."""
    yield (
        "INSERT INTO webhooks (id, sealed, created_by, created_at) VALUES (?, ?, ?, ?)",
        (row.id, row.sealed, row.created_by, row.created_at),
    )


def remove_webhook(webhook: bytes) -> Unit[bool]:
    """Whether it was there; what is on its way to it goes too."""
    rows = yield "DELETE FROM webhooks WHERE id = ? RETURNING id", (webhook,)
    yield "DELETE FROM outbox WHERE target = ? AND way = 'webhook'", (webhook,)
    return bool(rows)


def happened(event: str, kind: str, subject: bytes, at: int) -> Unit[None]:
    """Part of the unit of what happened. Nothing is kept where nobody listens."""
    listening = yield "SELECT 1 FROM webhooks LIMIT 1", ()
    if listening:
        yield (
            "INSERT INTO events (id, kind, subject, at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (id) DO NOTHING",
            (event, kind, subject, at),
        )


async def events(catalog: Catalog, limit: int) -> list[EventRow]:
    """What webhooks are still to be told, oldest first."""
    rows = await catalog.fetch(
        "SELECT id, kind, subject, at FROM events ORDER BY at, id LIMIT ?", (limit,)
    )
    return [EventRow(*row) for row in rows]


def spread(event: str, calls: Sequence[OutboxRow]) -> Unit[None]:
    """One call for each webhook; nothing if another process was faster."""
    rows = yield "DELETE FROM events WHERE id = ? RETURNING id", (event,)
    if rows:
        for call in calls:
            yield from put(call)
