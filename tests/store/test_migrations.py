"""Migrations are applied once, in order, and never over a history that is not ours."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from vault_core.errors import StoreError
from vault_core.store.migrations import Migration, migrate, shipped
from vault_core.store.sqlite.catalog import SQLiteCatalog
from vault_core.store.sqlite.connection import open_writer

FIRST = Migration(1, "first", "CREATE TABLE a (x); -- one; only\nCREATE INDEX b ON a (x);\n")
SECOND = Migration(2, "second", "INSERT INTO a VALUES ('semi;colon');\n")
BROKEN = Migration(2, "broken", "CREATE TABLE c (x);\nCREATE TABLE a (x);\n")
CHANGED = Migration(1, "first", "CREATE TABLE a (x, y);\n")
UNENDED = Migration(1, "unended", "CREATE TABLE a (x);\nCREATE TABLE b (x)\n")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = open_writer(str(tmp_path / "catalog.db"))
    yield connection
    connection.close()


def clock() -> float:
    return 1_700_000_000.5


def test_shipped_migrations_are_numbered_without_gaps() -> None:
    numbers = [migration.number for migration in shipped()]
    assert numbers
    assert numbers == list(range(1, len(numbers) + 1))


def test_each_is_applied_once_and_recorded(connection: sqlite3.Connection) -> None:
    assert migrate(connection, clock, [FIRST]) == 1
    assert migrate(connection, clock, [FIRST, SECOND]) == 1
    assert migrate(connection, clock, [FIRST, SECOND]) == 0
    assert connection.execute("SELECT * FROM a").fetchall() == [("semi;colon",)]
    assert connection.execute("SELECT * FROM migrations").fetchall() == [
        (1, "first", hashlib.sha256(FIRST.sql.encode()).hexdigest(), 1_700_000_000_500),
        (2, "second", hashlib.sha256(SECOND.sql.encode()).hexdigest(), 1_700_000_000_500),
    ]


def test_a_failing_migration_leaves_the_one_before_it(connection: sqlite3.Connection) -> None:
    with pytest.raises(sqlite3.OperationalError):
        migrate(connection, clock, [FIRST, BROKEN])
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    assert sorted(tables) == [("a",), ("migrations",)]
    assert migrate(connection, clock, [FIRST, SECOND]) == 1


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        pytest.param([FIRST], "newer than this version.*migration 2", id="database newer"),
        pytest.param([CHANGED, SECOND], r"Migration 1 \(first\).*changed", id="changed"),
        pytest.param([SECOND, FIRST], "Migration 1.*missing", id="another history"),
    ],
)
def test_a_history_that_is_not_ours_is_refused(
    connection: sqlite3.Connection, known: list[Migration], sentence: str
) -> None:
    migrate(connection, clock, [FIRST, SECOND])
    with pytest.raises(StoreError, match=sentence):
        migrate(connection, clock, known)
    assert not connection.in_transaction


def test_a_statement_without_an_end_is_refused(connection: sqlite3.Connection) -> None:
    with pytest.raises(StoreError, match="ends within a statement"):
        migrate(connection, clock, [UNENDED])
    assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []


async def test_opening_a_newer_database_is_refused_with_its_path(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    await (await SQLiteCatalog.open(path)).close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO migrations VALUES (9999, 'future', '', 0)")
    connection.close()
    with pytest.raises(StoreError, match=r"newer than this version.*9999"):
        await SQLiteCatalog.open(path)
