"""The composition root of copies: which catalog and store a backup reads and a restore writes."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from vault_core.api import BlobStore
from vault_core.app import KEY_FILE, Institution, catalog_path, open_blob_store
from vault_core.copies import custody, files, restore, sqlite_copy
from vault_core.copies.backup import Backup, Made, Source, sqlite_source
from vault_core.copies.index import SettingsPart
from vault_core.copies.progress import Progress
from vault_core.copies.restore import Restored, Snapshot
from vault_core.crypto.keys import Opener, Recipient
from vault_core.errors import SettingsError
from vault_core.plugins import installed, load_plugins
from vault_core.settings import FILE_NAME, Settings, load_settings
from vault_core.store.sqlite import SQLiteCatalog
from vault_core.vault.maintenance import Maintenance, Report

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
    _refuse_postgresql(settings)
    source = Source(
        institution.catalog,
        sqlite_source(catalog_path(institution.data_dir, settings)),
        institution.blobs,
        SettingsPart(name=settings.institution.name, plugins=settings.plugins.enabled),
        _secrets(institution.data_dir),
    )
    return await Backup(source, to, clock, random, progress).make(recipients, keep)


def _refuse_postgresql(settings: Settings) -> None:
    if settings.catalog.url.get_secret_value():
        raise SettingsError(
            "A catalog in PostgreSQL is backed up with PostgreSQL's own tools: pg_dump."
        )


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
        _refuse_postgresql(settings)
        async with AsyncExitStack() as stack:
            blobs = open_blob_store(load_plugins(settings.plugins.enabled), settings, data_dir)
            stack.push_async_callback(blobs.close)
            place = _sqlite_place(catalog_path(data_dir, settings))
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


def _sqlite_place(path: Path) -> restore.PlaceCatalog:
    async def place(work: Path) -> None:
        await asyncio.to_thread(_move_catalog, work, path)

    return place


def _move_catalog(work: Path, path: Path) -> None:
    for rest in ("-wal", "-shm"):
        path.with_name(path.name + rest).unlink(missing_ok=True)
    files.make_folder(path.parent)
    work.rename(path)
    files.sync_folder(path.parent)


async def _prove(
    data_dir: Path, settings: Settings, blobs: BlobStore, progress: Progress
) -> Report:
    """Look at every page, every vault's tree and journal, every blob's header and size."""
    path = catalog_path(data_dir, settings)
    sqlite_copy.check_sound(path)
    catalog = await SQLiteCatalog.open(path)
    try:
        maintenance = Maintenance(catalog, blobs, time.time)
        return await maintenance.check(progress=lambda _: progress.copied(0))
    finally:
        await catalog.close()


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
