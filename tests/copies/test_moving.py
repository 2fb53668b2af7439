"""A served institution moves to PostgreSQL and S3, killed on the way, and back again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random

import pytest

from tests.copies.commands import kill_when, run, start
from tests.databases import PostgreSQL, postgresql
from tests.faults.load import Worker, digest, fetch_all
from tests.processes import Account, deliver, opened, prepare, running
from tests.serving import Client
from tests.storage_backends.servers import S3_KEY, S3_SECRET, s3_server
from tests.vault.workers import pieces
from vault_core.copies import freezing, rows
from vault_core.copies.progress import Progress, silent
from vault_core.copies.rows import Copying
from vault_core.errors import StoreError
from vault_core.store import schema
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.store.sqlite.catalog import SQLiteCatalog

pytestmark = pytest.mark.fault
DOCUMENTS = 40
SIZES = (0, 300, 60_000, 70_000, 200_000)
BEFORE = "/dav/before"
PAUSE = 0.05
"""Seconds between two changes of one client: what is copied while they write comes to an end."""


@pytest.fixture(scope="module")
def database() -> Iterator[PostgreSQL]:
    """A PostgreSQL server."""
    with postgresql() as server:
        yield server


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The settings of a SeaweedFS that runs."""
    with s3_server(tmp_path_factory.mktemp("s3")) as url:
        yield {
            "PARCHEMIN_PLUGINS__ENABLED": "local,bac,s3",
            "PARCHEMIN_STORAGE__S3__BUCKET": "blobs",
            "PARCHEMIN_STORAGE__S3__ENDPOINT": url,
            "PARCHEMIN_STORAGE__S3__ACCESS_KEY_ID": S3_KEY,
            "PARCHEMIN_STORAGE__S3__SECRET_ACCESS_KEY": S3_SECRET,
        }


@pytest.fixture
def url(database: PostgreSQL) -> Iterator[str]:
    """The address of an empty database."""
    name = database.create()
    yield database.url(name)
    database.drop(name)


async def write_before(port: int, account: Account, count: int = DOCUMENTS) -> dict[str, str]:
    """Documents that are there before the move: name to SHA-256."""
    client, random, written = Client(port, account.authorization), Random(5), {}
    assert (await client.request("MKCOL", BEFORE)).status == 201
    for number in range(count):
        data = random.randbytes(SIZES[number % len(SIZES)])
        assert (await client.request("PUT", f"{BEFORE}/{number}", data)).status == 201
        written[str(number)] = digest(data)
    await client.close()
    return written


async def found(port: int, account: Account) -> dict[str, str]:
    client = Client(port, account.authorization)
    documents = await fetch_all(client, BEFORE)
    await client.close()
    return {name: digest(data) for name, data in documents.items()}


def move(data: Path, *words: str, env: Mapping[str, str], status: int = 0) -> dict[str, object]:
    told = run("migrate", "--data", data, *words, "--json", env=env, status=status)
    moved: dict[str, object] = json.loads(told)
    return moved


async def test_there_under_load_with_kills_and_back(
    tmp_path: Path, url: str, s3: dict[str, str]
) -> None:
    data, (ada,) = tmp_path / "data", prepare(tmp_path / "data", "ada", env=s3)
    env = {**s3, "PARCHEMIN_TO_CATALOG": url}
    with running(data, s3) as server:
        written = await write_before(server.port, ada)
        workers = [
            Worker(
                f"/dav/w{number}",
                ada.authorization,
                Random(number),
                failures_end_it=True,
                pause=PAUSE,
            )
            for number in range(3)
        ]
        for worker in workers:
            await worker.create(server.port)
        tasks = [asyncio.create_task(worker.work(server.port)) for worker in workers]
        words = ("migrate", "--data", data, "--to-storage", "s3")
        ledger = data / "moving-to-s3.sha256"
        killed = start(*words, env=env)
        await asyncio.to_thread(
            kill_when, killed, lambda: ledger.exists() and ledger.read_text().count("\n") > 2
        )
        copied = await asyncio.to_thread(move, data, "--to-storage", "s3", env=env)
        assert copied["lacking"] == []
        await still_writing(tasks, workers)
        killed = start(*words, "--finish", "--json", env=env)
        told = await asyncio.to_thread(
            kill_when, killed, lambda: any(task.done() for task in tasks)
        )
        if told is None:
            told = await asyncio.to_thread(run, *words, "--finish", "--json", env=env)
        assert json.loads(told)["left"] == 0
        await asyncio.gather(*tasks)
        for worker in workers:
            assert "being moved" in worker.ended_by, "nothing but the freeze may end the work"
        await readable_but_frozen(server.port, ada, written)
    again = await asyncio.to_thread(run, *words, "--finish", status=2, env=env)
    assert "was moved away already" in again, "it could overwrite what is served now"
    refused = run("serve", "--data", data, "--listen", "127.0.0.1:0", status=2, env=s3)
    assert "is being moved to PostgreSQL and s3" in refused
    assert sum(worker.acknowledged for worker in workers) > 0
    there = {**s3, "PARCHEMIN_CATALOG__URL": url, "PARCHEMIN_STORAGE__BACKEND": "s3"}
    await all_is_there(data, there, ada, written, workers)
    await and_back(data, there, s3, ada, written, workers)


async def still_writing(tasks: list[asyncio.Task[None]], workers: list[Worker]) -> None:
    """Copying disturbs nobody: each client's next change is acknowledged, too."""
    counts = [worker.acknowledged for worker in workers]
    async with asyncio.timeout(60):
        while any(worker.acknowledged == n for worker, n in zip(workers, counts, strict=True)):
            for task, worker in zip(tasks, workers, strict=True):
                assert not task.done(), worker.ended_by or task.exception()
            await asyncio.sleep(0.01)


async def readable_but_frozen(port: int, ada: Account, written: dict[str, str]) -> None:
    """Between the end of the copy and the start with new settings."""
    assert await found(port, ada) == written
    client = Client(port, ada.authorization)
    answer = await client.request("PUT", "/dav/late.txt", b"too late")
    assert answer.status == 503
    assert b"being moved" in answer.body
    await client.close()


async def all_is_there(
    data: Path,
    env: Mapping[str, str],
    ada: Account,
    written: dict[str, str],
    workers: list[Worker],
) -> None:
    """On a server with these settings: everything acknowledged, and new documents too."""
    with running(data, env) as server:
        assert await found(server.port, ada) == written
        for worker in workers:
            await worker.verify(server.port)
        client = Client(server.port, ada.authorization)
        answer = await client.request("PUT", "/dav/after.bin", b"x" * 90_000)
        assert answer.status in (201, 204)
        await client.close()
    report = json.loads(run("check", "--data", data, "--json", env=env))
    assert [one for one in report["problems"] if one["kind"] != "unreferenced"] == []


async def and_back(
    data: Path,
    there: Mapping[str, str],
    s3: Mapping[str, str],
    ada: Account,
    written: dict[str, str],
    workers: list[Worker],
) -> None:
    """To another SQLite file and another folder."""
    here = {**there, "PARCHEMIN_STORAGE__LOCAL__PATH": "blobs-2"}
    words = ("--to-catalog", "sqlite:catalog-2.sqlite3", "--to-storage", "local")
    move(data, *words, env=here)
    move(data, *words, "--finish", env=here)
    back = {
        **s3,
        "PARCHEMIN_STORAGE__LOCAL__PATH": "blobs-2",
        "PARCHEMIN_CATALOG__PATH": "catalog-2.sqlite3",
    }
    await all_is_there(data, back, ada, written, workers)


async def test_blobs_alone(tmp_path: Path, s3: dict[str, str]) -> None:
    data = tmp_path / "data"
    (ada,) = prepare(data, "ada", env=s3)
    env = {**s3, "PARCHEMIN_STORAGE__S3__PREFIX": "alone/"}
    with running(data, env) as server:
        written = await write_before(server.port, ada, 10)
    move(data, "--to-storage", "s3", env=env)
    move(data, "--to-storage", "s3", "--finish", env=env)
    refused = run("serve", "--data", data, "--listen", "127.0.0.1:0", status=2, env=env)
    assert "is being moved to s3" in refused
    await all_is_there(data, {**env, "PARCHEMIN_STORAGE__BACKEND": "s3"}, ada, written, [])


async def test_staying_after_all(tmp_path: Path, url: str) -> None:
    data = tmp_path / "data"
    (ada,) = prepare(data, "ada")
    env = {"PARCHEMIN_TO_CATALOG": url}
    move(data, "--finish", env=env)
    run("migrate", "--data", data, "--cancel")
    with running(data) as server:
        written = await write_before(server.port, ada, 2)
        assert await found(server.port, ada) == written


def test_another_institutions_database_is_left_alone(tmp_path: Path, url: str) -> None:
    prepare(tmp_path / "theirs", "eve", env={"PARCHEMIN_CATALOG__URL": url})
    prepare(tmp_path / "ours", "ada")
    env = {"PARCHEMIN_TO_CATALOG": url}
    told = run("migrate", "--data", tmp_path / "ours", env=env, status=2)
    assert "holds an institution already" in told
    assert url.split(":")[2].split("@")[0] not in told, "the password was shown"


REFUSED = {
    "nothing to move": ((), "Nothing is to be moved"),
    "the same place": (("--to-storage", "local"), "Nothing is to be moved"),
    "no such store": (("--to-storage", "ftp"), "no enabled plugin brings"),
    "no address": (("--to-catalog", "mysql://x"), "no PostgreSQL address"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    words, sentence = REFUSED[case]
    prepare(tmp_path / "data", "ada")
    told = run("migrate", "--data", tmp_path / "data", *words, status=2)
    assert sentence in told
    assert told.count("\n") == 1


async def test_a_backup_of_postgresql_restores_to_either(tmp_path: Path, url: str) -> None:
    data, env = tmp_path / "data", {"PARCHEMIN_CATALOG__URL": url}
    (ada,) = prepare(data, "ada", env=env)
    async with opened(data, env) as institution:
        await deliver(institution, "ada")
        vault = await institution.vaults.open_app_password("ada", ada.token)
        await vault.write(("x.bin",), pieces(b"y" * 100_000))
    run("backup", "--data", data, "--to", tmp_path / "kept", env=env)
    key = ("--key-file", data / "institution.key", "--prove", "--json")
    told = json.loads(run("restore", tmp_path / "kept", "--data", tmp_path / "file", *key))
    assert told["problems"] == []
    async with opened(tmp_path / "file") as institution:
        vault = await institution.vaults.open_app_password("ada", ada.token)
        assert (await vault.find(("x.bin",))).size == 100_000


async def test_a_backup_of_sqlite_restores_to_postgresql(tmp_path: Path, url: str) -> None:
    data, env = tmp_path / "data", {"PARCHEMIN_CATALOG__URL": url}
    (ada,) = prepare(data, "ada")
    async with opened(data) as institution:
        vault = await institution.vaults.open_app_password("ada", ada.token)
        await vault.write(("x.bin",), pieces(b"y" * 100_000))
    run("backup", "--data", data, "--to", tmp_path / "kept")
    words = ("restore", tmp_path / "kept", "--data", tmp_path / "rows", "--prove", "--json")
    told = json.loads(run(*words, "--key-file", data / "institution.key", env=env))
    assert told["problems"] == []
    async with opened(tmp_path / "rows", env) as institution:
        vault = await institution.vaults.open_app_password("ada", ada.token)
        assert (await vault.find(("x.bin",))).size == 100_000


def test_every_table_can_be_copied() -> None:
    assert len(schema.tables()) > 15
    for table in schema.tables():
        assert table.key, f"{table.name} has no primary key: rows cannot be told apart"
        assert set(table.key) <= set(table.columns)


async def test_rows_that_swap_a_unique_name(tmp_path: Path, url: str) -> None:
    """What changed between two passes would collide, if it were written row by row."""
    source = await SQLiteCatalog.open(tmp_path / "source")
    target = await PostgreSQLCatalog.open(url)
    copying = Copying(source, target, Progress(silent))
    await source.commit(_persons, [(b"1", "ada"), (b"2", "bob")])
    assert (await copying.reconcile()).written["persons"] == 2
    await source.commit(_persons, [(b"1", "bob"), (b"2", "ada"), (b"3", "eve")])
    changed = await copying.reconcile()
    assert (changed.written["persons"], changed.postponed) == (3, 0)
    assert (await copying.reconcile()).none
    await source.commit(_persons, [(b"2", "ada")])
    assert (await copying.reconcile()).removed["persons"] == 2
    rows_there = await target.fetch("SELECT id, username FROM persons")
    assert rows_there == [(b"2", "ada")]
    await source.close()
    await target.close()


def _persons(persons: list[tuple[bytes, str]]) -> rows.Unit[None]:
    yield "DELETE FROM persons", ()
    for id_, name in persons:
        yield (
            "INSERT INTO persons (id, username, sealed, created_at) VALUES (?, ?, ?, ?)",
            (id_, name, b"sealed", 1),
        )


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_a_frozen_catalog_can_be_read_and_thawed(
    tmp_path: Path, engine: str, request: pytest.FixtureRequest
) -> None:
    if engine == "sqlite":
        catalog: SQLiteCatalog | PostgreSQLCatalog = await SQLiteCatalog.open(tmp_path / "one")
    else:
        catalog = await PostgreSQLCatalog.open(request.getfixturevalue("url"))
    await catalog.commit(_persons, [(b"1", "ada")])
    for _ in range(2):
        await freezing.freeze(catalog)
    with pytest.raises(StoreError, match="being moved"):
        await catalog.commit(_persons, [(b"2", "bob")])
    assert await catalog.fetch("SELECT username FROM persons") == [("ada",)]
    await freezing.thaw(catalog)
    await catalog.commit(_persons, [(b"2", "bob")])
    assert await catalog.fetch("SELECT username FROM persons") == [("bob",)]
    await catalog.close()
