"""Rows from one catalog to another, whatever the engines, until both hold the same.

Everything goes through `Catalog`, in batches in the order of the primary key; both engines order
keys by their bytes. A pass compares what is there, so it can be interrupted anywhere, repeated,
and be the proof as well: a pass that finds nothing to change has shown that nothing differs.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vault_core.copies.progress import Progress
from vault_core.errors import Conflict
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.schema import Table, tables

BATCH = 500
"""Rows read at once; of a table with whole documents in it, fewer."""
AT_ONCE = 50
"""Rows written by one statement."""
HEAVY = {"blobs": "data"}
"""The table that holds documents, and the column: rows of it never change."""
OWN = "moving"
"""Rows of `settings` whose name begins so belong to one database only."""


@dataclass(slots=True)
class Differences:
    """What a pass changed in the target, by table; `postponed` could not be written yet."""

    written: dict[str, int] = field(default_factory=dict)
    removed: dict[str, int] = field(default_factory=dict)
    postponed: int = 0

    @property
    def none(self) -> bool:
        """Whether both were found to hold the same."""
        return not self.postponed and not any((*self.written.values(), *self.removed.values()))

    def count(self, where: dict[str, int], table: Table, rows: int) -> None:
        """So many rows of the table."""
        if rows:
            where[table.name] = where.get(table.name, 0) + rows


@dataclass(frozen=True, slots=True)
class Copying:
    """From one catalog to another that has the same schema."""

    source: Catalog
    target: Catalog
    progress: Progress

    async def reconcile(self, *, thorough: bool = True) -> Differences:
        """Make the target hold what the source holds.

        First everything that is superfluous or different is removed, then what is missing is
        added, so that no two rows collide over a unique name while it happens. While the source
        is written to, a row may still collide with a later one; such rows are postponed to the
        next pass. Not `thorough`: the documents in rows are not compared again.
        """
        found = Differences()
        for table in reversed(tables()):
            await self._remove(table, found, thorough)
        for table in tables():
            await self._add(table, found)
        return found

    async def _remove(self, table: Table, found: Differences, thorough: bool) -> None:
        if not await self.target.fetch(f"SELECT 1 FROM {table.name} LIMIT 1"):  # noqa: S608
            return
        self.progress.begin(f"comparing {table.name}")
        columns = table.columns
        if not thorough and table.name in HEAVY:
            columns = tuple(name for name in columns if name != HEAVY[table.name])
        is_referred_to = any(table.name in other.refers_to for other in tables())
        async for theirs in self._batches(self.target, table, columns):
            first, last = next(iter(theirs)), list(theirs)[-1]
            ours = await self._between(self.source, table, columns, first, last)
            gone = [key for key, row in theirs.items() if ours.get(key) != row]
            if is_referred_to:  # such a row is replaced in place, by `_add`
                gone = [key for key in gone if key not in ours]
            await self._each_part(_delete, table, gone)
            found.count(found.removed, table, len(gone))
            self.progress.copied(0, len(theirs))

    async def _add(self, table: Table, found: Differences) -> None:
        self.progress.begin(f"copying {table.name}")
        compared = table.columns
        if table.name in HEAVY:
            compared = tuple(name for name in compared if name != HEAVY[table.name])
        async for ours in self._batches(self.source, table, compared):
            first, last = next(iter(ours)), list(ours)[-1]
            theirs = await self._between(self.target, table, compared, first, last)
            missing = [key for key, row in ours.items() if theirs.get(key) != row]
            rows = [ours[key] for key in missing]
            if table.name in HEAVY and missing:
                rows = await self._whole(table, missing)
            found.count(found.written, table, len(rows))
            found.postponed += await self._write(table, rows)
            self.progress.copied(0, len(ours))

    async def _whole(self, table: Table, keys: Sequence[Row]) -> list[Row]:
        rows: list[Row] = []
        for part in _parts(keys, AT_ONCE):
            rows += await self.source.fetch(*_select_these(table, part))
        return rows

    async def _write(self, table: Table, rows: Sequence[Row]) -> int:
        """Write the rows; how many had to be postponed."""
        postponed = 0
        for part in _parts(rows, AT_ONCE):
            try:
                await self.target.commit(_upsert, table, part)
            except Conflict:
                for row in part:
                    try:
                        await self.target.commit(_upsert, table, [row])
                    except Conflict:
                        postponed += 1
        return postponed

    async def _each_part(self, unit: Any, table: Table, keys: Sequence[Row]) -> None:
        for part in _parts(keys, AT_ONCE):
            await self.target.commit(unit, table, part)

    async def _batches(
        self, catalog: Catalog, table: Table, columns: Sequence[str]
    ) -> AsyncIterator[Mapping[Row, Row]]:
        """All rows by their keys, so many at a time, in order."""
        size = BATCH // 5 if HEAVY.get(table.name) in columns else BATCH
        after: Row | None = None
        while True:
            where, parameters = _beyond(table, after)
            rows = await catalog.fetch(
                f"SELECT {', '.join(columns)} FROM {table.name} WHERE {where}"  # noqa: S608
                f" ORDER BY {', '.join(table.key)} LIMIT {size}",
                parameters,
            )
            if not rows:
                return
            yield _by_key(table, columns, rows)
            after = _key(table, columns, rows[-1])

    async def _between(
        self, catalog: Catalog, table: Table, columns: Sequence[str], first: Row, last: Row
    ) -> Mapping[Row, Row]:
        key, marks = ", ".join(table.key), ", ".join("?" for _ in table.key)
        rows = await catalog.fetch(
            f"SELECT {', '.join(columns)} FROM {table.name}"  # noqa: S608
            f" WHERE ({key}) >= ({marks}) AND ({key}) <= ({marks}){_not_own(table)}",
            (*first, *last),
        )
        return _by_key(table, columns, rows)


def _beyond(table: Table, after: Row | None) -> tuple[str, Row]:
    if after is None:
        return f"1 = 1{_not_own(table)}", ()
    key, marks = ", ".join(table.key), ", ".join("?" for _ in table.key)
    return f"({key}) > ({marks}){_not_own(table)}", after


def _not_own(table: Table) -> str:
    return f" AND SUBSTR(name, 1, {len(OWN)}) <> '{OWN}'" if table.name == "settings" else ""


def _key(table: Table, columns: Sequence[str], row: Row) -> Row:
    return tuple(row[columns.index(name)] for name in table.key)


def _by_key(table: Table, columns: Sequence[str], rows: Iterable[Row]) -> dict[Row, Row]:
    return {_key(table, columns, row): row for row in rows}


def _parts(items: Sequence[Row], size: int) -> Iterable[Sequence[Row]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _these(table: Table, keys: Sequence[Row]) -> tuple[str, list[Any]]:
    one = " AND ".join(f"{name} = ?" for name in table.key)
    return " OR ".join(f"({one})" for _ in keys), [value for key in keys for value in key]


def _select_these(table: Table, keys: Sequence[Row]) -> tuple[str, list[Any]]:
    where, parameters = _these(table, keys)
    return f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {where}", parameters  # noqa: S608


def _delete(table: Table, keys: Sequence[Row]) -> Unit[None]:
    where, parameters = _these(table, keys)
    yield f"DELETE FROM {table.name} WHERE {where}", parameters  # noqa: S608


def _upsert(table: Table, rows: Sequence[Row]) -> Unit[None]:
    marks = f"({', '.join('?' for _ in table.columns)})"
    others = [name for name in table.columns if name not in table.key]
    update = ", ".join(f"{name} = excluded.{name}" for name in others)
    yield (
        f"INSERT INTO {table.name} ({', '.join(table.columns)})"  # noqa: S608
        f" VALUES {', '.join(marks for _ in rows)} ON CONFLICT ({', '.join(table.key)})"
        f" DO {f'UPDATE SET {update}' if update else 'NOTHING'}",
        [value for row in rows for value in row],
    )


def remember(name: str, value: Mapping[str, Any]) -> Unit[None]:
    """A fact of this database's own, in `settings`."""
    yield (
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (f"{OWN}-{name}", json.dumps(value)),
    )


def forget(name: str) -> Unit[None]:
    """Take it away again."""
    yield "DELETE FROM settings WHERE name = ?", (f"{OWN}-{name}",)


async def remembered(catalog: Catalog, name: str) -> dict[str, Any] | None:
    """The fact, if it is there."""
    row = await catalog.point("SELECT value FROM settings WHERE name = ?", (f"{OWN}-{name}",))
    return dict(json.loads(row[0])) if row is not None else None
