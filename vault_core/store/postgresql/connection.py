"""Connections to PostgreSQL: how they are set up, kept, and replaced when it drops them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, TypeAlias, TypeVar

import asyncpg

from vault_core.errors import SettingsError, StoreError
from vault_core.store.postgresql.errors import (
    DRIVER_ERRORS,
    UNREACHABLE,
    is_lost,
    translate,
)

T = TypeVar("T")
Connection: TypeAlias = "asyncpg.Connection[Any]"

CONNECT_SECONDS = 5.0
STATEMENT_SECONDS = 300.0
"""How long one statement may take at most: maintenance reads whole tables."""
_CLOSE_SECONDS = 5.0

_COMMON = {
    "application_name": "parchemin",
    "jit": "off",  # it costs more than any of our statements
    # A node that stops in the middle of a transaction must not hold its locks for long.
    "idle_in_transaction_session_timeout": "30000",
}


@dataclass(frozen=True, slots=True)
class Server:
    """Where the database is."""

    url: str = field(repr=False)
    """`postgresql://USER:PASSWORD@HOST:PORT/DATABASE`; libpq's parameters may follow."""

    async def connect(self, *, writing: bool) -> Connection:
        """A new connection; unless `writing`, PostgreSQL keeps it from changing anything.

        Raises SettingsError if the address cannot be read, StoreError if nobody answers.
        """
        options = {**_COMMON, "default_transaction_read_only": "off" if writing else "on"}
        try:
            async with asyncio.timeout(2 * CONNECT_SECONDS):
                connection = await asyncpg.connect(
                    self.url,
                    timeout=CONNECT_SECONDS,
                    command_timeout=STATEMENT_SECONDS,
                    statement_cache_size=512,
                    max_cached_statement_lifetime=0,
                    server_settings=options,
                )
                await connection.set_type_codec(
                    "numeric", schema="pg_catalog", encoder=str, decoder=_number, format="text"
                )
        except ValueError:  # the driver's message can quote the password
            raise SettingsError(
                "catalog.url is no PostgreSQL address: it must be"
                " 'postgresql://USER:PASSWORD@HOST:PORT/DATABASE'."
            ) from None
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        return connection


def _number(text: str) -> int | Decimal:
    """A sum of BIGINT is NUMERIC: an int to us, as it is in SQLite."""
    return Decimal(text) if "." in text or "N" in text else int(text)


class Connections:
    """Up to `size` connections to one server, opened when they are needed."""

    def __init__(self, connect: Callable[[], Awaitable[Connection]], size: int) -> None:
        self._connect = connect
        self._turns = asyncio.Semaphore(size)
        self._idle: list[Connection] = []
        self._closed = False

    async def run(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """What `work` gives; it has the connection to itself meanwhile.

        It runs again, on a new connection, if one that was kept turns out to be lost: PostgreSQL
        may have restarted since. Raises StoreError if nobody answers, and what `work` raises.
        """
        async with self._turns:
            kept = self._kept()
            if kept is not None:
                try:
                    return await self._use(kept, work)
                except Exception as error:
                    if not is_lost(error):
                        raise
            return await self._use(await self._fresh(), work)

    async def close(self) -> None:
        """Close what is idle now, and the others when they come back."""
        self._closed = True
        while self._idle:
            try:
                await self._idle.pop().close(timeout=_CLOSE_SECONDS)
            except DRIVER_ERRORS:
                continue

    async def _fresh(self) -> Connection:
        if self._closed:
            raise StoreError("The database is closed.")
        connection = await self._connect()
        if connection.is_closed():
            raise StoreError(UNREACHABLE)
        return connection

    def _kept(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if not connection.is_closed():
                return connection
        return None

    async def _use(self, connection: Connection, work: Callable[[Connection], Awaitable[T]]) -> T:
        usable = False
        try:
            result = await work(connection)
            usable = True
            return result
        except asyncpg.PostgresError as error:
            usable = not is_lost(error)
            raise
        finally:
            # After a cancelled or broken exchange, a new connection costs less than doubts.
            if usable and not self._closed and not connection.is_in_transaction():
                self._idle.append(connection)
            else:
                connection.terminate()
