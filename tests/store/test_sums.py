"""Sums over everything: counted for whoever asks in a small institution, kept in a large one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.databases import PostgreSQL, postgresql
from tests.vault.workers import Clock, Worker, pieces, working
from vault_core.store import sums
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.store.sqlite.catalog import SQLiteCatalog

NOW = 1_800_000_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
async def worker(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Worker]:
    """One with ada and grace, and a document each."""
    if request.param == "sqlite":
        catalog = await SQLiteCatalog.open(tmp_path / "catalog.sqlite")
    else:
        database: PostgreSQL = request.getfixturevalue("server")
        catalog = await PostgreSQLCatalog.open(database.url(database.create()))
    async with working(catalog, MemoryBlobStore(), Clock()) as found:
        for name in ("ada", "grace"):
            vault, _ = await found.enrol(name)
            await vault.write(("a",), pieces(b"x" * 100))
        yield found


async def test_a_small_institution_is_counted_for_everybody_who_asks(worker: Worker) -> None:
    await sums.keep(worker.catalog, NOW)
    await worker.add("mary")
    found = await sums.of_institution(worker.catalog)
    assert (found.at, found.sums.persons, found.sums.vaults, found.sums.used) == (None, 3, 3, 200)
    assert (found.sums.never_opened, found.sums.unfinished) == (1, 0)
    meters = await sums.of_storage(worker.catalog)
    assert (meters.at, meters.sums.documents, meters.sums.inline) == (None, 2, 2)
    assert (meters.sums.orphans, meters.sums.lacking) == (0, 0)


async def test_a_large_one_from_time_to_time(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sums, "LIVE", 1)
    assert (await sums.of_institution(worker.catalog)).at is None, "nobody has counted yet"
    await sums.keep(worker.catalog, NOW)
    await worker.add("mary")
    for later in (0, sums.OF_INSTITUTION_MS - 1):
        await sums.keep(worker.catalog, NOW + later)
        found = await sums.of_institution(worker.catalog)
        assert (found.at, found.sums.persons) == (NOW, 2)
    await sums.keep(worker.catalog, NOW + sums.OF_INSTITUTION_MS)
    found = await sums.of_institution(worker.catalog)
    assert (found.at, found.sums.persons) == (NOW + sums.OF_INSTITUTION_MS, 3)
    meters = await sums.of_storage(worker.catalog)
    assert (meters.at, meters.sums.documents) == (NOW, 2), "those are counted once a day"


async def test_of_many_workers_one_counts(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sums, "LIVE", 1)
    counted = []
    fetch = worker.catalog.fetch

    async def counting(sql: str, parameters: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        counted.append(sql)
        return await fetch(sql, parameters)

    monkeypatch.setattr(worker.catalog, "fetch", counting)
    await asyncio.gather(*(sums.keep(worker.catalog, NOW) for _ in range(8)))
    whole = [sql for sql in counted if sql.startswith("SELECT (SELECT COUNT(*) FROM persons)")]
    assert len(whole) == 1


async def test_an_institution_that_shrinks_is_counted_anew(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as large:
        large.setattr(sums, "LIVE", 1)
        await sums.keep(worker.catalog, NOW)
    await worker.add("mary")
    found = await sums.of_institution(worker.catalog)
    assert (found.at, found.sums.persons) == (None, 3)
