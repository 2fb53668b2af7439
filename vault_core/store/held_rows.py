"""What the units of one group hand on and leave for later, instead of asking the database each.

Every change of a vault takes its row first and writes it last, and most add an entry to its
journal. A client that stores sixteen documents at once has sixteen changes in one transaction:
what only the last of them leaves in the vault's row is written, and what all of them insert is
one statement a table, before any statement that names the table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from vault_core.store.catalog import FOUND, Later, Put, Row, Statement, Take, Together

MOST = 64
"""Statements that are run as one: beyond, nothing is gained, and databases count parameters."""
_ROWS_OF_VAULTS = "vaults"


class Due(NamedTuple):
    """Statements of a kind whose time has come."""

    sql: str
    rows: Sequence[Sequence[Any]]
    """The parameters of each."""
    must_change: int
    """How many rows they must have changed together."""
    together: Together | None = None

    def as_one(self) -> tuple[str, Sequence[Any]]:
        """One statement that does what all of them do."""
        if self.together is None or len(self.rows) == 1:
            return self.sql, self.rows[0]
        return self.together(self.rows)


class NotAsExpectedError(Exception):
    """A statement that was left for later did not do what its units expected."""


VANISHED = "What this changes is not there as it was: try again."
"""What a unit that is run by itself answers then."""


class HeldRows:
    """What one transaction has still to write."""

    __slots__ = ("_later", "_puts", "_together")

    def __init__(self, *, together: bool) -> None:
        """`together`: whether statements are left for later; a unit by itself has none."""
        self._together = together
        self._puts: dict[bytes, Put] = {}
        self._later: dict[str, list[Later]] = {}

    def meet(self, statement: Statement) -> tuple[Sequence[Due], list[Row] | None]:
        """What is due before the statement, and its answer; None: the database has it."""
        if type(statement) is Put:
            self._puts[statement.row[0]] = statement
            return (), []
        if type(statement) is Take:
            put = self._puts.get(statement.parameters[0])
            if put is not None:
                return (), [put.row]
        elif type(statement) is Later and self._together:
            return self._postpone(statement)
        return self._due(statement[0]), None

    def release(self) -> list[Due]:
        """All that is still to be written, once."""
        due = [_of(several) for several in self._later.values()]
        due += [Due(put.sql, (put.parameters,), 1) for put in self._puts.values()]
        self._later.clear()
        self._puts.clear()
        return due

    def _postpone(self, statement: Later) -> tuple[Sequence[Due], list[Row]]:
        several = self._later.get(statement.sql)
        if several is not None and len(several) < MOST:
            several.append(statement)
            return (), FOUND
        due = self._due(statement.sql)
        self._later[statement.sql] = [statement]
        return due, FOUND

    def _due(self, sql: str) -> Sequence[Due]:
        tables = [several[0].table for several in self._later.values()]
        if self._puts:
            tables.append(_ROWS_OF_VAULTS)
        # a column that is called like a table and more is none: \b takes _ for a letter
        named = any(re.search(rf"\b{table}\b", sql) for table in tables)
        return self.release() if named else ()


def _of(several: Sequence[Later]) -> Due:
    first = several[0]
    return Due(first.sql, [one.parameters for one in several], len(several), first.together)
