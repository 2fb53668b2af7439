"""Rows of roles, and the record of acts."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vault_core.errors import CorruptCiphertext
from vault_core.store import sound
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.ids import VaultId

GENESIS = bytes(32)


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that a command did to a person's account."""

    actor: str
    verb: str
    subject: VaultId | None
    at: int
    detail: Mapping[str, Any]


async def of_person(catalog: Catalog, person: VaultId) -> frozenset[str]:
    """The roles somebody was granted."""
    rows = await catalog.fetch("SELECT role FROM roles WHERE person = ?", (person,))
    return frozenset(row[0] for row in rows)


async def everyone(catalog: Catalog) -> list[Row]:
    """Username, role and time of every grant."""
    return await catalog.fetch(
        "SELECT p.username, r.role, r.granted_at FROM roles r JOIN persons p ON p.id = r.person"
        " ORDER BY p.username, r.role"
    )


@dataclass(frozen=True, slots=True)
class Recorded:
    """One row of `acts`, with the usernames that its actor and subject have now ("" for none)."""

    number: int
    at: int
    actor: str
    verb: str
    subject: VaultId | None
    detail: Mapping[str, Any]
    username: str


async def acts(
    catalog: Catalog, verbs: Sequence[str] = (), *, before: int | None = None,
    since: int = 0, until: int = 1 << 62, limit: int = 100,
) -> list[Recorded]:  # fmt: skip
    """The newest acts first (of these verbs, between two times in ms)."""
    wanted = f" AND a.verb IN ({', '.join('?' * len(verbs))})" if verbs else ""
    rows = await catalog.fetch(
        "SELECT a.number, a.at, a.actor, a.verb, a.subject, a.detail, p.username"  # noqa: S608
        " FROM acts a LEFT JOIN persons p ON p.id = a.subject"
        f" WHERE a.number < ? AND a.at >= ? AND a.at < ?{wanted} ORDER BY a.number DESC LIMIT ?",
        (before if before is not None else 1 << 62, since, until, *verbs, limit),
    )
    return [_recorded(*row) for row in rows]


def _recorded(
    number: int, at: int, actor: str, verb: str, subject: VaultId | None, detail: str,
    username: str | None,
) -> Recorded:  # fmt: skip
    """One whose detail is damaged is marked by its verb, and keeps no other one back."""
    try:
        found = sound.members(detail)
    except CorruptCiphertext:
        verb, found = sound.DAMAGED, {}
    return Recorded(number, at, actor, verb, subject, found, username or "")


async def verbs_of_acts(catalog: Catalog) -> list[str]:
    """Which kinds of act there are, by one look into the index for each kind."""
    rows = await catalog.fetch(
        "WITH RECURSIVE kinds (verb) AS (SELECT MIN(verb) FROM acts UNION ALL"
        " SELECT (SELECT MIN(a.verb) FROM acts a WHERE a.verb > k.verb) FROM kinds k"
        " WHERE k.verb IS NOT NULL) SELECT verb FROM kinds WHERE verb IS NOT NULL ORDER BY verb"
    )
    return [row[0] for row in rows]


@dataclass(frozen=True, slots=True)
class Link:
    """An act up to which the chain was followed."""

    number: int
    hash: bytes


BEGINNING = Link(0, GENESIS)


async def follow(catalog: Catalog, last: Link, page: int = 1000) -> tuple[Link, str | None]:
    """The newest act that follows from `last`, and what is wrong after it, as a sentence."""
    while True:
        rows = await catalog.fetch(
            "SELECT number, at, actor, verb, subject, detail, hash FROM acts"
            " WHERE number >= ? ORDER BY number LIMIT ?",
            (last.number, page),
        )
        last, fault = await asyncio.to_thread(_follow, last, rows)
        if fault is not None or len(rows) < page:
            return last, fault


def _follow(last: Link, rows: Sequence[Row]) -> tuple[Link, str | None]:
    """`rows` begin with the last act itself, where there is one: it must still be there."""
    if last.number and (not rows or (rows[0][0], rows[0][6]) != (last.number, last.hash)):
        return last, f"act {last.number} was altered or taken out"
    for row in rows[1:] if last.number else rows:
        number = last.number + 1
        if row[0] != number:
            return last, f"act {number} is missing"
        hashed = chain(last.hash, *row[:6])
        if hashed != row[6]:
            return last, f"act {number} was altered"
        last = Link(number, hashed)
    return last, None


def grant(person: VaultId, role: str, act: Act) -> Unit[bool]:
    """Whether it is new."""
    rows = yield (
        "INSERT INTO roles (person, role, granted_at) VALUES (?, ?, ?)"
        " ON CONFLICT (person, role) DO NOTHING RETURNING role",
        (person, role, act.at),
    )
    if rows:
        yield from record(act)
    return bool(rows)


def revoke(person: VaultId, role: str, act: Act) -> Unit[bool]:
    """Whether it was there."""
    rows = yield ("DELETE FROM roles WHERE person = ? AND role = ? RETURNING role", (person, role))
    if rows:
        yield from record(act)
    return bool(rows)


def record(act: Act) -> Unit[None]:
    """Append an act to the record, chained to the one before."""
    rows = yield ("SELECT number, hash FROM acts ORDER BY number DESC LIMIT 1", ())
    number, head = rows[0] if rows else (0, GENESIS)
    detail = json.dumps(dict(act.detail), separators=(",", ":"), sort_keys=True)
    hashed = chain(head, number + 1, act.at, act.actor, act.verb, act.subject, detail)
    yield (
        "INSERT INTO acts (number, at, actor, verb, subject, detail, hash)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (number + 1, act.at, act.actor, act.verb, act.subject, detail, hashed),
    )


def chain(
    head: bytes, number: int, at: int, actor: str, verb: str, subject: bytes | None, detail: str
) -> bytes:
    """SHA-256 over the previous act's hash and this act, in the order of the columns."""
    fields = [number, at, actor, verb, subject.hex() if subject else None, detail]
    return hashlib.sha256(head + json.dumps(fields, separators=(",", ":")).encode()).digest()
