"""The catalog past one machine: PostgreSQL, shared by any number of nodes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Any, ParamSpec, TypeVar

from vault_core.api import Clock
from vault_core.errors import StoreError
from vault_core.store.catalog import Row, Unit
from vault_core.store.group_writer import GroupWriter
from vault_core.store.postgresql.connection import Connection, Connections, Server
from vault_core.store.postgresql.dialect import query
from vault_core.store.postgresql.errors import DRIVER_ERRORS, translate
from vault_core.store.postgresql.groups import Beginning, Lane
from vault_core.store.postgresql.migrations import migrate

T = TypeVar("T")
P = ParamSpec("P")

OLDEST = 130000
"""The oldest PostgreSQL (13) as its `server_version_num`."""


class PostgreSQLCatalog:
    """`Catalog` on one PostgreSQL database.

    Half of the connections read, each of the others is a lane of writing. A database that
    restarts is found again by the next statement.
    """

    def __init__(self, readers: Connections, lanes: Sequence[Lane]) -> None:
        self._readers = readers
        self._lanes = lanes
        self._writers = [GroupWriter(lane.commit_group, lane.close) for lane in lanes]
        self._generations = count()
        self._closed = False

    @classmethod
    async def open(
        cls, url: str, *, connections: int = 8, clock: Clock = time.time
    ) -> PostgreSQLCatalog:
        """Connect, and bring the database to this version's schema.

        `connections`, at least 2, is how many this object opens at most. Raises SettingsError if
        `url` is no address; StoreError if the database cannot be used, would lose what it
        acknowledged, or holds migrations that this version does not know.
        """
        server = Server(url)
        first = await server.connect(writing=True)
        try:
            await _refuse_unfit(first)
            await migrate(first, clock)
        except DRIVER_ERRORS as error:
            raise translate(error) from error
        finally:
            first.terminate()
        lanes = max(1, connections // 2)
        writing = partial(server.connect, writing=True)
        return cls(
            Connections(partial(server.connect, writing=False), max(1, connections - lanes)),
            [Lane(Connections(writing, 1)) for _ in range(lanes)],
        )

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of one query: `Catalog.fetch`."""
        if self._closed:
            raise StoreError("The database is closed.")
        try:
            return await self._readers.run(partial(_rows, sql=query(sql), parameters=parameters))
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    async def point(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of an indexed query: `Catalog.point`."""
        rows = await self.fetch(sql, parameters)
        return rows[0] if rows else None

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """A few rows: `Catalog.few`."""
        return await self.fetch(sql, parameters)

    async def commit(self, unit: Callable[P, Unit[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run the unit as one durable transaction: `Catalog.commit`."""
        start = partial(unit, *args, **kwargs)
        writer = self._writers[hash(Beginning.of(start).key) % len(self._writers)]
        result: T = await writer.commit(start)
        return result

    @property
    def waiting(self) -> int:
        """How many changes wait to be committed."""
        return sum(writer.waiting for writer in self._writers)

    @property
    def undone(self) -> int:
        """How many transactions clashed with another one, and were run again."""
        return sum(lane.undone for lane in self._lanes)

    def generation(self) -> int:
        """Another one each time: only PostgreSQL knows whether another node has just committed.

        A notice would come after that node has answered its client, so whoever trusted one could
        show this client what was there before.
        """
        return next(self._generations)

    async def close(self) -> None:
        """Finish what is queued, then close the connections; closing twice is no error."""
        self._closed = True
        for writer in self._writers:
            await writer.close()
        await self._readers.close()


async def _rows(connection: Connection, sql: str, parameters: Sequence[Any]) -> list[Row]:
    return [tuple(record) for record in await connection.fetch(sql, *parameters)]


async def _refuse_unfit(connection: Connection) -> None:
    """Raises StoreError if the database would not keep what the catalog promises."""
    for name, fits, sentence in _NEEDED:
        value = str(await connection.fetchval("SELECT current_setting($1)", name))
        if not fits(value):
            raise StoreError(f"PostgreSQL has {name} = {value}: {sentence}")


_NEEDED: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    ("server_version_num", lambda value: int(value) >= OLDEST, "version 13 or newer is needed."),
    ("server_encoding", lambda value: value == "UTF8", "create the database with ENCODING 'UTF8'."),
    ("fsync", lambda value: value == "on", "a power cut would lose documents; switch it on."),
    (
        "synchronous_commit",
        lambda value: value != "off",
        "a power cut would lose documents; switch it on.",
    ),
)
