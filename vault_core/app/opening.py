"""Making an institution, and opening one that is there."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from vault_core.app.foundation import Foundation
from vault_core.app.institution import Institution
from vault_core.app.own_files import KEY_FILE, create_key, mark_of, read_key
from vault_core.app.sealing import sealing_of
from vault_core.app.stores import open_blob_store, open_catalog
from vault_core.crypto.sealed import ServerKeyring
from vault_core.entropy import Entropy
from vault_core.errors import Conflict
from vault_core.issuing.input.own_documents import with_own_documents
from vault_core.plugins import load_plugins
from vault_core.settings import Settings
from vault_core.store import belonging
from vault_core.store.observed import Failed, Note, ObservedCatalog


async def create_institution(data_dir: Path, settings: Settings) -> None:
    """Make the key and the catalog of a new installation. Raises Conflict if there is one."""
    try:
        create_key(data_dir)
    except FileExistsError:
        raise Conflict(f"There is an institution in '{data_dir}' already.") from None
    try:
        catalog = await open_catalog(data_dir, settings)
        try:
            await belonging.claim(catalog, mark_of(read_key(data_dir)))
        finally:
            await catalog.close()
    except Conflict:
        (data_dir / KEY_FILE).unlink()
        raise


@asynccontextmanager
async def open_institution(
    data_dir: Path,
    settings: Settings,
    note: Note | None = None,
    failed: Failed | None = None,
    *,
    bulk: bool = False,
) -> AsyncIterator[Institution]:
    """Open an installation; everything is closed, in order, at the end.

    `note` is told about every operation of the blob store, `failed` about failures of the catalog;
    `bulk` says that megabytes are stored at a time.

    Raises SettingsError if there is none, or a setting does not fit; PluginError; StoreError;
    Conflict if the catalog belongs to another institution.
    """
    key = read_key(data_dir)
    plugins = with_own_documents(load_plugins(settings.plugins.enabled))
    async with AsyncExitStack() as stack:
        catalog = await open_catalog(data_dir, settings, bulk=bulk)
        stack.push_async_callback(catalog.close)
        await belonging.claim(catalog, mark_of(key))
        if failed is not None:
            catalog = ObservedCatalog(catalog, failed)
        blobs = open_blob_store(plugins, settings, data_dir, note)
        stack.push_async_callback(blobs.close)
        clock, random = time.time, Entropy()
        sealing = sealing_of(data_dir, settings, clock, random)
        stack.callback(sealing.close)
        institution = Institution(
            Foundation(
                data_dir, settings, ServerKeyring(key), plugins, catalog, blobs, sealing, clock,
                random,
            )
        )  # fmt: skip
        stack.push_async_callback(institution.vaults.services.beginnings.close)
        stack.push_async_callback(institution.vaults.close)
        yield institution
