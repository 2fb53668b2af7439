"""The embedded catalog: one SQLite file, shared by all processes of one machine."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from itertools import cycle
from typing import Any, ParamSpec, TypeVar

from vault_core.api import Clock
from vault_core.errors import StoreError
from vault_core.store.catalog import Row, Unit
from vault_core.store.group_writer import GroupWriter, Outcome, Start
from vault_core.store.migrations import migrate
from vault_core.store.sqlite.connection import (
    CHECKPOINT,
    LOG_PAGES,
    ConnectionThread,
    Turns,
    all_rows,
    checkpoint,
    open_reader,
    open_writer,
    start_thread,
)
from vault_core.store.sqlite.errors import DATABASE_ERRORS, is_busy, translate
from vault_core.store.sqlite.groups import commit_group

T = TypeVar("T")
P = ParamSpec("P")


_PAGES_A_GROUP, _PAGES_A_UNIT = 8, 2
"""About how many pages a transaction, and each change in it, adds to the write-ahead log."""


class SQLiteCatalog:
    """`Catalog` on one SQLite file in WAL mode with `synchronous = FULL`.

    One thread writes, `readers` threads answer `fetch`, and a connection of the event loop's
    own answers `point` and `generation`: in WAL mode a reader never waits for a writer.
    """

    def __init__(
        self,
        writer: GroupWriter,
        readers: Sequence[ConnectionThread],
        own: sqlite3.Connection,
    ) -> None:
        self._writer = writer
        self._readers = tuple(readers)
        self._next_reader = cycle(readers)
        self._own = own
        self._cursor = own.cursor()
        self._closed = False
        self._generation: object = None

    @classmethod
    async def open(
        cls,
        path: str | os.PathLike[str],
        *,
        readers: int = 1,
        log_pages: int = LOG_PAGES,
        clock: Clock = time.time,
    ) -> SQLiteCatalog:
        """Open the file, making it if missing, and bring it to this version's schema.

        `readers` is the number of reading threads, at least 1; `log_pages` as `open_writer` takes
        it. Raises StoreError if the file cannot be used, or holds migrations that this version does
        not know.
        """
        name = os.fspath(path)
        try:
            async with AsyncExitStack() as opened:
                thread = await start_thread(partial(open_writer, name, log_pages))
                opened.push_async_callback(thread.close)
                await thread.run(migrate, clock)
                reading = []
                for _ in range(max(1, readers)):
                    reading.append(await start_thread(partial(open_reader, name)))
                    opened.push_async_callback(reading[-1].close)
                own = open_reader(name, busy_seconds=0.0)
                opened.callback(own.close)
                catalog = cls(_writer(thread, Turns(f"{name}-turns")), reading, own)
                opened.pop_all()
                return catalog
        except DATABASE_ERRORS as error:
            raise StoreError(f"{name}: {translate(error)}") from error
        except OSError as error:
            raise StoreError(f"{name}: {error.strerror or error}") from error

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of one query: `Catalog.fetch`."""
        if self._closed:
            raise StoreError("The database is closed.")
        try:
            return await next(self._next_reader).run(_fetch_all, sql, parameters)
        except DATABASE_ERRORS as error:
            raise translate(error) from error

    async def point(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of an indexed query, read on this thread: `Catalog.point`."""
        rows = await self.few(sql, parameters)
        return rows[0] if rows else None

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """A few rows found through an index, read on this thread: `Catalog.few`."""
        try:
            return all_rows(self._cursor, sql, parameters)
        except DATABASE_ERRORS as error:
            if not is_busy(error):
                raise translate(error) from error
        return await self.fetch(sql, parameters)

    async def commit(self, unit: Callable[P, Unit[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the unit as one durable transaction: `Catalog.commit`."""
        result: T = await self._writer.commit(partial(unit, *args, **kwargs))
        return result

    @property
    def waiting(self) -> int:
        """How many changes wait to be committed."""
        return self._writer.waiting

    def generation(self) -> object:
        """SQLite's `data_version`: `Catalog.generation`; to compare with this object's only.

        Asked once a turn of the event loop: what runs in that turn was sent before it began.
        """
        if self._generation is None:
            try:
                rows = self._cursor.execute("PRAGMA data_version").fetchall()
            except DATABASE_ERRORS as error:
                raise translate(error) from error
            self._generation = rows[0][0]
            asyncio.get_running_loop().call_soon(self._forget_generation)
        return self._generation

    def _forget_generation(self) -> None:
        self._generation = None

    async def close(self) -> None:
        """Finish what is queued, then release the file; closing twice is no error."""
        self._closed = True
        await self._writer.close()
        for reader in self._readers:
            await reader.close()
        self._own.close()


def _writer(thread: ConnectionThread, turns: Turns) -> GroupWriter:
    logged, checkpointing = 0, None

    async def commit(starts: Sequence[Start]) -> list[Outcome]:
        nonlocal logged, checkpointing
        outcomes = await thread.run(commit_group, turns, starts)
        logged += _PAGES_A_GROUP + _PAGES_A_UNIT * len(starts)
        if logged >= CHECKPOINT:
            # Not waited for: while the answers go out and the next changes come in, nobody does.
            logged, checkpointing = 0, asyncio.create_task(thread.run(checkpoint))
        return outcomes

    async def release() -> None:
        if checkpointing is not None:
            await asyncio.wait([checkpointing])
        await thread.close()
        turns.close()

    return GroupWriter(commit, release)


def _fetch_all(connection: sqlite3.Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
    return all_rows(connection.cursor(), sql, parameters)
