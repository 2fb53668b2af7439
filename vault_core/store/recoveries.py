"""Rows of recoveries: somebody asked to open a vault for its owner, who can stop it meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.errors import Forbidden
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId

COLUMNS = "id, vault, way, asked_at, ready_at, asker"
USABLE = 30 * 86_400_000
"""Milliseconds for which a recovery whose waiting time is over can be used."""


@dataclass(frozen=True, slots=True)
class RecoveryRow:
    """One that was neither stopped nor done."""

    id: bytes
    vault: VaultId
    way: str
    """escrow or contact."""
    asked_at: int
    ready_at: int
    asker: VaultId | None
    """The contact who asked; None: the institution."""


async def of_vault(catalog: Catalog, vault: VaultId, now: int) -> list[RecoveryRow]:
    """Those that wait or can be used, the nearest first."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM recoveries WHERE vault = ? AND stopped_at IS NULL"  # noqa: S608
        " AND done_at IS NULL AND ready_at > ? ORDER BY ready_at, id",
        (vault, now - USABLE),
    )
    return [RecoveryRow(*row) for row in rows]


async def first_of_vault(catalog: Catalog, vault: VaultId, now: int) -> RecoveryRow | None:
    """The nearest one."""
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM recoveries WHERE vault = ? AND stopped_at IS NULL"  # noqa: S608
        " AND done_at IS NULL AND ready_at > ? ORDER BY ready_at, id LIMIT 1",
        (vault, now - USABLE),
    )
    return RecoveryRow(*row) if row else None


async def waiting(catalog: Catalog, now: int) -> list[tuple[str, RecoveryRow]]:
    """All of the institution's, with the username."""
    rows = await catalog.fetch(
        "SELECT p.username, r.id, r.vault, r.way, r.asked_at, r.ready_at, r.asker"
        " FROM recoveries r JOIN persons p ON p.id = r.vault WHERE r.stopped_at IS NULL"
        " AND r.done_at IS NULL AND r.ready_at > ? ORDER BY r.ready_at LIMIT 1000",
        (now - USABLE,),
    )
    return [(row[0], RecoveryRow(*row[1:])) for row in rows]


def insert(row: RecoveryRow) -> Unit[None]:
    """A new one."""
    yield (
        f"INSERT INTO recoveries ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
        (row.id, row.vault, row.way, row.asked_at, row.ready_at, row.asker),
    )


def stop(vault: VaultId, now: int) -> Unit[int]:
    """End all that wait; how many there were."""
    rows = yield (
        "UPDATE recoveries SET stopped_at = ? WHERE vault = ? AND stopped_at IS NULL"
        " AND done_at IS NULL RETURNING id",
        (now, vault),
    )
    return len(rows)


def finish(recovery: bytes, now: int) -> Unit[None]:
    """It is used now, once. Raises Forbidden if it was stopped meanwhile, or is not ready."""
    rows = yield (
        "UPDATE recoveries SET done_at = ? WHERE id = ? AND stopped_at IS NULL"
        " AND done_at IS NULL AND ready_at <= ? RETURNING id",
        (now, recovery, now),
    )
    if not rows:
        raise Forbidden("This recovery was stopped, or used already.")
