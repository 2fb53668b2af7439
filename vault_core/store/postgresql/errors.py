"""What PostgreSQL's failures mean: one table from its SQLSTATE codes to our errors."""

from __future__ import annotations

import asyncpg

from vault_core.errors import Conflict, ParcheminError, StoreError, StoreFull
from vault_core.store.sqlite.errors import FROZEN

UNREACHABLE = "The database cannot be reached: try again in a moment."
UNCERTAIN = "The database went away while it was storing: look whether it is there, then try again."
_BUSY = "The database is too busy: try again in a moment."

DRIVER_ERRORS = (
    asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError,
)  # fmt: skip
"""What asyncpg raises. The internal ones come where a connection breaks between two messages: the
driver then takes it for busy with what will never be answered."""

_SENTENCES = {
    "08": UNREACHABLE,
    "28": "The database refuses the server: check user, password and pg_hba.conf.",
    "3D": "The database server has no database of that name: create it, or mend catalog.url.",
    "40": _BUSY,
    "53": _BUSY,
    "57": UNREACHABLE,
    "58": "The disk failed under the database; nothing was acknowledged.",
    "XX": "The database is damaged: stop the server and restore a backup.",
    "25006": "The database is a standby: catalog.url must lead to the primary.",
    "42501": "The database user lacks a right: it must own the tables.",
    "PM001": FROZEN,
    "57014": "The database took too long; nothing was stored. Try again in a moment.",
}


def translate(error: BaseException) -> ParcheminError:
    """Our error for asyncpg's, with a sentence that says what to do and PostgreSQL's own code.

    A unique constraint is a Conflict, a full disk StoreFull, anything else a StoreError.
    PostgreSQL's messages can quote values, so none is shown; the cause keeps it.
    """
    code = sqlstate(error)
    ours: ParcheminError
    if code == "23505":
        ours = Conflict()
    elif code == "53100":
        ours = StoreFull()
    elif code:
        sentence = _SENTENCES.get(code) or _SENTENCES.get(code[:2])
        name = type(error).__name__
        ours = StoreError(
            f"{sentence} ({code})" if sentence else f"The database refused: {name} ({code})."
        )
    elif is_lost(error) or isinstance(error, TimeoutError):
        ours = StoreError(UNREACHABLE)
    else:
        ours = StoreError(f"The database driver refused a statement: {type(error).__name__}.")
    ours.__cause__ = error
    return ours


def sqlstate(error: BaseException) -> str:
    """PostgreSQL's five characters, or "" where the failure is not PostgreSQL's own."""
    return str(getattr(error, "sqlstate", None) or "")


def is_lost(error: BaseException) -> bool:
    """Whether the connection is of no more use, though nothing was wrong with the statement."""
    if isinstance(error, TimeoutError):
        return False  # it may have worked: never repeated
    if isinstance(error, asyncpg.InternalClientError):
        return True
    if isinstance(error, asyncpg.PostgresError):
        code = sqlstate(error)
        return code[:2] == "08" or code in ("25006", "57P01", "57P02", "57P03", "57P05")
    if isinstance(error, asyncpg.InterfaceError):
        return not isinstance(error, ValueError)  # those are wrong arguments
    return isinstance(error, OSError)


def is_conflict(error: BaseException) -> bool:
    """Whether another transaction came in between, so that the same again may well succeed."""
    return sqlstate(error) in ("40001", "40P01", "0A000")
