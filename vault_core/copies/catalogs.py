"""How each kind of catalog is copied to a SQLite file, and comes back from one."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from vault_core.copies import files, sqlite_copy
from vault_core.copies.backup import CopyCatalog
from vault_core.copies.progress import Progress
from vault_core.copies.restore import PlaceCatalog
from vault_core.copies.rows import Copying
from vault_core.errors import Conflict, StoreError
from vault_core.store.catalog import Catalog
from vault_core.store.sqlite.catalog import SQLiteCatalog

BESIDE = ("-wal", "-shm", "-turns")
"""What SQLite and this program keep beside a database file."""


def sqlite_source(path: Path) -> CopyCatalog:
    """Of a SQLite file: its pages as of one moment."""

    async def copy(target: Path, progress: Progress) -> None:
        def tell(done: int, pages: int) -> None:
            progress.items, progress.done = pages, done
            progress.tell(progress)

        await asyncio.to_thread(partial(sqlite_copy.copy, path, target, tell))

    return copy


def postgresql_source(url: str) -> CopyCatalog:
    """Of a PostgreSQL database: its rows as of one moment."""

    async def copy(target: Path, progress: Progress) -> None:
        from vault_core.store.postgresql.snapshot import snapshot

        await asyncio.to_thread(remove, target)
        copied = await SQLiteCatalog.open(target)
        try:
            async with snapshot(url) as source:
                await Copying(source, copied, progress).reconcile(thorough=False)
        finally:
            await copied.close()
        await asyncio.to_thread(remove_beside, target)

    return copy


def sqlite_place(path: Path) -> PlaceCatalog:
    """The file becomes the catalog."""

    async def place(work: Path) -> None:
        await asyncio.to_thread(_move, work, path)

    return place


def _move(work: Path, path: Path) -> None:
    remove_beside(path)
    files.make_folder(path.parent)
    work.rename(path)
    files.sync_folder(path.parent)


def rows_place(target: Catalog, progress: Progress) -> PlaceCatalog:
    """Its rows go into another catalog, which holds none, or those of an interrupted restore."""

    async def place(work: Path) -> None:
        source = await SQLiteCatalog.open(work)
        try:
            copying = Copying(source, target, progress)
            await _refuse_strangers(source, target)
            await copying.reconcile(thorough=False)
            if not (await copying.reconcile()).none:
                raise StoreError("The new catalog does not keep what is written to it.")
        finally:
            await source.close()
        await asyncio.to_thread(remove_beside, work)

    return place


async def _refuse_strangers(source: Catalog, target: Catalog) -> None:
    found = await target.fetch("SELECT id FROM vaults ORDER BY id LIMIT 1")
    for vault in found:
        if not await source.fetch("SELECT 1 FROM vaults WHERE id = ?", vault):
            raise Conflict("The database holds another institution: name an empty one.")


def remove(path: Path) -> None:
    """The database, and what lies beside it."""
    remove_beside(path)
    path.unlink(missing_ok=True)


def remove_beside(path: Path) -> None:
    """What lies beside a closed database."""
    for rest in BESIDE:
        path.with_name(path.name + rest).unlink(missing_ok=True)
