"""Numbered changes of the catalog's tables: `migrations/NNNN_name.sql`, applied once, in order.

An applied migration is recorded with its SHA-256 and never edited: a database whose history is
not a beginning of ours is refused, for guessing would put documents at risk.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from vault_core.api import Clock
from vault_core.errors import StoreError

_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")

TABLE = """CREATE TABLE IF NOT EXISTS migrations (
  number     BIGINT PRIMARY KEY,
  name       TEXT NOT NULL,
  sha256     TEXT NOT NULL,
  applied_at BIGINT NOT NULL
)"""


_HISTORY = "SELECT number, name, sha256 FROM migrations ORDER BY number"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: its number (1, 2, 3 … without gaps), name and statements."""

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Of the file's text, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()

    def statements(self) -> Iterator[str]:
        """Its statements one by one. Raises StoreError if the last one has no end."""
        pending = ""
        for line in self.sql.splitlines(keepends=True):
            pending += line
            if sqlite3.complete_statement(pending):
                yield pending
                pending = ""
        if re.sub(r"--.*", "", pending).strip():
            raise StoreError(f"Migration {self.number} ({self.name}) ends within a statement.")


def shipped() -> tuple[Migration, ...]:
    """The migrations of this version, in order."""
    folder = files("vault_core.store") / "migrations"
    found = []
    for entry in folder.iterdir():
        if match := _NAME.fullmatch(entry.name):
            found.append(Migration(int(match[1]), match[2], entry.read_text("utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.number))


def migrate(
    connection: sqlite3.Connection, clock: Clock, migrations: Sequence[Migration] | None = None
) -> int:
    """Apply what is missing, each migration in a transaction of its own; how many it was.

    Processes that start at once wait for one another: each transaction takes the write lock
    before it looks at what is applied. Raises StoreError if the database's history differs from
    `migrations` (by default those shipped) or is longer; sqlite3.Error if SQLite fails.
    """
    known = shipped() if migrations is None else migrations
    count = 0
    while _apply_next(connection, clock, known):
        count += 1
    return count


def _apply_next(connection: sqlite3.Connection, clock: Clock, known: Sequence[Migration]) -> bool:
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.execute(TABLE)
        done = checked_history(connection.execute(_HISTORY).fetchall(), known)
        if done < len(known):
            _apply(connection, known[done], int(clock() * 1000))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    return done < len(known)


def checked_history(rows: Sequence[Sequence[Any]], known: Sequence[Migration]) -> int:
    """How many migrations the database has, all of them ours. Raises StoreError.

    `rows` are the number, name and SHA-256 of what it has, in order.
    """
    if len(rows) > len(known):
        raise StoreError(
            f"The database is newer than this version: it has migration {rows[-1][0]} "
            f"({rows[-1][1]}), and only {len(known)} are known here. Install the newer version."
        )
    for (number, name, sha256), migration in zip(rows, known, strict=False):
        if number != migration.number or sha256 != migration.sha256:
            raise StoreError(
                f"Migration {number} ({name}) of the database is not the one this version has: "
                "a migration was changed or is missing. Install the version that made it."
            )
    return len(rows)


def _apply(connection: sqlite3.Connection, migration: Migration, now: int) -> None:
    for statement in migration.statements():
        connection.execute(statement)
    connection.execute(
        "INSERT INTO migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)",
        (migration.number, migration.name, migration.sha256, now),
    )
