"""The SQLite catalog keeps to the contract, and meets a failing disk with clear errors."""

from __future__ import annotations

import asyncio
import os
import random
import re
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.requirements import missing, need
from vault_core.errors import Conflict, StoreError, StoreFull
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.sqlite.catalog import SQLiteCatalog
from vault_core.store.sqlite.connection import CHECKPOINT
from vault_core.testing.catalog import CatalogContract, insert


@pytest.fixture
async def open_catalog(tmp_path: Path) -> AsyncIterator[Callable[[], Awaitable[Catalog]]]:
    opened: list[SQLiteCatalog] = []

    async def open_one() -> Catalog:
        opened.append(await SQLiteCatalog.open(tmp_path / "catalog.db"))
        return opened[-1]

    yield open_one
    for catalog in opened:
        await catalog.close()


class TestSQLiteCatalog(CatalogContract):
    """Every sentence of the `Catalog` protocol."""


def fill(name: str, size: int) -> Unit[None]:
    yield "INSERT INTO settings (name, value) VALUES (?, ?)", (name, "x" * size)


def orphan_slot() -> Unit[None]:
    yield (
        "INSERT INTO slots (id, vault, kind, parameters, wrapped, sealed, created_at)"
        " VALUES (?, ?, '', '', ?, ?, 0)",
        (b"1", b"no such vault", b"", b""),
    )


async def test_the_files_are_readable_by_their_owner_only(tmp_path: Path) -> None:
    catalog = await SQLiteCatalog.open(tmp_path / "catalog.db")
    await catalog.commit(insert, "a", "1")
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    await catalog.close()
    assert set(modes.values()) == {0o600}
    assert "catalog.db-wal" in modes


async def test_foreign_keys_are_enforced_and_are_no_conflict(tmp_path: Path) -> None:
    catalog = await SQLiteCatalog.open(tmp_path / "catalog.db")
    with pytest.raises(StoreError, match="FOREIGNKEY"):
        await catalog.commit(orphan_slot)
    await catalog.close()


async def test_fetch_and_point_cannot_write(tmp_path: Path) -> None:
    catalog = await SQLiteCatalog.open(tmp_path / "catalog.db", readers=2)
    for read in (catalog.fetch, catalog.fetch, catalog.point):
        with pytest.raises(StoreError):
            await read("DELETE FROM settings RETURNING name")
    await catalog.close()


async def test_reading_goes_on_while_another_connection_writes(tmp_path: Path) -> None:
    catalog = await SQLiteCatalog.open(tmp_path / "catalog.db")
    await catalog.commit(insert, "a", "1")
    other = sqlite3.connect(tmp_path / "catalog.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE settings SET value = '2'")
    sql = "SELECT value FROM settings WHERE name = ?"
    assert await catalog.point(sql, ("a",)) == ("1",)
    commit = asyncio.ensure_future(catalog.commit(insert, "b", "1"))
    await asyncio.sleep(0.05)
    assert not commit.done()
    other.execute("COMMIT")
    other.close()
    assert await commit == "b"
    assert await catalog.point(sql, ("a",)) == ("2",)
    await catalog.close()


async def test_what_is_deleted_leaves_no_trace_in_the_file(tmp_path: Path) -> None:
    secret = os.urandom(3000).hex()
    catalog = await SQLiteCatalog.open(tmp_path / "catalog.db")
    await catalog.commit(insert, "slot", secret)

    def forget() -> Unit[None]:
        yield "DELETE FROM settings WHERE name = 'slot'", ()

    await catalog.commit(forget)
    await catalog.close()
    assert secret[100:164].encode() not in (tmp_path / "catalog.db").read_bytes()
    assert not (tmp_path / "catalog.db-wal").exists()


async def test_the_log_is_written_back_between_two_commits(tmp_path: Path) -> None:
    catalog = await SQLiteCatalog.open(tmp_path / "catalog.db", log_pages=0)  # no commit does it
    for start in range(0, 8 * CHECKPOINT, 100):
        names = [f"{number:05}" for number in range(start, start + 100)]
        await asyncio.gather(*(catalog.commit(fill, name, 3000) for name in names))
    pages = (tmp_path / "catalog.db-wal").stat().st_size // 4096
    await catalog.close()
    assert pages < 3 * CHECKPOINT
    assert not (tmp_path / "catalog.db-wal").exists()


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_bytes(b"PDF" * 4096)
    with pytest.raises(StoreError, match=r"not a database.*SQLITE_NOTADB"):
        await SQLiteCatalog.open(tmp_path / "catalog.db")


async def test_a_schema_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    catalog = await SQLiteCatalog.open(path)
    await catalog.close()
    data = bytearray(path.read_bytes())
    place = data.index(b"CREATE TABLE settings")
    data[place - 8] ^= 0x80  # in the table's name, which SQLite's message quotes
    path.write_bytes(data)
    with pytest.raises(StoreError, match=r"damaged.*SQLITE_CORRUPT"):
        await SQLiteCatalog.open(path)


async def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere.*No such file"):
        await SQLiteCatalog.open(tmp_path / "nowhere" / "catalog.db")


@pytest.mark.fault
async def test_a_damaged_page_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    catalog = await SQLiteCatalog.open(path)
    await asyncio.gather(*(catalog.commit(fill, f"{n:04}", 500) for n in range(800)))
    await catalog.close()
    data = bytearray(path.read_bytes())
    leaves = [page for page in range(0, len(data), 4096) if b"x" * 400 in data[page : page + 4096]]
    for page in leaves[len(leaves) // 2 :]:
        data[page : page + 64] = random.Random(page).randbytes(64)
    path.write_bytes(data)
    damaged = await SQLiteCatalog.open(path)
    with pytest.raises(StoreError, match=r"damaged.*backup.*SQLITE_CORRUPT"):
        await damaged.fetch("SELECT * FROM settings")
    assert await damaged.fetch("SELECT count(*) FROM migrations")
    await damaged.close()


@pytest.mark.fault
async def test_a_full_disk_acknowledges_nothing_and_harms_no_other_unit(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", folder], capture_output=True, check=False
    )
    if mounted.returncode:
        missing("mounting a small tmpfs needs root")
    try:
        catalog = await SQLiteCatalog.open(folder / "catalog.db")
        results = await asyncio.gather(
            catalog.commit(insert, "before", "1"),
            catalog.commit(fill, "huge", 8_000_000),
            catalog.commit(insert, "after", "1"),
            return_exceptions=True,
        )
        assert isinstance(results[1], StoreFull)
        assert [results[0], results[2]] == ["before", "after"]
        assert await catalog.fetch("SELECT name FROM settings ORDER BY 1") == [
            ("after",),
            ("before",),
        ]
        await catalog.close()
    finally:
        subprocess.run(["umount", folder], check=True)


_WRITE_TO_THE_LIMIT = """
import asyncio, resource, sys
from vault_core.errors import StoreError
from vault_core.store.sqlite.catalog import SQLiteCatalog
from vault_core.testing.catalog import insert

async def main():
    catalog = await SQLiteCatalog.open(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20))
    stored = 0
    try:
        while stored < 1000:
            await catalog.commit(insert, f"{stored:04}", "x" * 20_000)
            stored += 1
    except StoreError as error:
        print(stored, error)
    assert (await catalog.point("SELECT count(*) FROM settings"))[0] == stored
    await catalog.close()

asyncio.run(main())
"""


@pytest.mark.fault
async def test_a_failing_write_keeps_exactly_what_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    done = subprocess.run(
        [sys.executable, "-c", _WRITE_TO_THE_LIMIT, path],
        capture_output=True,
        text=True,
        check=True,
    )
    stored, sentence = done.stdout.split(" ", 1)
    assert 0 < int(stored) < 1000
    assert re.search("disk (failed|is full)", sentence)
    catalog = await SQLiteCatalog.open(path)
    assert await catalog.fetch("SELECT count(*) FROM settings") == [(int(stored),)]
    await catalog.close()


_COMMIT_ONCE = """
import asyncio, os, sys
from vault_core.store.sqlite.catalog import SQLiteCatalog
from vault_core.testing.catalog import insert

async def main():
    catalog = await SQLiteCatalog.open(sys.argv[1])
    for name in ("first", "second"):
        os.write(2, f"begin {name}\\n".encode())
        await catalog.commit(insert, name, "x")
        os.write(2, f"acknowledged {name}\\n".encode())
    await catalog.close()

asyncio.run(main())
"""


async def test_the_log_is_synced_before_a_commit_is_acknowledged(tmp_path: Path) -> None:
    subprocess.run(
        [need("strace"), "-f", "-y", "-e", "trace=fsync,fdatasync,write",
         "-o", tmp_path / "trace", sys.executable, "-c", _COMMIT_ONCE, tmp_path / "catalog.db"],
        capture_output=True, check=True,
    )  # fmt: skip
    trace = (tmp_path / "trace").read_text()
    for name in ("first", "second"):
        between = trace.split(f"begin {name}")[1].split(f"acknowledged {name}")[0]
        assert re.search(r"f(data)?sync\(\d+<[^>]*catalog\.db-wal>", between), between


async def _insert_from_process(path: Path, process: int) -> tuple[int, int]:
    code = (
        "import asyncio, sys\n"
        "from vault_core.errors import Conflict\n"
        "from vault_core.store.sqlite.catalog import SQLiteCatalog\n"
        "from vault_core.testing.catalog import insert\n"
        "async def one(catalog, n):\n"
        "    try:\n"
        "        await catalog.commit(insert, f'{n:03}', sys.argv[2])\n"
        "        return 1\n"
        "    except Conflict:\n"
        "        return 0\n"
        "async def main():\n"
        "    catalog = await SQLiteCatalog.open(sys.argv[1])\n"
        "    print(sum(await asyncio.gather(*(one(catalog, n) for n in range(200)))))\n"
        "    await catalog.close()\n"
        "asyncio.run(main())\n"
    )
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, path, str(process), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await child.communicate()
    return child.returncode or 0, int(output)


async def test_four_processes_open_a_new_file_at_once_and_write_to_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.db"
    ended = await asyncio.gather(*(_insert_from_process(path, number) for number in range(4)))
    assert [code for code, _ in ended] == [0, 0, 0, 0]
    assert sum(won for _, won in ended) == 200
    catalog = await SQLiteCatalog.open(path)
    assert len(await catalog.fetch("SELECT name FROM settings")) == 200
    with pytest.raises(Conflict):
        await catalog.commit(insert, "000", "x")
    await catalog.close()
