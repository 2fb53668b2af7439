"""The catalog's tables as the shipped migrations make them: for copying rows from any engine."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache

from vault_core.store.migrations import migrate

HISTORY = "migrations"
"""The table of applied migrations: every database writes its own."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its columns in order, those of its primary key, and the tables it refers to."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    refers_to: tuple[str, ...]


@cache
def tables() -> tuple[Table, ...]:
    """Every table but the migrations' own; what is referred to comes first."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, time.time)
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
            " AND name <> ? ORDER BY name",
            (HISTORY,),
        ).fetchall()
        return _in_order([_table(connection, name) for (name,) in names])


def _table(connection: sqlite3.Connection, name: str) -> Table:
    rows = connection.execute("SELECT name, pk FROM pragma_table_info(?)", (name,)).fetchall()
    key = sorted((place, column) for column, place in rows if place)
    references = connection.execute(
        'SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)', (name,)
    ).fetchall()
    return Table(
        name,
        tuple(column for column, _ in rows),
        tuple(column for _, column in key),
        tuple(sorted(other for (other,) in references if other != name)),
    )


def _in_order(found: Sequence[Table]) -> tuple[Table, ...]:
    ordered: list[Table] = []
    left = list(found)
    while left:
        done = {table.name for table in ordered}
        ready = [table for table in left if done.issuperset(table.refers_to)]
        assert ready, "tables that refer to one another in a circle cannot be copied in order"
        ordered += ready
        left = [table for table in left if table not in ready]
    return tuple(ordered)
