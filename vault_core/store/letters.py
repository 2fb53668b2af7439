"""Rows of letters: activation codes that wait to be printed, sealed to the office's recipient."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from vault_core.store import many
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One letter: whose, from which batch, and the age file that holds it."""

    person: VaultId
    batch: bytes
    sealed: bytes
    created_at: int


async def waiting(
    catalog: Catalog, batch: bytes | None, page: int = 500
) -> AsyncIterator[LetterRow]:
    """All letters (of one batch), a page at a time."""
    after = b""
    condition, values = ("", ()) if batch is None else (" AND batch = ?", (batch,))
    while True:
        rows = await catalog.fetch(
            "SELECT person, batch, sealed, created_at FROM letters"  # noqa: S608 -- constants
            f" WHERE person > ?{condition} ORDER BY person LIMIT ?",
            (after, *values, page),
        )
        for row in rows:
            yield LetterRow(*row)
        if len(rows) < page:
            return
        after = rows[-1][0]


def insert(rows: Sequence[LetterRow]) -> Unit[None]:
    """Letters of different persons, each in place of an older one."""
    yield many.insert(
        "INSERT INTO letters (person, batch, sealed, created_at)",
        [(row.person, row.batch, row.sealed, row.created_at) for row in rows],
        " ON CONFLICT (person) DO UPDATE SET batch = excluded.batch, sealed = excluded.sealed,"
        " created_at = excluded.created_at",
    )


def discard(batch: bytes | None) -> Unit[int]:
    """Forget letters that were printed (of one batch); how many there were."""
    if batch is None:
        rows = yield "DELETE FROM letters RETURNING person", ()
    else:
        rows = yield "DELETE FROM letters WHERE batch = ? RETURNING person", (batch,)
    return len(rows)
