"""Every statement of every day is answered by an index, so that size does not matter.

`pytest -s tests/store/test_plans.py` says how many statements that are.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.bench.filling import fill
from tests.databases import PostgreSQL, postgresql
from tests.store.institution_day import lived
from tests.store.recording import Recording
from tests.vault.workers import KEY, Clock, Worker, content, pieces
from vault_core.crypto.sealed import ServerKeyring
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.store.postgresql.dialect import query
from vault_core.store.sqlite.catalog import SQLiteCatalog
from vault_core.vault.documents import space
from vault_core.vault.documents.ciphertext import CiphertextCache
from vault_core.vault.documents.opened import Limits, Services
from vault_core.vault.journal import journal
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.throttle import Throttle
from vault_core.vault.persons.person import Facts
from vault_core.vault.persons.register import Persons
from vault_core.vault.upkeep.maintenance import Maintenance, Retention
from vault_core.vault.vaults import Vaults

GIVEN = re.compile(r"SCAN (b|n|k|kinds|r|found|(\d+ )?CONSTANT ROWS?)")
"""What a recursive or an inner query has found so far, and parameters of the statement."""
ENOUGH = 1000
"""Rows from which on it matters how PostgreSQL finds them. It reads smaller tables from end to end,
and is right; which of those lack an index shows SQLite, which knows nothing of sizes."""


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


async def everyday(catalog: Recording) -> None:
    """Everything that persons, their clients, issuers and the hourly round do."""
    clock, blobs = Clock(), MemoryBlobStore()
    services = Services(
        catalog, blobs, CiphertextCache(), clock, os.urandom, Limits(inline=100, versions=1)
    )
    vaults = Vaults(services, AccessLog(catalog, clock), Throttle(catalog, clock))
    persons = Persons(catalog, ServerKeyring(KEY), clock, os.urandom, 10**6, "x25519")
    maintenance = Maintenance(catalog, blobs, clock)
    worker = Worker(catalog, blobs, vaults, persons, maintenance, clock)  # type: ignore[arg-type]
    added = await persons.add("ada", Facts("Ada", "LOVELACE", None, "070000001ZZ"))
    assert added.activation_code is not None
    first = await vaults.open_by_code("activation", "ada", added.activation_code)
    await keyslots.set_password(first, "correct horse battery")
    _, token = await keyslots.add_app_password(first, "device")
    await vaults.open_password("ada", "correct horse battery")
    await worker.deliver("ada")
    vault = await worker.open("ada", token)
    await vault.make_folder(("a",))
    await vault.make_folder(("a", "b"))
    for data in (b"1", b"22", b"3" * 1000, b"4"):
        await vault.write(("a", "n"), pieces(data))
    await vault.children(await vault.find(("a",)))
    await content(vault, await vault.find(("a", "n")))
    await vault.versions(("a", "n"))
    await vault.copy(("a", "n"), ("a", "c"), overwrite=False)
    await vault.move(("a", "c"), ("a", "b", "c"), overwrite=False)
    await vault.set_properties(("a",), {"{x}a": '<a xmlns="x"/>'})
    await vault.lock(
        ("a", "n"), token="urn:uuid:1", shared=False, infinite=False, owner="", seconds=100
    )
    await vault.refresh_lock("urn:uuid:1", ("a", "n"), 200)
    await vault.unlock("urn:uuid:1", ("a", "n"))
    await vault.delete(("a", "b"))
    await vault.trash()
    await space.reclaim(vault.opened, 1, vault.actor())
    await vaults.journal.flush()
    await journal.entries(catalog, vault.opened.id)
    clock.offset += 400 * 86_400
    await maintenance.expire(Retention())
    other = await worker.open("ada", token)
    await other.refresh()


async def test_postgresql_uses_indexes_only(server: PostgreSQL) -> None:
    """In a database with enough rows that it matters which index is taken."""
    database = server.create()
    inside = await PostgreSQLCatalog.open(server.url(database))
    recording = Recording(inside)
    await everyday(recording)
    await inside.close()
    assert len(recording.asked) > 40
    await _postgresql_plans(server, database, recording)


@pytest.fixture(scope="module")
def day(server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Recording]:
    """A database in which a whole institution lived for a day, and what it was asked."""
    database, data = server.create(), tmp_path_factory.mktemp("institution") / "data"
    with ThreadPoolExecutor(1) as thread:
        recording = thread.submit(asyncio.run, lived(data, server.url(database))).result()
    assert len(recording.asked) > 200
    return database, recording


async def test_a_whole_institution_uses_indexes_only_on_postgresql(
    server: PostgreSQL, day: tuple[str, Recording]
) -> None:
    await _postgresql_plans(server, *day)


async def _postgresql_plans(server: PostgreSQL, database: str, recording: Recording) -> None:
    assert [*fill(server, database, 3000, 60_000)]
    connection = await asyncpg.connect(server.url(database))
    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    slow = {}
    large = await large_ones(connection)
    for sql in recording.asked:
        plan = await plan_of(connection, query(sql))
        faults = [name for name in faults_of(plan) if name in large]
        if faults and not exempt(sql):
            slow[sql] = faults
    await connection.close()
    excused = sum(map(exempt, recording.asked))
    print(f"\n{len(recording.asked)} statements, of which {excused} may read a whole table")
    assert not slow, "\n".join(f"{sql}: {faults}" for sql, faults in slow.items())


_SUMS = "beyond 20,000 persons one worker counts, in ten minutes or a day once (store/sums.py)"
_FEW = "an institution has a few of them"
_OPEN = "reads what waits for somebody's decision or is not delivered yet, and nothing else"
EXEMPT = {
    "DELETE FROM link_uses WHERE visit IN (SELECT lookup FROM link_visits WHERE expires_at <= ?)":
    "which plan is best depends on how many visits have ended; it runs once an hour",
    "SELECT (SELECT COUNT(*) FROM persons)": _SUMS,
    "SELECT COUNT(*) FROM nodes WHERE kind = 1 AND": _SUMS,
    "SELECT COUNT(*) FROM nodes WHERE trashed_at": _SUMS,
    "SELECT vault, id FROM nodes WHERE trashed_at <": "once an hour, through all that is deleted",
    "SELECT COUNT(*) FROM versions": _SUMS,
    "SELECT COUNT(*) FROM blobs b WHERE NOT EXISTS": _SUMS,
    "SELECT COUNT(*) FROM (SELECT blob FROM nodes": _SUMS,
    "SELECT COUNT(data), COALESCE": _SUMS,
    "SELECT COUNT(*) FROM persons p LEFT JOIN provisioned": "RFC 7644 asks for the total"
    " of pages by number; those by cursor have it in a small institution only",
    "SELECT p.id, p.username, p.sealed, p.created_at, v.recipient, v.quota, v.used,"
    " p.suspended_at, p.left_at, x.sealed FROM persons p": "RFC 7644 asks for pages by number",
    "SELECT issuer FROM issuer_keys ORDER BY": _FEW,
    "SELECT s.issuer, SUM(s.used)": _FEW,
    "SELECT id, issuer, label, lookup, writes, created_by, created_at, expires_at"
    " FROM issuer_tokens ORDER BY": _FEW,
    "SELECT id, issuer, label, public_key, writes, created_by, created_at, expires_at, revoked_at,"
    " used_at FROM request_keys ORDER BY": _FEW,
    "SELECT id, sealed, created_by, created_at FROM webhooks ORDER BY": _FEW,
    "SELECT 1 FROM webhooks LIMIT 1": _FEW,
    "SELECT id, kind, subject, at FROM events": "told and forgotten within seconds",
    "SELECT 1 FROM batches b JOIN batch_parts p": _OPEN,
    "SELECT id FROM batches WHERE ended_at IS NULL": _OPEN,
    "SELECT batch, line, verdict, sealed, state, created_at FROM reviews WHERE state = 'open'":
    _OPEN,
    "SELECT count(*) FROM reviews WHERE state = 'open'": _OPEN,
}  # fmt: skip
"""Statements that may read a whole table: how each begins, and why it may."""


def exempt(sql: str) -> bool:
    """Whether it may read a whole table."""
    return any(sql.startswith(beginning) for beginning in EXEMPT)


async def large_ones(connection: Any) -> set[str]:
    """Names of the tables with ENOUGH rows, and of their indexes."""
    await connection.execute("ANALYZE")
    rows = await connection.fetch(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples >= $1 UNION"
        " SELECT i.relname FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
        " JOIN pg_class t ON t.oid = x.indrelid WHERE t.reltuples >= $1", ENOUGH,
    )  # fmt: skip
    return {row[0] for row in rows}


async def plan_of(connection: Any, sql: str) -> dict[str, Any]:
    """How PostgreSQL would run it, whatever the parameters."""
    count = len(set(re.findall(r"\$\d+", sql)))
    await connection.execute(f"PREPARE asked AS {sql}")
    nulls = f"({', '.join(['NULL'] * count)})" if count else ""
    rows = await connection.fetch(f"EXPLAIN (FORMAT JSON) EXECUTE asked{nulls}")
    await connection.execute("DEALLOCATE asked")
    plan: dict[str, Any] = json.loads(rows[0][0])[0]["Plan"]
    return plan


def faults_of(plan: dict[str, Any]) -> Iterator[str]:
    """Tables and indexes of which the plan reads all."""
    kind = plan["Node Type"]
    if kind == "Seq Scan":
        yield plan["Relation Name"]
    if "Index" in kind and "Scan" in kind and "Index Cond" not in plan:
        yield plan["Index Name"]
    for inner in plan.get("Plans", ()):
        yield from faults_of(inner)


async def test_sqlite_uses_indexes_only(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    inside = await SQLiteCatalog.open(path)
    recording = Recording(inside)
    await everyday(recording)
    await inside.close()
    _sqlite_plans(path, recording)


async def test_a_whole_institution_uses_indexes_only_on_sqlite(
    tmp_path: Path, day: tuple[str, Recording]
) -> None:
    path = tmp_path / "catalog.sqlite"
    await (await SQLiteCatalog.open(path)).close()
    _sqlite_plans(path, day[1])


def _sqlite_plans(path: Path, recording: Recording) -> None:
    connection = sqlite3.connect(path)
    slow = {}
    for sql in recording.asked:
        nulls = [None] * query(sql).count("$")
        asked = f"EXPLAIN QUERY PLAN {sql.removesuffix(' FOR UPDATE')}"  # as a unit runs it here
        steps = [row[3] for row in connection.execute(asked, nulls)]
        scans = [step for step in steps if step.startswith("SCAN") and not GIVEN.fullmatch(step)]
        if scans and not exempt(sql) and not first_of_an_order(sql, steps):
            slow[sql] = scans
    connection.close()
    assert not slow, "\n".join(f"{sql}: {faults}" for sql, faults in slow.items())


def first_of_an_order(sql: str, steps: list[str]) -> bool:
    """Whether it goes along an index from one end, as far as its LIMIT."""
    ends = re.search(r"ORDER BY [\w., ]+ LIMIT (\?|1)$", sql) and " JOIN " not in sql
    filtered = "WHERE" in sql and not steps[0].endswith(_PARTIAL)
    return bool(ends) and not filtered and len(steps) == 1 and " USING " in steps[0]


_PARTIAL = ("INDEX reviews_expire", "INDEX reviews_open")
"""Indexes that hold only what the condition of the statements about them wants."""
