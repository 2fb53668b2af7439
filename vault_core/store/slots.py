"""Rows of key slots: one wrapped copy of a vault's identity each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.store import many
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import SlotId, VaultId

COLUMNS = (
    "s.id, s.vault, s.kind, s.lookup, s.parameters, s.wrapped, s.sealed, s.created_at, s.expires_at"
)


@dataclass(frozen=True, slots=True)
class SlotRow:
    """One row of `slots`."""

    id: SlotId
    vault: VaultId
    kind: str
    lookup: bytes | None
    parameters: str
    wrapped: bytes
    sealed: bytes
    created_at: int
    expires_at: int | None


async def by_lookup(catalog: Catalog, lookup: bytes) -> tuple[SlotRow, str] | None:
    """The slot that a random secret finds, and its person's username."""
    row = await catalog.point(
        f"SELECT {COLUMNS}, p.username FROM slots s JOIN persons p ON p.id = s.vault"  # noqa: S608
        " WHERE s.lookup = ?",
        (lookup,),
    )
    return (SlotRow(*row[:-1]), row[-1]) if row else None


async def by_vault(catalog: Catalog, vault: VaultId) -> list[SlotRow]:
    """All slots of a vault, oldest first."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM slots s WHERE s.vault = ? ORDER BY s.created_at, s.id",  # noqa: S608
        (vault,),
    )
    return [SlotRow(*row) for row in rows]


async def by_username(catalog: Catalog, username: str, kind: str) -> list[SlotRow]:
    """The slots of one kind that a person has."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM slots s JOIN persons p ON p.id = s.vault"  # noqa: S608
        " WHERE p.username = ? AND s.kind = ? ORDER BY s.created_at",
        (username, kind),
    )
    return [SlotRow(*row) for row in rows]


def insert(row: SlotRow) -> Unit[None]:
    """Raises Conflict if the lookup is taken (2^-80: never)."""
    yield from insert_all([row])


def insert_all(rows: Sequence[SlotRow]) -> Unit[None]:
    """As `insert`, many at once."""
    yield many.insert(
        "INSERT INTO slots (id, vault, kind, lookup, parameters, wrapped, sealed, created_at,"
        " expires_at)",
        [
            (
                row.id, row.vault, row.kind, row.lookup, row.parameters,
                row.wrapped, row.sealed, row.created_at, row.expires_at,
            )
            for row in rows
        ],
    )  # fmt: skip


def delete(vault: VaultId, slot: SlotId) -> Unit[bool]:
    """Whether it was there."""
    rows = yield ("DELETE FROM slots WHERE vault = ? AND id = ? RETURNING id", (vault, slot))
    return bool(rows)


def delete_kind(vault: VaultId, kind: str) -> Unit[int]:
    """How many there were."""
    rows = yield ("DELETE FROM slots WHERE vault = ? AND kind = ? RETURNING id", (vault, kind))
    return len(rows)
