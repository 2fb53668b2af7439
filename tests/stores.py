"""What the tests' institutions are stored in: SQLite and a directory, or PostgreSQL and S3.

PARCHEMIN_TESTS_STORES=cluster switches every shared fixture to a real PostgreSQL and a real
SeaweedFS, started at their first use; each data folder gets a database and a prefix of its own.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from storage_backends.local import LocalBlobStore
from tests.databases import PostgreSQL, postgresql
from tests.storage_backends.servers import S3_KEY, S3_SECRET, s3_server
from vault_core.api import BlobStore, Clock
from vault_core.store.catalog import Catalog
from vault_core.store.sqlite import SQLiteCatalog

CLUSTER = os.environ.get("PARCHEMIN_TESTS_STORES") == "cluster"
PLUGINS = "PARCHEMIN_PLUGINS__ENABLED"

_running = ExitStack()
_databases: dict[Path, str] = {}


def environment(data: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """`env` (variables of settings) with where the institution in `data` keeps things."""
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
    if CLUSTER:
        from vault_core.store.postgresql import PostgreSQLCatalog

        return await PostgreSQLCatalog.open(database_url(data), connections=4, clock=clock)
    return await SQLiteCatalog.open(data / "catalog.sqlite", clock=clock)


def open_blobs(data: Path) -> BlobStore:
    """The blob store of the folder, without settings."""
    if CLUSTER:
        from storage_backends.s3_store import S3BlobStore, connect

        return S3BlobStore(connect(**_s3(data)))
    return LocalBlobStore(data / "blobs")


def database_url(data: Path) -> str:
    """The database that belongs to a folder, with every table; made at its first use."""
    server, template = _postgresql()
    place = data.resolve()
    if place not in _databases:
        _databases[place] = server.create(template)
    return server.url(_databases[place])


def forget(folder: Path) -> None:
    """Drop the databases of what was under a folder."""
    for place in [place for place in _databases if place.is_relative_to(folder.resolve())]:
        _postgresql()[0].drop(_databases.pop(place))


def stop() -> None:
    """Stop the servers."""
    _running.close()
    _postgresql.cache_clear()
    _endpoint.cache_clear()


@cache
def _postgresql() -> tuple[PostgreSQL, str]:
    """The server, and the name of a database that has only been migrated."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    from vault_core.store.postgresql import PostgreSQLCatalog

    server = _running.enter_context(postgresql())
    template = server.create()

    async def migrate() -> None:
        await (await PostgreSQLCatalog.open(server.url(template))).close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, migrate()).result()
    return server, template


@cache
def _endpoint() -> str:
    return _running.enter_context(s3_server(_folder()))


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
