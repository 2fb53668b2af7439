"""The composition root of copies: which catalog and store a backup reads and a restore writes."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from vault_core.api import BlobStore
from vault_core.app.institution import Institution
from vault_core.app.own_files import KEY_FILE
from vault_core.app.stores import catalog_path, open_blob_store, open_catalog
from vault_core.copies import custody, files, moving, restore, sqlite_copy
from vault_core.copies.backup import Backup, CopyCatalog, Made, Source
from vault_core.copies.blob_move import BlobMove
from vault_core.copies.catalogs import postgresql_source, rows_place, sqlite_place, sqlite_source
from vault_core.copies.index import SettingsPart
from vault_core.copies.ledger import Ledger
from vault_core.copies.moving import Move, Moved
from vault_core.copies.progress import Progress
from vault_core.copies.restore import Restored, Snapshot
from vault_core.copies.rows import Copying, remembered
from vault_core.crypto.keys import Opener, Recipient
from vault_core.entropy import Entropy
from vault_core.errors import SettingsError
from vault_core.plugins import installed, load_plugins
from vault_core.settings import FILE_NAME, Settings, load_settings
from vault_core.settings.load import override
from vault_core.store.catalog import Catalog
from vault_core.vault.upkeep.checking import Report
from vault_core.vault.upkeep.maintenance import Maintenance

LAST_BACKUP = "last-backup.json"
"""In the data directory: when the last backup was made, and where."""
ALLOWED = frozenset({FILE_NAME, KEY_FILE, restore.UNFINISHED, ".lock"})
"""What may be in a directory before an institution is restored into it."""


async def back_up(
    institution: Institution,
    to: Path,
    progress: Progress,
    recipients: Sequence[Recipient] = (),
    keep: int | None = None,
) -> Made:
    """Make a backup of the opened institution; it may be served meanwhile, by any process."""
    clock, random = institution.vaults.services.clock, institution.vaults.services.random
    settings = institution.settings
    source = Source(
        institution.catalog,
        _copy_catalog(institution.data_dir, settings),
        institution.blobs,
        SettingsPart(name=settings.institution.name, plugins=settings.plugins.enabled),
        _secrets(institution.data_dir),
    )
    made = await Backup(source, to, clock, random, progress).make(recipients, keep)
    last = {
        "made_at": made.index.made_at.isoformat(),
        "to": str(await asyncio.to_thread(to.resolve)),
    }
    files.write(institution.data_dir / LAST_BACKUP, json.dumps(last).encode())
    return made


def _copy_catalog(data_dir: Path, settings: Settings) -> CopyCatalog:
    url = settings.catalog.url.get_secret_value()
    return postgresql_source(url) if url else sqlite_source(catalog_path(data_dir, settings))


def _secrets(data_dir: Path) -> dict[str, str]:
    names = (KEY_FILE, FILE_NAME)
    return {
        name: (data_dir / name).read_text("utf-8") for name in names if (data_dir / name).exists()
    }


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a restore gave, and, if it was to be proved, what looking at all of it found."""

    restored: Restored
    has_key: bool
    report: Report | None


async def rebuild(
    snapshot: Snapshot,
    data_dir: Path,
    progress: Progress,
    *,
    opener: Opener | None = None,
    key_file: Path | None = None,
    settings_text: str = "",
    prove: bool = False,
) -> Rebuilt:
    """Rebuild the institution in `data_dir`, with its settings if they are there already.

    `settings_text` is written where neither the directory nor the backup has settings.
    """
    restore.claim(data_dir, snapshot, ALLOWED | _earlier(data_dir))
    with files.only_one(data_dir, f"Another restore works in '{data_dir}'."):
        _place_secrets(data_dir, snapshot, opener, key_file, settings_text)
        settings = load_settings(data_dir, os.environ)
        async with AsyncExitStack() as stack:
            blobs = open_blob_store(load_plugins(settings.plugins.enabled), settings, data_dir)
            stack.push_async_callback(blobs.close)
            place = sqlite_place(catalog_path(data_dir, settings))
            if settings.catalog.url.get_secret_value():
                target = await open_catalog(data_dir, settings)
                stack.push_async_callback(target.close)
                place = rows_place(target, progress)
            restored = await restore.rebuild(snapshot, data_dir, blobs, place, progress)
            report = None
            if prove:
                progress.begin("proof")
                report = await _prove(data_dir, settings, blobs, progress)
        restore.release(data_dir)
    (data_dir / ".lock").unlink(missing_ok=True)
    return Rebuilt(restored, (data_dir / KEY_FILE).exists(), report)


def _earlier(data_dir: Path) -> frozenset[str]:
    """An interrupted restore goes on beside whatever it made."""
    if (data_dir / restore.UNFINISHED).exists():
        return frozenset(path.name for path in data_dir.iterdir())
    return frozenset()


def _place_secrets(
    data_dir: Path,
    snapshot: Snapshot,
    opener: Opener | None,
    key_file: Path | None,
    settings_text: str,
) -> None:
    found: dict[str, str] = {}
    if opener is not None:
        found = restore.secrets(snapshot, opener)
    if key_file is not None:
        found[KEY_FILE] = key_file.read_text("utf-8")
    found.setdefault(FILE_NAME, settings_text)
    for name in (FILE_NAME, KEY_FILE):
        if name in found and not (data_dir / name).exists():
            files.write(data_dir / name, found[name].encode())


async def _prove(
    data_dir: Path, settings: Settings, blobs: BlobStore, progress: Progress
) -> Report:
    """Look at every page, every vault's tree and journal, every blob's header and size."""
    if not settings.catalog.url.get_secret_value():
        await asyncio.to_thread(sqlite_copy.check_sound, catalog_path(data_dir, settings))
    catalog = await open_catalog(data_dir, settings)
    try:
        maintenance = Maintenance(catalog, blobs, time.time)
        return await maintenance.check(progress=lambda _: progress.copied(0))
    finally:
        await catalog.close()


async def move(
    data_dir: Path,
    settings: Settings,
    to: Settings,
    progress: Progress,
    *,
    finish: bool = False,
) -> Moved:
    """Copy to where the settings `to` keep catalog and blobs, as far as that differs."""
    new_catalog = _catalog_place(data_dir, to) != _catalog_place(data_dir, settings)
    new_storage = to.storage != settings.storage
    if not new_catalog and not new_storage:
        raise SettingsError("Nothing is to be moved: name another catalog or another storage.")
    names: dict[str, object] = {
        "catalog": _kind(to) if new_catalog else "",
        "storage": to.storage.backend if new_storage else "",
    }
    with files.only_one(data_dir, "Another move of this institution is at work."):
        async with AsyncExitStack() as stack:
            source = await open_catalog(data_dir, settings)
            stack.push_async_callback(source.close)
            copying = blobs = None
            if new_catalog:
                target = await open_catalog(data_dir, to)
                stack.push_async_callback(target.close)
                copying = Copying(source, target, progress)
            if new_storage:
                blobs = await _blob_move(stack, data_dir, settings, to, source, progress)
            move = Move(source, copying, blobs, Entropy())
            await move.prepare(names, finish=finish)
            return await (move.finish(names) if finish else move.copy())


async def _blob_move(
    stack: AsyncExitStack,
    data_dir: Path,
    settings: Settings,
    to: Settings,
    catalog: Catalog,
    progress: Progress,
) -> BlobMove:
    plugins = load_plugins(settings.plugins.enabled)
    # Without the cache: what is read back must come from the store itself.
    plain = [override(one, "storage", {"cache_size": 0}) for one in (settings, to)]
    stores = [open_blob_store(plugins, one, data_dir) for one in plain]
    for store in stores:
        stack.push_async_callback(store.close)
    ledger = Ledger(data_dir / f"moving-to-{to.storage.backend}.sha256")
    stack.callback(ledger.close)
    return BlobMove(catalog, stores[0], stores[1], ledger, progress)


def _catalog_place(data_dir: Path, settings: Settings) -> str:
    return settings.catalog.url.get_secret_value() or str(catalog_path(data_dir, settings))


def _kind(settings: Settings) -> str:
    return "PostgreSQL" if settings.catalog.url.get_secret_value() else "SQLite"


async def cancel_move(data_dir: Path, settings: Settings) -> None:
    """Let the catalog that the settings name be changed again."""
    catalog = await open_catalog(data_dir, settings)
    try:
        await moving.cancel(catalog)
    finally:
        await catalog.close()


async def arrive(institution: Institution) -> None:
    """Before serving: end the freeze of a move of blobs that ended here.

    Raises SettingsError if the institution was moved elsewhere.
    """
    moved = await remembered(institution.catalog, "moved")
    if moved is None:
        return
    storage = institution.settings.storage.backend
    if moved["catalog"] or moved["storage"] != storage or not moved["done"]:
        where = " and ".join(str(name) for name in (moved["catalog"], moved["storage"]) if name)
        raise SettingsError(
            f"This institution is being moved to {where}: change [catalog] and [storage] in"
            " parchemin.toml as 'parchemin migrate --finish' said, or stay with"
            " 'parchemin migrate --cancel'."
        )
    await moving.cancel(institution.catalog)


def wrapping(texts: Sequence[str], passphrase: str | None) -> list[Recipient]:
    """Whom the institution's own files are encrypted to. Raises BadRequest."""
    return custody.recipients(texts, passphrase)


def plugins_for(snapshot: Snapshot) -> tuple[str, ...]:
    """The plugins that the backed-up institution had loaded. Raises SettingsError if one lacks."""
    missing = sorted(set(snapshot.index.settings.plugins) - set(installed()))
    if missing:
        raise SettingsError(
            f"The institution loads plugins that are not installed here: {', '.join(missing)}."
            " Install them, then run this again."
        )
    return snapshot.index.settings.plugins
