"""What the tests' institutions are stored in: SQLite and a directory, or PostgreSQL and S3.

PARCHEMIN_TESTS_STORES=cluster switches every shared fixture to a real PostgreSQL and a real
SeaweedFS, one of each for all processes of pytest; each data folder gets a database and a prefix of
its own.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from functools import cache
from pathlib import Path
from typing import Any

from storage_backends.local import LocalBlobStore
from tests import once
from tests.databases import PostgreSQL, postgresql
from tests.storage_backends.servers import S3_KEY, S3_SECRET, s3_server
from vault_core.api import BlobStore, Clock
from vault_core.store.catalog import Catalog
from vault_core.store.sqlite.catalog import SQLiteCatalog

CLUSTER = os.environ.get("PARCHEMIN_TESTS_STORES") == "cluster"
PLUGINS = "PARCHEMIN_PLUGINS__ENABLED"
SHARED = "PARCHEMIN_TESTS_SERVERS"
"""Names the servers that pytest's first process has started, for those that work for it."""
ROOM = 6 << 30
"""Bytes that folders and a database in memory may need."""

_running = ExitStack()
_databases: dict[Path, str] = {}


def environment(data: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """`env` (variables of settings) with where the institution in `data` keeps things."""
    _is_run_on_both()
    env = dict(env or {})
    if not CLUSTER:
        return env
    return {
        "PARCHEMIN_CATALOG__URL": database_url(data),
        "PARCHEMIN_CATALOG__CONNECTIONS": "4",
        "PARCHEMIN_STORAGE__BACKEND": "s3",
        **{f"PARCHEMIN_STORAGE__S3__{name.upper()}": text for name, text in _s3(data).items()},
        **env,
        PLUGINS: f"{env.get(PLUGINS, 'local,bac')},s3",
    }


async def open_catalog(data: Path, clock: Clock) -> Catalog:
    """The catalog of the folder, without settings."""
    _is_run_on_both()
    if CLUSTER:
        from vault_core.store.postgresql.catalog import PostgreSQLCatalog

        return await PostgreSQLCatalog.open(database_url(data), connections=4, clock=clock)
    return await SQLiteCatalog.open(data / "catalog.sqlite", clock=clock)


def open_blobs(data: Path) -> BlobStore:
    """The blob store of the folder, without settings."""
    _is_run_on_both()
    if CLUSTER:
        from storage_backends.s3_store import S3BlobStore, connect

        return S3BlobStore(connect(**_s3(data)))
    return LocalBlobStore(data / "blobs")


def _is_run_on_both() -> None:
    """A test of which the list says that it touches no store touches none."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "")
    assert once.reason(test) != once.NO_STORE, f"{test} touches a store: see tests/once.py"


def database_url(data: Path) -> str:
    """The database that belongs to a folder, with every table; made at its first use."""
    server, template = _postgresql()
    place = data.resolve()
    if place not in _databases:
        _databases[place] = server.create(template, _database(place))
    return server.url(_databases[place])


def _database(place: Path) -> str:
    """What a folder's database is called, in every process."""
    return f"t{hashlib.sha256(str(place).encode()).hexdigest()[:24]}"


def forget(folder: Path) -> None:
    """Drop the databases of what was under a folder."""
    for place in [place for place in _databases if place.is_relative_to(folder.resolve())]:
        _postgresql()[0].drop(_databases.pop(place))


def rows(data: Path, sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    """What a statement gives in the catalog of the folder, asked beside whoever serves it."""
    if CLUSTER:
        return [tuple(row) for row in _asked(data, sql, parameters)]
    with closing(sqlite3.connect(data / "catalog.sqlite3")) as database, database:
        return database.execute(sql, parameters).fetchall()


def tables(data: Path) -> list[str]:
    """The names of the catalog's tables."""
    known = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if CLUSTER:
        known = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return [name for (name,) in rows(data, known)]


def copy(data: Path, to: Path) -> None:
    """Make `to` a copy of the institution in `data`, which nobody has open, whatever was there."""
    shutil.rmtree(to, ignore_errors=True)
    shutil.copytree(data, to)
    if not CLUSTER:
        return
    import obstore

    from storage_backends.s3_store import connect

    forget(to)
    place = to.resolve()
    _databases[place] = _postgresql()[0].create(_databases[data.resolve()], _database(place))
    client = connect(**_s3(to))
    obstore.delete(client, [key for key, _ in objects(to)])
    for key, blob in objects(data):
        obstore.put(client, key, blob)


def settled(data: Path) -> None:
    """Wait until the catalog has ended what killed processes had sent it: PostgreSQL does not die
    with its clients. SQLite does, so there is nothing to wait for."""
    running = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND backend_type = 'client backend' AND pid <> pg_backend_pid() AND state <> 'idle'"
    )
    deadline = time.monotonic() + 60
    while CLUSTER and rows(data, running) != [(0,)]:
        assert time.monotonic() < deadline, "a statement does not end"
        time.sleep(0.02)


def stored(data: Path) -> dict[str, bytes]:
    """All that is stored of the institution, by where: every file of its folder (its path among
    the bytes), and what lies elsewhere: every row of PostgreSQL, every object in S3.
    """
    found = {
        str(path.relative_to(data)): str(path.relative_to(data)).encode() + path.read_bytes()
        for path in data.rglob("*")
        if path.is_file()
    }
    if CLUSTER:
        found |= {f"catalog/{table}": _bytes(data, table) for table in tables(data)}
        found |= {f"blobs/{key}": key.encode() + blob for key, blob in objects(data)}
    return found


def objects(data: Path) -> list[tuple[str, bytes]]:
    """Every object that S3 has of the folder's institution."""
    import obstore

    from storage_backends.s3_store import connect

    client = connect(**_s3(data))
    keys = [meta["path"] for batch in obstore.list(client) for meta in batch]
    return [(key, bytes(obstore.get(client, key).bytes())) for key in keys]


def _bytes(data: Path, table: str) -> bytes:
    """All values of a table, one after the other."""
    values = [value for row in rows(data, f"SELECT * FROM {table}") for value in row]
    return b"\n".join(v if isinstance(v, bytes) else str(v).encode() for v in values)


def _asked(data: Path, sql: str, parameters: Sequence[Any]) -> list[Any]:
    from vault_core.store.postgresql.dialect import query

    server, _ = _postgresql()
    database_url(data)
    # As SQLite asks it from outside, and as a damaged disk does: no foreign key is looked at.
    unchecked = "SET session_replication_role = replica"
    return server.run(unchecked, (query(sql), parameters), database=_databases[data.resolve()])


def share() -> None:
    """Start the servers now, for this process and those that it starts (xdist's workers)."""
    if not CLUSTER or SHARED in os.environ:
        return
    server, template = _postgresql()
    shared = {
        "folder": str(server.folder), "port": server.port, "password": server.password,
        "template": template, "s3": _endpoint(),
    }  # fmt: skip
    os.environ[SHARED] = json.dumps(shared)


def stop() -> None:
    """Stop the servers that this process started."""
    _running.close()
    _postgresql.cache_clear()
    _endpoint.cache_clear()


@cache
def _postgresql() -> tuple[PostgreSQL, str]:
    """The server, and the name of a database that has only been migrated."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from vault_core.store.postgresql.catalog import PostgreSQLCatalog

    if SHARED in os.environ:
        shared = json.loads(os.environ[SHARED])
        known = PostgreSQL(Path(shared["folder"]), shared["port"], shared["password"])
        return known, shared["template"]
    # What connects here are thousands of institutions, each for one test: tests/store and
    # tests/cluster are about connecting. Nobody else on this machine gets in by md5 either.
    server = _running.enter_context(
        postgresql(fast(), "md5", max_connections="400", autovacuum="off")
    )
    template = server.create()

    async def migrate() -> None:
        await (await PostgreSQLCatalog.open(server.url(template))).close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrate()).result()
    return server, template


@cache
def _endpoint() -> str:
    if SHARED in os.environ:
        return str(json.loads(os.environ[SHARED])["s3"])
    return _running.enter_context(s3_server(_folder()))


def fast() -> Path | None:
    """Where Linux keeps files in memory, if the machine has plenty of both."""
    memory = Path("/dev/shm")
    try:
        if os.statvfs(memory).f_flag & os.ST_NOEXEC:  # tests install programs, and run them
            return None
        pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return memory if min(pages // 2, shutil.disk_usage(memory).free) > ROOM else None
    except (OSError, ValueError):
        return None


def _folder() -> Path:
    return Path(_running.enter_context(tempfile.TemporaryDirectory(prefix="parchemin-tests-")))


def _s3(data: Path) -> dict[str, str]:
    return {
        "bucket": "blobs",
        "prefix": str(data.resolve()).strip("/"),
        "endpoint": _endpoint(),
        "access_key_id": S3_KEY,
        "secret_access_key": S3_SECRET,
    }
