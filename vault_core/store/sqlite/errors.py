"""What SQLite's failures mean: one table from its result codes to our errors."""

from __future__ import annotations

import sqlite3

from vault_core.errors import Conflict, ParcheminError, StoreError, StoreFull

DATABASE_ERRORS = (sqlite3.Error, UnicodeDecodeError)
"""What the `sqlite3` module raises: SQLite's message about a damaged file may quote bytes of it
that are no UTF-8, and then Python fails to decode the message instead of raising its own error."""

_UNIQUE = frozenset({"SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})

FROZEN = (
    "The institution is being moved to another database or store: everything can be read, and"
    " changed again once the move is over. Try again in a while."
)
"""A trigger of `copies/freezing.py` refused the change."""

_SENTENCES = {
    "SQLITE_CORRUPT": "The database file is damaged: stop the server and restore a backup.",
    "SQLITE_NOTADB": "The database file is not a database: check the data directory's path.",
    "SQLITE_BUSY": "The database is held by another program: try again in a moment.",
    "SQLITE_LOCKED": "The database is held by another program: try again in a moment.",
    "SQLITE_READONLY": "The database cannot be written: check the rights of its file and folder.",
    "SQLITE_CANTOPEN": "The database cannot be opened: check its path, its rights and its folder.",
    "SQLITE_PERM": "The database cannot be opened: check its path, its rights and its folder.",
    "SQLITE_NOMEM": "The server is out of memory; nothing was stored. Try again in a moment.",
    "SQLITE_IOERR": "The disk failed under the database; nothing was acknowledged.",
}


def translate(error: sqlite3.Error | UnicodeDecodeError) -> ParcheminError:
    """Our error for SQLite's, with a sentence that says what to do and SQLite's own code.

    A unique constraint is a Conflict, a full disk StoreFull, anything else a StoreError.
    SQLite's messages name tables and columns, never values, so they may be shown.
    """
    name = result_code(error)
    if name in _UNIQUE:
        return Conflict()
    if name == "SQLITE_FULL":
        return StoreFull()
    if name == "SQLITE_CONSTRAINT_TRIGGER":
        return StoreError(FROZEN)
    sentence = _SENTENCES.get(_primary(name))
    if sentence is None:
        return StoreError(f"The database refused a statement ({name}): {error}")
    return StoreError(f"{sentence} ({name})")


def is_busy(error: sqlite3.Error | UnicodeDecodeError) -> bool:
    """Whether another connection held the database for the whole time-out."""
    return _primary(result_code(error)) in ("SQLITE_BUSY", "SQLITE_LOCKED")


def result_code(error: sqlite3.Error | UnicodeDecodeError) -> str:
    """SQLite's name of its extended result code, or the exception's where it has none."""
    if isinstance(error, UnicodeDecodeError):
        return "SQLITE_CORRUPT"
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def _primary(name: str) -> str:
    """`SQLITE_IOERR_WRITE` belongs to `SQLITE_IOERR`."""
    return "_".join(name.split("_")[:2])
