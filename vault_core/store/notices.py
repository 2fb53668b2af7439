"""Rows of contacts and of what they are still to be told; rows of feeds."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One row of `contacts`; times in milliseconds since the epoch."""

    person: VaultId
    sealed: bytes
    language: str
    confirmed_at: int | None
    stopped_at: int | None
    mailed_at: int


@dataclass(frozen=True, slots=True)
class DueRow:
    """Somebody who is to be told now."""

    contact: ContactRow
    username: str
    waiting: tuple[tuple[str, int], ...]
    """Issuers, and how many documents of each."""


COLUMNS = "person, sealed, language, confirmed_at, stopped_at, mailed_at"


async def contact(catalog: Catalog, person: VaultId) -> ContactRow | None:
    """Where somebody is told."""
    row = await catalog.point(f"SELECT {COLUMNS} FROM contacts WHERE person = ?", (person,))  # noqa: S608
    return ContactRow(*row) if row else None


def set_contact(row: ContactRow) -> Unit[None]:
    """Instead of what there was."""
    yield "DELETE FROM contacts WHERE person = ?", (row.person,)
    yield (
        f"INSERT INTO contacts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            row.person, row.sealed, row.language, row.confirmed_at, row.stopped_at, row.mailed_at,
        ),
    )  # fmt: skip


def forget_contact(person: VaultId) -> Unit[None]:
    """The address, and everything on its way to it."""
    yield "DELETE FROM contacts WHERE person = ?", (person,)
    yield "DELETE FROM notices WHERE person = ?", (person,)
    yield "DELETE FROM outbox WHERE target = ?", (person,)


def confirm(person: VaultId, sealed: bytes, at: int) -> Unit[bool]:
    """Whether that is still the address."""
    rows = yield (
        "UPDATE contacts SET confirmed_at = ? WHERE person = ? AND sealed = ? RETURNING person",
        (at, person, sealed),
    )
    return bool(rows)


def stop(person: VaultId, at: int | None) -> Unit[bool]:
    """No mail from now on (None: again). False if there is no contact."""
    rows = yield (
        "UPDATE contacts SET stopped_at = ? WHERE person = ? RETURNING person",
        (at, person),
    )
    if at is not None:
        yield "DELETE FROM notices WHERE person = ?", (person,)
        yield "DELETE FROM outbox WHERE target = ? AND way = 'mail'", (person,)
    return bool(rows)


def note_lines(batch: bytes, first: int, last: int, at: int) -> Unit[None]:
    """Part of the unit that delivers those lines of a batch: who has a contact is to be told.

    One statement, whatever the number of lines.
    """
    yield (
        "INSERT INTO notices (person, issuer, documents, since)"
        " SELECT r.vault, b.issuer, COUNT(*), CAST(? AS BIGINT) FROM batch_receipts r"
        " JOIN contacts c ON c.person = r.vault JOIN batches b ON b.id = r.batch"
        " WHERE r.batch = ? AND r.line BETWEEN ? AND ?"
        " AND c.confirmed_at IS NOT NULL AND c.stopped_at IS NULL"
        " GROUP BY r.vault, b.issuer"
        " ON CONFLICT (person, issuer) DO UPDATE SET"
        " documents = notices.documents + excluded.documents",
        (at, batch, first, last),
    )


async def due(catalog: Catalog, before: int, mailed: int, limit: int) -> list[DueRow]:
    """Who has waited since `before` and was not mailed since `mailed`; not who is suspended."""
    rows = await catalog.fetch(
        "SELECT c.person, c.sealed, c.language, c.confirmed_at, c.stopped_at, c.mailed_at,"
        " p.username FROM contacts c JOIN persons p ON p.id = c.person"
        " WHERE p.suspended_at IS NULL AND c.mailed_at <= ? AND c.person IN"
        " (SELECT person FROM notices WHERE since <= ?) ORDER BY c.person LIMIT ?",
        (mailed, before, limit),
    )
    found = []
    for row in rows:
        waiting = await catalog.fetch(
            "SELECT issuer, documents FROM notices WHERE person = ? ORDER BY issuer", (row[0],)
        )
        counts = tuple((issuer, int(documents)) for issuer, documents in waiting)
        found.append(DueRow(ContactRow(*row[:6]), row[6], counts))
    return found


def told(person: VaultId, issuers: tuple[tuple[str, int], ...], at: int) -> Unit[None]:
    """Part of the unit that puts the mail into the outbox."""
    yield "UPDATE contacts SET mailed_at = ? WHERE person = ?", (at, person)
    for issuer, documents in issuers:  # what arrived meanwhile waits for the next one
        yield (
            "DELETE FROM notices WHERE person = ? AND issuer = ? AND documents <= ?",
            (person, issuer, documents),
        )
        yield (
            "UPDATE notices SET documents = documents - ?, since = ?"
            " WHERE person = ? AND issuer = ? AND documents > ?",
            (documents, at, person, issuer, documents),
        )


def set_feed(person: VaultId, lookup: bytes | None, at: int) -> Unit[None]:
    """A feed of that token instead of the one there was; None: no feed."""
    yield "DELETE FROM feeds WHERE person = ?", (person,)
    if lookup is not None:
        yield (
            "INSERT INTO feeds (person, lookup, created_at) VALUES (?, ?, ?)",
            (person, lookup, at),
        )


async def has_feed(catalog: Catalog, person: VaultId) -> bool:
    """Whether somebody has one."""
    return await catalog.point("SELECT 1 FROM feeds WHERE person = ?", (person,)) is not None


async def feed(catalog: Catalog, lookup: bytes) -> tuple[VaultId, bool] | None:
    """Whose feed a token finds, and whether they are suspended."""
    row = await catalog.point(
        "SELECT f.person, p.suspended_at FROM feeds f JOIN persons p ON p.id = f.person"
        " WHERE f.lookup = ?",
        (lookup,),
    )
    return (row[0], row[1] is not None) if row else None


async def arrivals(
    catalog: Catalog, person: VaultId, limit: int
) -> list[tuple[str, int, int, int]]:
    """Issuer, day (since the epoch), how many documents and when the last of them came (ms)."""
    rows = await catalog.fetch(
        "SELECT issuer, created_at / 86400000, COUNT(*), MAX(created_at) FROM deliveries"
        " WHERE vault = ? GROUP BY issuer, created_at / 86400000"
        " ORDER BY MAX(created_at) DESC, issuer LIMIT ?",
        (person, limit),
    )
    return [(row[0], int(row[1]), int(row[2]), int(row[3])) for row in rows]
