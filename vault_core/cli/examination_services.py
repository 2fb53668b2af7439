"""What `parchemin doctor` finds by trying: catalog, store, disk, clock, backups, memory."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import tempfile
import time
from contextlib import AsyncExitStack
from pathlib import Path

from vault_core.app_copies import LAST_BACKUP
from vault_core.cli.findings import Finding
from vault_core.errors import BlobNotFound, ParcheminError
from vault_core.settings import Settings

NOWHERE = "0" * 32
PATIENCE = 20.0
SLOW_SYNC = 0.05
OLD_BACKUP = dt.timedelta(days=2)
PER_WORKER = 250 * 10**6
"""Bytes of memory that a worker needs with some vaults open and large documents under way."""
EARLIEST = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def _catalog(data: Path, settings: Settings) -> Finding:
    """Whether the database opens and answers, and whether the institution was moved away."""
    return asyncio.run(asyncio.wait_for(_ask_catalog(data, settings), PATIENCE))


async def _ask_catalog(data: Path, settings: Settings) -> Finding:
    from vault_core.app import catalog_path, open_catalog
    from vault_core.copies.rows import remembered

    url = settings.catalog.url.get_secret_value()
    if not url and not catalog_path(data, settings).exists():
        told = f"there is no institution in {data}: parchemin init --data {data}"
        return Finding("catalog", "bad", told)
    catalog = await open_catalog(data, settings)
    try:
        started = time.monotonic()
        await catalog.fetch("SELECT 1 FROM vaults LIMIT 1")
        took = (time.monotonic() - started) * 1000
        moved = await remembered(catalog, "moved")
    finally:
        await catalog.close()
    if moved is not None:
        told = "it is frozen by a move: start with the new settings, or parchemin migrate --cancel"
        return Finding("catalog", "bad", told)
    where = "PostgreSQL" if url else "SQLite"
    return Finding("catalog", "good", f"{where} answers in {took:.1f} ms")


def _store(data: Path, settings: Settings) -> Finding:
    """Whether the blob store answers."""
    return asyncio.run(asyncio.wait_for(_ask_store(data, settings), PATIENCE))


async def _ask_store(data: Path, settings: Settings) -> Finding:
    from vault_core.app import open_blob_store
    from vault_core.plugins import load_plugins

    name = settings.storage.backend
    async with AsyncExitStack() as stack:
        blobs = open_blob_store(load_plugins(settings.plugins.enabled), settings, data)
        stack.push_async_callback(blobs.close)
        started = time.monotonic()
        try:
            await blobs.head(NOWHERE)
        except BlobNotFound:
            took = (time.monotonic() - started) * 1000
            return Finding("blob store", "good", f"{name} answers in {took:.1f} ms")
        except ParcheminError as error:
            told = f"{name} does not answer: {error} Check [storage.{name}] and the network"
            return Finding("blob store", "bad", told)
    return Finding("blob store", "bad", f"{name} claims to have a blob that nobody stored")


def _sync(data: Path, settings: Settings) -> Finding:
    """How long the disk takes to keep something: every write waits for it."""
    with tempfile.TemporaryFile(dir=data) as file:
        started = time.monotonic()
        for _ in range(5):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        took = (time.monotonic() - started) / 5
    told = f"the disk keeps a write in {took * 1000:.1f} ms"
    if took > SLOW_SYNC:
        return Finding("disk", "warning", f"{told}: every upload waits so long; use a faster disk")
    return Finding("disk", "good", told)


def _key(data: Path, settings: Settings) -> Finding:
    """Whether the institution's key is there, and its owner's only."""
    path = data / "institution.key"
    if not path.exists():
        told = f"{path} is missing: put it back from where you keep it"
        return Finding("institution's key", "bad", told)
    if path.stat().st_mode & 0o077:
        told = f"{path} can be read by other accounts: chmod 600 {path}"
        return Finding("institution's key", "bad", told)
    return Finding("institution's key", "good", f"{path} is readable by its owner only")


def _clock(data: Path, settings: Settings) -> Finding:
    """Whether the time can be right: seals and expiries depend on it."""
    now = dt.datetime.now(dt.UTC)
    if now < EARLIEST:
        return Finding("clock", "bad", f"it says {now:%Y-%m-%d}: set it, and let NTP keep it")
    synced = Path("/run/systemd/timesync/synchronized").exists()
    told = f"it says {now:%Y-%m-%d %H:%M} UTC"
    return Finding("clock", "good", told + (", synchronised" if synced else ""))


def _public_url(data: Path, settings: Settings) -> Finding:
    """Whether links on certificates lead here."""
    url = settings.server.public_url
    if not url:
        told = "it is not set: certificates would name the address of one request. Set"
        return Finding("public_url", "warning", f"{told} [server] public_url before delivering")
    if url.startswith("http://"):
        return Finding("public_url", "warning", f"{url} is not encrypted: use https://")
    return Finding("public_url", "good", url)


def _backups(data: Path, settings: Settings) -> Finding:
    """How old the last backup is."""
    try:
        last = json.loads((data / LAST_BACKUP).read_text())
        made_at, to = dt.datetime.fromisoformat(last["made_at"]), str(last["to"])
    except (OSError, ValueError, KeyError, TypeError):
        told = "there is none: parchemin backup --to FOLDER, on another disk, every day"
        return Finding("backups", "warning", told)
    age = dt.datetime.now(dt.UTC) - made_at
    told = f"the last one is from {made_at:%Y-%m-%d %H:%M} UTC, in {to}"
    if age > OLD_BACKUP:
        return Finding("backups", "warning", f"{told}: it is {age.days} days old; make one")
    return Finding("backups", "good", told)


def _workers(data: Path, settings: Settings) -> Finding:
    """Whether processors and memory fit the number of workers."""
    workers, cores = settings.server.workers, os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    told = f"{workers} for {cores} processors and {memory / 10**9:.1f} GB of memory"
    if memory < workers * PER_WORKER:
        return Finding("workers", "warning", f"{told}: too little memory; lower [server] workers")
    if workers > 2 * cores:
        return Finding("workers", "warning", f"{told}: more than two a processor gain nothing")
    return Finding("workers", "good", told)


LOOKS = (_catalog, _store, _sync, _key, _clock, _public_url, _backups, _workers)
