"""How size matters: latencies over a filled PostgreSQL catalog beside an empty one.

    python -m tests.bench.scale --persons 1000000 --nodes 20000000 --cluster /var/tmp/filled

fills a database (once for each `--cluster`, which then holds some 20 GB), serves it and an empty
one, and sends every request to both in turn, so that a slow moment of the machine hits both. It
tells which statements each kind of request asked PostgreSQL, and what they took.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import asyncpg

from tests.bench.filling import fill
from tests.databases import PostgreSQL
from tests.processes import Account, Server, account, deliver, opened, prepare
from tests.serving import Client
from tests.storage_backends.servers import free_ports
from tests.store.institution_day import lived
from tests.store.recording import Recording
from tests.store.test_plans import everyday, exempt, faults_of, large_ones, plan_of
from vault_core.app.institution import Institution
from vault_core.app.own_files import KEY_FILE
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.store.postgresql.dialect import query

FILLED = "filled"
PERSONS, FOLDERS, DOCUMENTS = 200, 2, 5
"""Persons who are really asked for, folders of each, and documents in each folder."""
BODY = os.urandom(4096)
LISTING = (
    b'<D:propfind xmlns:D="DAV:"><D:prop><D:getetag/><D:getcontentlength/></D:prop></D:propfind>'
)


@dataclass
class Side:
    """One of the two institutions."""

    server: Server
    institution: Institution
    accounts: list[Account]
    clients: dict[str, Client] = field(default_factory=dict)
    times: dict[str, list[float]] = field(default_factory=dict)

    def client(self, person: Account) -> Client:
        """The person's connection."""
        found = self.clients.get(person.username)
        if found is None:
            found = Client(self.server.port, person.authorization)
            self.clients[person.username] = found
        return found


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--persons", type=int, default=100_000)
    parser.add_argument("--nodes", type=int, default=2_000_000)
    parser.add_argument("--cluster", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=400)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parchemin-scale-")))
        database = stack.enter_context(_cluster(arguments))
        places = {"empty": folder / "empty", FILLED: arguments.cluster / "institution"}
        asyncio.run(_latencies(database, places, arguments.rounds))
        asyncio.run(_plans(database))


class _cluster:  # noqa: N801 - a context manager
    """The cluster in a folder, filled if it is not yet."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._arguments = arguments
        folder: Path = arguments.cluster
        rules = {"max_wal_size": "8GB", "shared_buffers": "1GB", **WATCHING}
        port = free_ports(1)[0]
        self.database = PostgreSQL(folder / "postgresql", port, "bench", settings=rules)

    def __enter__(self) -> PostgreSQL:
        new = not self.database.folder.exists()
        if new:
            self._arguments.cluster.mkdir(parents=True)
            self._arguments.cluster.chmod(0o711)
            self.database.make()
        self.database.start()
        if new:
            self._fill()
        self.database.run("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        rows = self.database.run(
            "SELECT relname, reltuples::bigint FROM pg_class WHERE relname IN"
            " ('persons', 'slots', 'nodes', 'blobs') ORDER BY 1", database=FILLED,
        )  # fmt: skip
        size = self.database.run(f"SELECT pg_size_pretty(pg_database_size('{FILLED}'))")[0][0]
        print("filled:", ", ".join(f"{name} {count:,}" for name, count in rows), size)
        return self.database

    def _fill(self) -> None:
        self.database.run(f"CREATE DATABASE {FILLED} TEMPLATE template0")

        async def migrate() -> None:
            await (await PostgreSQLCatalog.open(self.database.url(FILLED))).close()

        asyncio.run(migrate())
        for line in fill(self.database, FILLED, self._arguments.persons, self._arguments.nodes):
            print(line, flush=True)

    def __exit__(self, *_: object) -> None:
        self.database.stop(signal.SIGINT)


async def _latencies(database: PostgreSQL, places: dict[str, Path], rounds: int) -> None:
    names = {"empty": database.create(), FILLED: FILLED}
    chance = random.Random(1)
    async with AsyncExitStack() as stack:
        sides = {
            side: await _side(stack, places[side], database.url(name))
            for side, name in names.items()
        }
        for what, operation in OPERATIONS.items():
            asked = [chance.randrange(PERSONS) for _ in range(rounds)]
            if operation is _sign_in:
                asked = list(range(PERSONS))  # each of them once
            else:
                for number in asked[:WARMING]:
                    await _both(sides, "", number, operation)
            await asyncio.to_thread(database.run, "SELECT pg_stat_statements_reset()")
            for number in asked:
                await _both(sides, what, number, operation)
            _print_statements(database, what, names, len(asked))
    _print(sides)


async def _side(stack: AsyncExitStack, data: Path, url: str) -> Side:
    """An institution in `data`, made if there is none, with new persons whose vaults are closed."""
    env = {"PARCHEMIN_CATALOG__URL": url}
    if not (data / KEY_FILE).exists():
        await asyncio.to_thread(prepare, data, env=env)
    institution = await stack.enter_async_context(opened(data, env))
    run = int(time.time())
    people = [await account(institution, f"real.{run}.{n}") for n in range(PERSONS)]
    server = Server(data, env)
    await asyncio.to_thread(server.start)
    stack.callback(server.stop)
    side = Side(server, institution, people)
    await _furnish(side)
    await asyncio.to_thread(server.stop)  # so that every vault is closed again
    await asyncio.to_thread(server.start)
    side.clients.clear()
    return side


Operation = Callable[[Side, Account], Awaitable[None]]


async def _both(sides: dict[str, Side], what: str, number: int, operation: Operation) -> None:
    for side in random.sample(list(sides.values()), 2):
        began = time.perf_counter()
        await operation(side, side.accounts[number])
        side.times.setdefault(what, []).append(time.perf_counter() - began)


async def _furnish(side: Side) -> None:
    turns = asyncio.Semaphore(8)

    async def fill(person: Account) -> None:
        async with turns:
            client = side.client(person)
            for folder in range(FOLDERS):
                assert (await client.request("MKCOL", f"/dav/{folder}/")).status == 201
                for document in range(DOCUMENTS):
                    await _ok(client, "PUT", f"/dav/{folder}/{document}", BODY)

    await asyncio.gather(*map(fill, side.accounts))
    for client in side.clients.values():
        await client.close()


async def _ok(client: Client, method: str, path: str, body: bytes | None = None) -> None:
    answer = await client.request(method, path, body, Depth="1" if method == "PROPFIND" else "")
    assert answer.status in (200, 201, 204, 207), answer.body


async def _sign_in(side: Side, person: Account) -> None:
    await _ok(side.client(person), "OPTIONS", "/dav/")


async def _propfind(side: Side, person: Account) -> None:
    await _ok(side.client(person), "PROPFIND", f"/dav/{random.randrange(FOLDERS)}/", LISTING)


async def _get(side: Side, person: Account) -> None:
    path = f"/dav/{random.randrange(FOLDERS)}/{random.randrange(DOCUMENTS)}"
    await _ok(side.client(person), "GET", path)


async def _put(side: Side, person: Account) -> None:
    path = f"/dav/{random.randrange(FOLDERS)}/{random.randrange(DOCUMENTS)}"
    await _ok(side.client(person), "PUT", path, BODY)


async def _deliver(side: Side, person: Account) -> None:
    await deliver(side.institution, person.username, random.getrandbits(100))


OPERATIONS: dict[str, Operation] = {
    "sign-in (first request of a credential)": _sign_in,
    "PROPFIND of 5 documents": _propfind,
    "GET 4 KiB": _get,
    "PUT 4 KiB": _put,
    "delivery into a locked vault": _deliver,
}
WARMING = 100
"""Requests of a kind before those that count."""
WATCHING = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}
_ASKED = r"""
SELECT regexp_replace(query, '\s+', ' ', 'g'), d.datname, sum(calls),
  sum(total_plan_time) * 1000, sum(total_exec_time) * 1000,
  sum(shared_blks_hit), sum(shared_blks_read)
FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
WHERE d.datname IN ('{}', '{}') GROUP BY 1, 2"""


def _print_statements(
    database: PostgreSQL, what: str, names: dict[str, str], requests: int
) -> None:
    """Of each request: microseconds that planning and running its statements took, and blocks."""
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for sql, name, *figures in database.run(_ASKED.format(*names.values())):
        side = next(side for side, known in names.items() if known == name)
        found.setdefault(sql, {})[side] = tuple(float(figure) / requests for figure in figures)
    nothing = (0.0,) * 5
    print(f"\n{what}: a request's statements, empty | filled (calls, us planned + run, blocks)")
    rows = [(sql, [sides.get(side, nothing) for side in names]) for sql, sides in found.items()]
    for sql, figures in sorted(rows, key=lambda row: -row[1][1][2])[:8]:
        print("  " + " | ".join(_told(each) for each in figures), sql[:110])
    for number, side in enumerate(names):
        print(f"  {side}: {sum(f[number][1] + f[number][2] for _, f in rows):.0f} us in all")


def _told(figures: tuple[float, ...]) -> str:
    calls, planned, run, hit, read = figures
    return f"{calls:5.2f} {planned:5.0f} + {run:5.0f} {hit:5.1f} ({read:.1f} read)"


def _print(sides: dict[str, Side]) -> None:
    print("| ms | empty p50 | filled p50 | empty p99 | filled p99 |\n|---|---|---|---|---|")
    for what in OPERATIONS:
        times = sides["empty"].times[what]
        columns = []
        for point in (50, 99):
            for name in ("empty", FILLED):
                columns.append(_percentile(sides[name].times[what], point))
        print(f"| {what} (n = {len(times)}) |", " | ".join(f"{v:.2f}" for v in columns), "|")


def _percentile(times: list[float], point: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[point - 1] * 1000


async def _plans(database: PostgreSQL) -> None:
    """Say which statements the planner, left to itself, answers by reading a whole table.

    Tables that the filling leaves (nearly) empty do not count: reading them is right.
    """
    await (await PostgreSQLCatalog.open(database.url(FILLED))).close()
    catalog = await PostgreSQLCatalog.open(database.url(database.create()))
    recording = Recording(catalog)
    await everyday(recording)
    await catalog.close()
    with tempfile.TemporaryDirectory(prefix="parchemin-scale-") as folder:
        day = await lived(Path(folder) / "data", database.url(database.create()))
    recording.asked |= day.asked
    connection = await asyncpg.connect(database.url(FILLED))
    await connection.execute("SET plan_cache_mode = force_generic_plan")
    large = await large_ones(connection)
    slow = {}
    for sql in recording.asked:
        faults = [
            name for name in faults_of(await plan_of(connection, query(sql))) if name in large
        ]
        if faults:
            slow[sql] = faults
    print(f"{len(recording.asked)} statements of every day; not by an index: {len(slow)}")
    for sql, faults in slow.items():
        print(f"  {'(may) ' if exempt(sql) else ''}{sql}: {faults}")
    await connection.close()


if __name__ == "__main__":
    main()
