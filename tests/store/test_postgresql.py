"""The PostgreSQL catalog keeps to the contract, and meets a database that goes away."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import partial

import asyncpg
import pytest

from tests.databases import PostgreSQL, postgresql
from vault_core.errors import Conflict, SettingsError, StoreError
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.store.postgresql.connection import Connection, Connections, Server
from vault_core.store.postgresql.errors import translate
from vault_core.testing.catalog import CatalogContract, increment, insert

CONFUSED = asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is …")
"""What asyncpg says on a connection that broke between two messages."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@pytest.fixture
def database(server: PostgreSQL) -> Iterator[str]:
    """An empty database."""
    name = server.create()
    yield name
    server.drop(name)


@pytest.fixture
def url(server: PostgreSQL, database: str) -> str:
    return server.url(database)


@pytest.fixture
async def open_catalog(url: str) -> AsyncIterator[Callable[[], Awaitable[Catalog]]]:
    opened: list[PostgreSQLCatalog] = []

    async def open_one() -> Catalog:
        opened.append(await PostgreSQLCatalog.open(url))
        return opened[-1]

    yield open_one
    for catalog in opened:
        await catalog.close()


@pytest.fixture
async def catalog(open_catalog: Callable[[], Awaitable[Catalog]]) -> Catalog:
    return await open_catalog()


class TestPostgreSQLCatalog(CatalogContract):
    """Every sentence of the `Catalog` protocol."""


def both(first: str, second: str) -> Unit[None]:
    """Change two rows, in that order."""
    for name in (first, second):
        yield "UPDATE settings SET value = value || 'x' WHERE name = ?", (name,)


async def names(catalog: Catalog) -> list[str]:
    return [row[0] for row in await catalog.fetch("SELECT name FROM settings ORDER BY name")]


async def test_fetch_and_point_cannot_write(catalog: Catalog) -> None:
    for read in (catalog.fetch, catalog.point):
        with pytest.raises(StoreError):
            await read("DELETE FROM settings RETURNING name")


async def test_text_is_ordered_by_its_bytes_and_sums_are_ints(catalog: Catalog) -> None:
    for name in ("é", "a", "Z", "_"):
        await catalog.commit(insert, name, "x")
    assert await names(catalog) == ["Z", "_", "a", "é"]
    total = await catalog.point("SELECT sum(used) FROM vaults")
    assert total == (None,)
    total = await catalog.point("SELECT sum(number) FROM migrations")
    assert total is not None
    assert isinstance(total[0], int)


async def test_units_that_lock_crosswise_all_end(
    catalog: Catalog, open_catalog: Callable[[], Awaitable[Catalog]]
) -> None:
    other = await open_catalog()
    for name in ("a", "b"):
        await catalog.commit(insert, name, "")
    await asyncio.gather(
        *(catalog.commit(both, "a", "b") for _ in range(20)),
        *(other.commit(both, "b", "a") for _ in range(20)),
    )
    assert await catalog.fetch("SELECT value FROM settings") == [("x" * 40,), ("x" * 40,)]


async def test_many_that_read_what_others_write_all_end(
    open_catalog: Callable[[], Awaitable[Catalog]],
) -> None:
    """Each reads the whole table before it writes: any two at once clash."""
    nodes = [await open_catalog() for _ in range(3)]

    def count_and_insert(name: str) -> Unit[int]:
        rows = yield "SELECT COUNT(*) FROM settings", ()
        yield "INSERT INTO settings (name, value) VALUES (?, '')", (f"{name}-{rows[0][0]}",)
        return int(rows[0][0])

    counted = await asyncio.gather(
        *(nodes[n % 3].commit(count_and_insert, f"{n}") for n in range(150))
    )
    assert sorted(counted) == list(range(150)), "as if one after the other"


async def test_of_many_that_insert_the_same_one_wins(
    catalog: Catalog, open_catalog: Callable[[], Awaitable[Catalog]]
) -> None:
    two = [catalog, await open_catalog()]
    results = await asyncio.gather(
        *(two[n % 2].commit(insert, f"{n // 8:02}", str(n)) for n in range(80)),
        return_exceptions=True,
    )
    assert sum(result == f"{n // 8:02}" for n, result in enumerate(results)) == 10
    assert sum(isinstance(result, Conflict) for result in results) == 70


@pytest.mark.fault
async def test_a_restart_is_not_noticed_by_what_comes_after(
    server: PostgreSQL, catalog: Catalog
) -> None:
    await catalog.commit(insert, "a", "1")
    await names(catalog)
    await asyncio.to_thread(server.stop)
    with pytest.raises(StoreError, match="cannot be reached"):
        await catalog.commit(insert, "b", "1")
    with pytest.raises(StoreError, match="cannot be reached"):
        await names(catalog)
    await asyncio.to_thread(server.start)
    assert await names(catalog) == ["a"]
    assert await catalog.commit(insert, "c", "1") == "c"


@pytest.mark.fault
async def test_a_crash_loses_nothing_that_was_acknowledged(
    server: PostgreSQL, catalog: Catalog
) -> None:
    acknowledged: list[str] = []

    async def write(writer: int) -> None:
        for number in range(100_000):
            try:
                acknowledged.append(await catalog.commit(insert, f"{writer}-{number:06}", "x"))
            except StoreError:
                return

    writing = [asyncio.ensure_future(write(writer)) for writer in range(8)]
    while len(acknowledged) < 300:
        await asyncio.sleep(0.01)
    await asyncio.to_thread(server.stop, signal.SIGQUIT)
    await asyncio.gather(*writing)
    await asyncio.to_thread(server.start)
    assert set(acknowledged) <= set(await names(catalog))


async def test_a_connection_that_broke_between_two_messages_is_replaced(url: str) -> None:
    connections = Connections(partial(Server(url).connect, writing=False), 1)
    pids: list[int] = []

    async def pid(connection: Connection) -> int:
        pids.append(connection.get_server_pid())
        if len(pids) == 2:
            raise CONFUSED
        return int(await connection.fetchval("SELECT 1"))

    for _ in range(2):
        assert await connections.run(pid) == 1
    await connections.close()
    assert pids[0] == pids[1] != pids[2], "the same connection was used again"
    told = translate(CONFUSED)
    assert (type(told), told.status, told.retry_after) == (StoreError, 503, 5)


@pytest.mark.fault
async def test_connections_that_are_cut_count_nothing_twice(
    server: PostgreSQL, database: str, catalog: Catalog,
    open_catalog: Callable[[], Awaitable[Catalog]],
) -> None:  # fmt: skip
    two = [catalog, await open_catalog()]
    await catalog.commit(insert, "count", "0")
    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1"
    connection = await asyncpg.connect(server.url())
    done = 0
    for _ in range(10):
        counting = [two[number % 2].commit(increment, "count") for number in range(30)]
        results = asyncio.gather(*counting, return_exceptions=True)
        await asyncio.sleep(0.005)
        await connection.fetch(cut, database)
        ended = await results
        assert {type(result) for result in ended} <= {int, StoreError}
        done += sum(isinstance(result, int) for result in ended)
    await connection.close()
    row = await catalog.point("SELECT value FROM settings WHERE name = 'count'")
    assert row is not None
    assert done <= int(row[0]) <= 300


async def test_nodes_that_start_at_once_on_an_empty_database_all_open(url: str) -> None:
    opened = await asyncio.gather(*(PostgreSQLCatalog.open(url) for _ in range(6)))
    assert await opened[0].fetch("SELECT count(*) FROM migrations")
    for catalog in opened:
        await catalog.close()


async def test_a_user_without_rights_over_tables_can_serve(
    server: PostgreSQL, database: str, catalog: Catalog
) -> None:
    del catalog  # it has made the tables
    role = f"{database}_reader"
    server.run(
        f"CREATE ROLE {role} LOGIN PASSWORD 'secret'",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}",
        database=database,
    )
    plain = server.url(database).replace(f"parchemin:{server.password}", f"{role}:secret")
    serving = await PostgreSQLCatalog.open(plain)
    assert await serving.commit(insert, "a", "1") == "a"
    await serving.close()
    server.run(f"DROP OWNED BY {role}", f"DROP ROLE {role}", database=database)


async def test_a_newer_database_is_refused(
    server: PostgreSQL, database: str, catalog: Catalog
) -> None:
    del catalog
    server.run("INSERT INTO migrations VALUES (9999, 'future', '', 0)", database=database)
    with pytest.raises(StoreError, match=r"newer than this version.*9999"):
        await PostgreSQLCatalog.open(server.url(database))


async def test_a_database_that_may_forget_is_refused(server: PostgreSQL, database: str) -> None:
    server.run(f"ALTER DATABASE {database} SET synchronous_commit = off")
    with pytest.raises(StoreError, match=r"synchronous_commit = off.*power cut"):
        await PostgreSQLCatalog.open(server.url(database))


@pytest.mark.parametrize(
    ("url", "error", "sentence"),
    [
        pytest.param("http://u:hidden@h/d", SettingsError, "no PostgreSQL address", id="scheme"),
        pytest.param("postgresql://u:hidden@h:p/d", SettingsError, "no Postgre", id="port"),
        pytest.param("postgresql://u:hidden@127.0.0.1:1/d", StoreError, "reached", id="nobody"),
        pytest.param("postgresql://u:hidden@127.0.0.1:{port}/d", StoreError, "refuses", id="user"),
    ],
)
async def test_a_wrong_address_is_told_without_its_password(
    server: PostgreSQL, url: str, error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence) as raised:
        await PostgreSQLCatalog.open(url.replace("{port}", str(server.port)))
    assert "hidden" not in str(raised.value)
