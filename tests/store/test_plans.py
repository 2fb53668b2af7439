"""Every statement of every day is answered by an index, so that size does not matter."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.bench.filling import fill
from tests.databases import PostgreSQL, postgresql
from tests.store.recording import Recording
from tests.vault.workers import KEY, Clock, Worker, content, pieces
from vault_core.crypto.sealed import ServerKeyring
from vault_core.store.memory import MemoryBlobStore
from vault_core.store.postgresql import PostgreSQLCatalog
from vault_core.store.postgresql_dialect import query
from vault_core.store.sqlite import SQLiteCatalog
from vault_core.vault import journal, keyslots, space
from vault_core.vault.access import AccessLog
from vault_core.vault.ciphertext import CiphertextCache
from vault_core.vault.maintenance import Maintenance, Retention
from vault_core.vault.opened import Limits, Services
from vault_core.vault.persons import Facts, Persons
from vault_core.vault.throttle import Throttle
from vault_core.vault.vaults import Vaults

GIVEN = ("SCAN b", "SCAN n", "SCAN CONSTANT ROW")
"""What a recursive query has found so far, and rows that are parameters of the statement."""


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
    assert [*fill(server, database, 3000, 60_000)]
    connection = await asyncpg.connect(server.url(database))
    await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
    slow = {}
    for sql in recording.asked:
        faults = list(faults_of(await plan_of(connection, query(sql))))
        if faults and sql not in EXEMPT:
            slow[sql] = faults
    await connection.close()
    assert not slow, "\n".join(f"{sql}: {faults}" for sql, faults in slow.items())


EXEMPT = {
    "DELETE FROM link_uses WHERE visit IN (SELECT lookup FROM link_visits WHERE expires_at <= ?)":
    "which plan is best depends on how many visits have ended; it runs once an hour",
}  # fmt: skip


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
    """Parts of the plan that read a whole table or a whole index."""
    kind = plan["Node Type"]
    if kind == "Seq Scan":
        yield f"all of {plan['Relation Name']}"
    if "Index" in kind and "Scan" in kind and "Index Cond" not in plan:
        yield f"all of {plan['Index Name']}"
    for inner in plan.get("Plans", ()):
        yield from faults_of(inner)


async def test_sqlite_uses_indexes_only(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    inside = await SQLiteCatalog.open(path)
    recording = Recording(inside)
    await everyday(recording)
    await inside.close()
    connection = sqlite3.connect(path)
    slow = {}
    for sql in recording.asked:
        nulls = [None] * query(sql).count("$")
        asked = f"EXPLAIN QUERY PLAN {sql.removesuffix(' FOR UPDATE')}"  # as a unit runs it here
        steps = [row[3] for row in connection.execute(asked, nulls)]
        scans = [step for step in steps if step.startswith("SCAN") and step not in GIVEN]
        if scans:
            slow[sql] = scans
    connection.close()
    assert not slow, "\n".join(f"{sql}: {faults}" for sql, faults in slow.items())
