"""Rows that the units of one group hand on instead of writing and reading them in between.

Every change of a vault takes its row first and writes it last. A client that stores sixteen
documents at once has sixteen changes in one transaction; what only the last of them leaves in
the vault's row is written, before any statement that names the table of vaults.
"""

from __future__ import annotations

from vault_core.store.catalog import Put, Row, Statement, Take


class HeldRows:
    """What one transaction has still to write of its vaults' rows."""

    __slots__ = ("_held",)

    def __init__(self) -> None:
        self._held: dict[bytes, Put] = {}

    def meet(self, statement: Statement) -> list[Row] | None:
        """The answer to a statement that needs no database: of a row that is held, or put back."""
        if type(statement) is Take:
            put = self._held.get(statement.parameters[0])
            return None if put is None else [put.row]
        if type(statement) is Put:
            self._held[statement.row[0]] = statement
            return []
        return None

    def due(self, statement: Statement) -> list[Put]:
        """Writes due before this statement, which is about to run: all, if it names the table."""
        return self.release() if self._held and "vaults" in statement[0] else []

    def release(self) -> list[Put]:
        """All writes that are due, once."""
        writes = list(self._held.values())
        self._held.clear()
        return writes
