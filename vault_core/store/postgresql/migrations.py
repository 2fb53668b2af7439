"""The numbered migrations on PostgreSQL, one node at a time."""

from __future__ import annotations

from collections.abc import Sequence

from vault_core.api import Clock
from vault_core.store.migrations import TABLE, Migration, checked_history, shipped
from vault_core.store.postgresql.connection import Connection
from vault_core.store.postgresql.dialect import definition, query

LOCK = 0x70617263  # "parc": one advisory lock of the database
_HISTORY = "SELECT number, name, sha256 FROM migrations ORDER BY number"


async def migrate(
    connection: Connection, clock: Clock, migrations: Sequence[Migration] | None = None
) -> int:
    """Apply what is missing, each migration in a transaction of its own; how many it was.

    Nodes that start at once wait for one another, under an advisory lock. A database that lacks
    nothing is only read, so that a node may run as a user who cannot alter tables. Raises
    StoreError as `vault_core.store.migrations.migrate` does; asyncpg's errors.
    """
    known = shipped() if migrations is None else migrations
    if await _is_current(connection, known):
        return 0
    count = 0
    while await _apply_next(connection, clock, known):
        count += 1
    return count


async def _is_current(connection: Connection, known: Sequence[Migration]) -> bool:
    if await connection.fetchval("SELECT to_regclass('migrations')") is None:
        return False
    return checked_history(await connection.fetch(_HISTORY), known) == len(known)


async def _apply_next(connection: Connection, clock: Clock, known: Sequence[Migration]) -> bool:
    async with connection.transaction():
        await connection.execute(f"SELECT pg_advisory_xact_lock({LOCK})")
        await connection.execute(definition(TABLE))
        done = checked_history(await connection.fetch(_HISTORY), known)
        if done == len(known):
            return False
        migration = known[done]
        for statement in migration.statements():
            await connection.execute(definition(statement))
        await connection.fetch(
            query("INSERT INTO migrations (number, name, sha256, applied_at) VALUES (?, ?, ?, ?)"),
            migration.number, migration.name, migration.sha256, int(clock() * 1000),
        )  # fmt: skip
        return True
