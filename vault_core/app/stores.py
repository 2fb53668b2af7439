"""The catalog and the blob store, as the settings name them."""

from __future__ import annotations

from pathlib import Path

from vault_core.api import BlobStore
from vault_core.errors import SettingsError
from vault_core.plugins import Plugins
from vault_core.settings import Settings
from vault_core.store.blobs.decorators import Limited, Retrying
from vault_core.store.blobs.proven import Proven
from vault_core.store.blobs.read_cache import ReadCache
from vault_core.store.catalog import Catalog
from vault_core.store.observed import Note, Observed
from vault_core.store.sqlite.catalog import SQLiteCatalog
from vault_core.store.sqlite.connection import BULK_LOG_PAGES, LOG_PAGES

NEAR = "local"
"""The blob store on this machine's own disk."""


def catalog_path(data_dir: Path, settings: Settings) -> Path:
    """Where the SQLite file of the catalog is."""
    return data_dir / settings.catalog.path  # an absolute one stays as it is


async def open_catalog(data_dir: Path, settings: Settings, *, bulk: bool = False) -> Catalog:
    """The catalog that the settings name; `bulk`: for megabytes at a time.

    Raises SettingsError, StoreError.
    """
    url = settings.catalog.url.get_secret_value()
    if not url:
        log_pages = BULK_LOG_PAGES if bulk else LOG_PAGES
        return await SQLiteCatalog.open(catalog_path(data_dir, settings), log_pages=log_pages)
    try:
        from vault_core.store.postgresql.catalog import PostgreSQLCatalog
    except ImportError:
        raise SettingsError(
            "catalog.url needs asyncpg: pip install 'parchemin[postgresql]'."
        ) from None
    return await PostgreSQLCatalog.open(url, connections=settings.catalog.connections)


def open_blob_store(
    plugins: Plugins, settings: Settings, data_dir: Path, note: Note | None = None
) -> BlobStore:
    """The blob store that the settings name; one that is far away is wrapped in patience.

    Raises SettingsError, StoreError.
    """
    rules = settings.storage
    store = _backend(plugins, settings, data_dir)
    if note is not None:
        store = Observed(store, note)
    if rules.backend == NEAR:
        return store
    store = Retrying(Limited(store, rules.at_once))
    if rules.read_back:
        store = Proven(store)
    if rules.cache_size:
        store = ReadCache(store, data_dir / rules.cache_path, rules.cache_size)
    return store


def _backend(plugins: Plugins, settings: Settings, data_dir: Path) -> BlobStore:
    backend = settings.storage.backend
    factory = plugins.blob_stores.get(backend)
    if factory is None:
        known = ", ".join(sorted(plugins.blob_stores)) or "none"
        raise SettingsError(
            f"storage.backend is '{backend}', which no enabled plugin brings (there is: {known})."
        )
    return factory(settings.storage.options(), str(data_dir))
