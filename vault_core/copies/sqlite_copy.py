"""A consistent copy of a SQLite catalog while any number of processes write to it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from vault_core.copies.transfer import Wanted
from vault_core.errors import InvalidBackup, StoreError
from vault_core.store.sqlite.errors import DATABASE_ERRORS, translate

PAGES = 2048
"""Database pages (of 4 KiB) copied between two tellings."""
_IN_THE_STORE = "SELECT lower(hex(id)), size FROM blobs WHERE data IS NULL ORDER BY id"


def copy(source: Path, target: Path, tell: Callable[[int, int], None]) -> None:
    """Copy the database as of now; writers do not wait. Raises StoreError.

    `tell` gets the pages copied and the pages there are. The read transaction that is opened
    first holds one snapshot of the write-ahead log for the whole copy, so no commit in between
    starts it afresh or shows in it.
    """
    target.unlink(missing_ok=True)
    try:
        with closing(_reader(source)) as reading, closing(_target(target)) as writing:
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchall()
            reading.backup(
                writing, pages=PAGES, progress=lambda _, left, all_: tell(all_ - left, all_)
            )
        with target.open("rb") as file:
            os.fsync(file.fileno())
    except DATABASE_ERRORS as error:
        raise translate(error) from error
    except OSError as error:
        raise StoreError(f"'{target}' cannot be written: {error.strerror}.") from error


def _reader(path: Path, *, still: bool = False) -> sqlite3.Connection:
    """A connection that writes nothing; `still`: nobody else has the file, so no lock is needed."""
    uri = f"{path.resolve().as_uri()}?{'immutable=1' if still else 'mode=ro'}"
    return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)


def _target(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")  # synced once, at the end
    return connection


def stored_blobs(path: Path) -> Iterator[Wanted]:
    """What a copied catalog expects in the blob store."""
    with closing(_reader(path, still=True)) as connection:
        for key, size in connection.execute(_IN_THE_STORE):
            yield Wanted(key, size)


def history(path: Path) -> list[tuple[int, str, str]]:
    """Number, name and SHA-256 of every migration of a copied catalog."""
    with closing(_reader(path, still=True)) as connection:
        return connection.execute(
            "SELECT number, name, sha256 FROM migrations ORDER BY number"
        ).fetchall()


def check_sound(path: Path) -> None:
    """Let SQLite look at every page. Raises InvalidBackup."""
    try:
        with closing(_reader(path, still=True)) as connection:
            told = [row[0] for row in connection.execute("PRAGMA integrity_check(10)")]
    except DATABASE_ERRORS as error:
        raise InvalidBackup(f"The catalog is damaged: {translate(error)}") from error
    if told != ["ok"]:
        raise InvalidBackup(f"The catalog is damaged: {told[0]}")
