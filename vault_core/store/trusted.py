"""Rows that say to which other persons vaults are entrusted: contacts, guardians of minors."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import SlotId, VaultId

COLUMNS = "slot, vault, person, kind, until, created_at"


@dataclass(frozen=True, slots=True)
class TrustedRow:
    """One slot of `vault` that `person` opens with their own vault's identity."""

    slot: SlotId
    vault: VaultId
    person: VaultId
    kind: str
    """contact or guardian."""
    until: int | None
    """When a guardian's part ends (ms); None: never."""
    created_at: int


async def of_vault(catalog: Catalog, vault: VaultId) -> list[tuple[str, TrustedRow]]:
    """Who may open a vault, with their usernames."""
    rows = await catalog.fetch(
        "SELECT p.username, t.slot, t.vault, t.person, t.kind, t.until, t.created_at"
        " FROM trusted t JOIN persons p ON p.id = t.person WHERE t.vault = ?"
        " ORDER BY t.created_at, t.slot",
        (vault,),
    )
    return [(row[0], TrustedRow(*row[1:])) for row in rows]


async def by_person(catalog: Catalog, person: VaultId) -> list[tuple[str, TrustedRow]]:
    """Whose vaults somebody may open, with the usernames of their owners."""
    rows = await catalog.fetch(
        "SELECT p.username, t.slot, t.vault, t.person, t.kind, t.until, t.created_at"
        " FROM trusted t JOIN persons p ON p.id = t.vault WHERE t.person = ?"
        " ORDER BY p.username, t.slot",
        (person,),
    )
    return [(row[0], TrustedRow(*row[1:])) for row in rows]


async def over(catalog: Catalog, now: int) -> list[TrustedRow]:
    """Guardians whose part has ended."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM trusted WHERE until IS NOT NULL AND until <= ?"  # noqa: S608
        " ORDER BY until LIMIT 1000",
        (now,),
    )
    return [TrustedRow(*row) for row in rows]


def insert(row: TrustedRow) -> Unit[None]:
    """Beside the slot that it is about."""
    yield (
        f"INSERT INTO trusted ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        (row.slot, row.vault, row.person, row.kind, row.until, row.created_at),
    )


def delete(vault: VaultId, slot: SlotId) -> Unit[bool]:
    """Whether it was there."""
    rows = yield ("DELETE FROM trusted WHERE vault = ? AND slot = ? RETURNING slot", (vault, slot))
    return bool(rows)
