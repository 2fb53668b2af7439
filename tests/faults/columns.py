"""Every column of every table of the catalog's file, and one altered bit in any of their values."""

from __future__ import annotations

import math
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.faults.damage import CATALOG
from vault_core.store.schema import tables

_OWNERS = {"persons": "id", "vaults": "id"}
"""The column that says whose a row is, where it is not called `vault` or `person`."""

Value = int | float | str | bytes


@dataclass(frozen=True, slots=True)
class Column:
    """One column of one table."""

    table: str
    name: str
    key: tuple[str, ...]
    owner: str | None
    """The column that says whose the row is; None if it is the institution's."""

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"


def columns() -> Iterator[Column]:
    """All of them, in the order of the schema."""
    for table in tables():
        owner = _OWNERS.get(table.name) or next(
            (name for name in table.columns if name in ("vault", "person")), None
        )
        for name in table.columns:
            yield Column(table.name, name, table.key, owner)


def rows(data: Path, column: Column, but: bytes) -> list[tuple[Value, ...]]:
    """The keys of the rows that hold something there, and are not that person's."""
    others = f"AND {column.owner} <> ?" if column.owner else ""
    query = f"SELECT {', '.join(column.key)} FROM {column.table} WHERE {column.name} IS NOT NULL"
    with closing(sqlite3.connect(data / CATALOG)) as database:
        found = database.execute(f"{query} {others}", (but,) if others else ()).fetchall()
    return sorted(found, key=repr)


def flip(data: Path, column: Column, key: tuple[Value, ...], random: Random) -> str:
    """Flip one bit of the value, as a disk does: nothing is checked. What it was and became."""
    where = " AND ".join(f"{name} = ?" for name in column.key)
    with closing(sqlite3.connect(data / CATALOG)) as database, database:
        database.execute("PRAGMA ignore_check_constraints = ON")
        sql = f"SELECT {column.name} FROM {column.table} WHERE {where}"
        ((value,),) = database.execute(sql, key)
        place = "CAST(? AS TEXT)" if isinstance(value, str) else "?"
        sql = f"UPDATE OR IGNORE {column.table} SET {column.name} = {place} WHERE {where}"
        for _ in range(100):  # a bit that makes it another row's key cannot be written like this
            altered = _flipped(value, random)
            if database.execute(sql, (altered, *key)).rowcount == 1:
                return f"{column}: {value!r} -> {altered!r}"
        raise AssertionError(f"{column}: no bit of {value!r} can be altered")


def _flipped(value: Value, random: Random) -> Value:
    if isinstance(value, int):
        return value ^ (1 << random.choice((0, random.randrange(63))))
    if isinstance(value, float):
        return _flipped_double(value, random)
    data = bytearray(value.encode() if isinstance(value, str) else value)
    if not data:
        return b"\x01"
    data[random.randrange(len(data))] ^= 1 << random.randrange(8)
    return bytes(data)


def _flipped_double(value: float, random: Random) -> float:
    (bits,) = struct.unpack("<Q", struct.pack("<d", value))
    while True:
        (altered,) = struct.unpack("<d", struct.pack("<Q", bits ^ 1 << random.randrange(64)))
        if not math.isnan(altered):  # SQLite takes it for NULL
            return float(altered)
