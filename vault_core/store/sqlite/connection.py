"""Connections to the SQLite file: how they are set up, and a thread that owns one."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Concatenate, ParamSpec, TypeVar

import aiosqlite

from vault_core.store.catalog import Row
from vault_core.store.sqlite.errors import DATABASE_ERRORS, is_busy

if sys.platform != "win32":
    import fcntl

log = logging.getLogger(__name__)
T = TypeVar("T")
P = ParamSpec("P")

BUSY_SECONDS = 10.0
"""How long a connection waits for another process before it gives up."""

_STATEMENTS = 512
"""Prepared statements kept per connection: more than the server has."""


CHECKPOINT = 1000
"""Pages in the write-ahead log after which they are written into the file, between two commits."""
LOG_PAGES = 4 * CHECKPOINT
"""Pages after which a commit does that itself, and lasts longer: 16 MB."""
BULK_LOG_PAGES = 2 * LOG_PAGES
"""The same for who commits megabytes at a time, and would else write and sync everything twice."""


def open_writer(path: str, log_pages: int = LOG_PAGES) -> sqlite3.Connection:
    """A connection that may write; makes the file, readable by its owner only, if missing.

    `secure_delete` overwrites what is deleted: destroying a key slot must leave no copy of it
    in the file's free pages. A commit that finds `log_pages` in the write-ahead log writes them
    into the file.
    """
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    connection = _connect(path, BUSY_SECONDS)
    try:
        _set_wal(connection)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON").fetchall()
        connection.execute(f"PRAGMA wal_autocheckpoint = {log_pages:d}").fetchall()
        connection.execute("PRAGMA journal_size_limit = 67108864").fetchall()
        connection.execute("PRAGMA cache_size = -16000")
    except BaseException:
        connection.close()
        raise
    return connection


def checkpoint(connection: sqlite3.Connection) -> None:
    """Write what the write-ahead log holds into the file, as far as no reader needs it there.

    Where that fails nothing is lost: the log has it, and the next one tries again.
    """
    try:
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    except DATABASE_ERRORS as error:
        log.warning("the write-ahead log could not be written back: %s", error)


def open_reader(path: str, busy_seconds: float = BUSY_SECONDS) -> sqlite3.Connection:
    """A connection that SQLite keeps from writing.

    No memory map: it gained nothing here, and turns a failing disk into SIGBUS.
    """
    connection = _connect(path, busy_seconds)
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA cache_size = -8000")
    return connection


def all_rows(cursor: sqlite3.Cursor, sql: str, parameters: Sequence[Any]) -> list[Row]:
    """What a query gives. Text that a damaged disk left as none has U+FFFD for what is no UTF-8.

    So the row that it stands in is there to be judged, and the other ones are.
    """
    try:
        # fetchall, for a statement left unfinished would keep its snapshot open.
        return cursor.execute(sql, parameters).fetchall()
    except sqlite3.OperationalError as error:
        if not str(error).startswith("Could not decode"):
            raise
    cursor.connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    try:
        return cursor.execute(sql, parameters).fetchall()
    finally:
        cursor.connection.text_factory = str


def _connect(path: str, busy_seconds: float) -> sqlite3.Connection:
    return sqlite3.connect(
        path, timeout=busy_seconds, isolation_level=None, cached_statements=_STATEMENTS
    )


def _set_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging; SQLite calls no busy handler here, so wait ourselves."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchall()
            return
        except sqlite3.OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.005)


class ConnectionThread(aiosqlite.Connection):
    """aiosqlite's connection, able to run a whole function where the connection lives.

    One hop between threads costs about 20 µs, so a transaction is sent as one function.
    """

    async def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """`function(connection, …)`, run in the connection's thread."""
        result: T = await self._execute(function, self._conn, *args, **kwargs)  # type: ignore[no-untyped-call]
        return result


async def start_thread(connector: Callable[[], sqlite3.Connection]) -> ConnectionThread:
    """A thread owning the connection that `connector` opens. Raises what it raises."""
    thread = ConnectionThread(connector, iter_chunk_size=64)
    try:
        await thread
    except BaseException:
        # aiosqlite lets its thread end by itself: it must not outlive the event loop.
        await asyncio.to_thread(thread._thread.join)
        raise
    return thread


class Turns:
    """Whose turn it is to write, among the processes of this machine.

    SQLite makes waiting writers sleep and try again, up to 100 ms at a time; a lock on a file
    beside the database wakes the next one at once (with 4 processes the 99th percentile of a
    commit fell from 19 ms to 3 ms). It is only about waiting: SQLite's own lock still decides.
    """

    def __init__(self, path: str) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Wait for the turn, and pass it on at the end."""
        if sys.platform != "win32":
            fcntl.flock(self._file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            if sys.platform != "win32":
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Release the file."""
        os.close(self._file)
