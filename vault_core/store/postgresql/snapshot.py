"""A PostgreSQL catalog as of one moment, for reading only: what a backup copies."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, NoReturn

from vault_core.errors import StoreError
from vault_core.store.catalog import Row
from vault_core.store.postgresql.connection import Connection, Server
from vault_core.store.postgresql.dialect import query
from vault_core.store.postgresql.errors import DRIVER_ERRORS, translate


class PostgreSQLSnapshot:
    """`Catalog`, but that it never changes and cannot be changed."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of one query, as of the snapshot's moment."""
        try:
            records = await self._connection.fetch(query(sql), *parameters)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return [tuple(record) for record in records]

    async def point(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row."""
        rows = await self.fetch(sql, parameters)
        return rows[0] if rows else None

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """As `fetch`."""
        return await self.fetch(sql, parameters)

    async def commit(self, unit: Callable[..., Any], *args: Any, **kwargs: Any) -> NoReturn:
        """Raises StoreError."""
        del unit, args, kwargs
        raise StoreError("A snapshot cannot be changed.")

    def generation(self) -> int:
        """Always the same."""
        return 0

    async def close(self) -> None:
        """Release the snapshot; PostgreSQL may clean up what only it could still see."""
        self._connection.terminate()


@asynccontextmanager
async def snapshot(url: str) -> AsyncIterator[PostgreSQLSnapshot]:
    """The database as it is now. Raises SettingsError, StoreError."""
    connection = await Server(url).connect(writing=False)
    try:
        await connection.execute("SET idle_in_transaction_session_timeout = 0")
        await connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        await connection.fetch("SELECT 1 FROM vaults LIMIT 1")  # the snapshot is taken here
        yield PostgreSQLSnapshot(connection)
    except DRIVER_ERRORS as error:
        raise translate(error) from error
    finally:
        connection.terminate()
