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

from vault_core.api import Reason
from vault_core.app.copies import LAST_BACKUP
from vault_core.cli.examination.findings import Finding
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
    from vault_core.app.stores import catalog_path, open_catalog
    from vault_core.copies.rows import remembered

    url = settings.catalog.url.get_secret_value()
    if not url and not catalog_path(data, settings).exists():
        told = Reason(
            f"il n'y a pas d'établissement dans {data} : parchemin init --data {data}",
            f"there is no institution in {data}: parchemin init --data {data}",
        )
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
        told = Reason(
            "il est gelé par un déménagement : démarrez avec les nouveaux réglages, ou parchemin "
            "migrate --cancel",
            "it is frozen by a move: start with the new settings, or parchemin migrate --cancel",
        )
        return Finding("catalog", "bad", told)
    where = "PostgreSQL" if url else "SQLite"
    return Finding("catalog", "good", _answers(where, took))


def _store(data: Path, settings: Settings) -> Finding:
    """Whether the blob store answers."""
    return asyncio.run(asyncio.wait_for(_ask_store(data, settings), PATIENCE))


async def _ask_store(data: Path, settings: Settings) -> Finding:
    from vault_core.app.stores import open_blob_store
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
            return Finding("blob store", "good", _answers(name, took))
        except ParcheminError as error:
            told = Reason(
                f"{name} ne répond pas : {error} Vérifiez [storage.{name}] et le réseau",
                f"{name} does not answer: {error} Check [storage.{name}] and the network",
            )
            return Finding("blob store", "bad", told)
    told = Reason(
        f"{name} prétend avoir un bloc que personne n'a enregistré",
        f"{name} claims to have a blob that nobody stored",
    )
    return Finding("blob store", "bad", told)


def _sync(data: Path, settings: Settings) -> Finding:
    """How long the disk takes to keep something: every write waits for it."""
    with tempfile.TemporaryFile(dir=data) as file:
        started = time.monotonic()
        for _ in range(5):
            file.write(b"x" * 4096)
            file.flush()
            os.fsync(file.fileno())
        took = (time.monotonic() - started) / 5
    needed = f"{took * 1000:.1f} ms"
    french, told = (
        f"le disque garde une écriture en {needed}",
        f"the disk keeps a write in {needed}",
    )
    if took > SLOW_SYNC:
        slow = Reason(
            f"{french} : chaque envoi attend aussi longtemps ; prenez un disque plus rapide",
            f"{told}: every upload waits so long; use a faster disk",
        )
        return Finding("disk", "warning", slow)
    return Finding("disk", "good", Reason(french, told))


def _key(data: Path, settings: Settings) -> Finding:
    """Whether the institution's key is there, and its owner's only."""
    path = data / "institution.key"
    if not path.exists():
        told = Reason(
            f"{path} manque : remettez-le en place depuis votre copie",
            f"{path} is missing: put it back from where you keep it",
        )
        return Finding("institution's key", "bad", told)
    if path.stat().st_mode & 0o077:
        told = Reason(
            f"{path} peut être lu par d'autres comptes : chmod 600 {path}",
            f"{path} can be read by other accounts: chmod 600 {path}",
        )
        return Finding("institution's key", "bad", told)
    told = Reason(
        f"{path} n'est lisible que par son propriétaire", f"{path} is readable by its owner only"
    )
    return Finding("institution's key", "good", told)


def _clock(data: Path, settings: Settings) -> Finding:
    """Whether the time can be right: seals and expiries depend on it."""
    now = dt.datetime.now(dt.UTC)
    if now < EARLIEST:
        told = Reason(
            f"elle dit {now:%Y-%m-%d} : réglez-la, et laissez NTP la tenir",
            f"it says {now:%Y-%m-%d}: set it, and let NTP keep it",
        )
        return Finding("clock", "bad", told)
    synced = Path("/run/systemd/timesync/synchronized").exists()
    french, english = (", synchronisée", ", synchronised") if synced else ("", "")
    at = f"{now:%Y-%m-%d %H:%M} UTC"
    return Finding("clock", "good", Reason(f"elle dit {at}{french}", f"it says {at}{english}"))


def _public_url(data: Path, settings: Settings) -> Finding:
    """Whether links on certificates lead here."""
    url = settings.server.public_url
    if not url:
        told = Reason(
            "elle n'est pas réglée : les attestations nommeraient l'adresse d'une seule requête. "
            "Réglez [server] public_url avant de remettre",
            "it is not set: certificates would name the address of one request. Set [server] "
            "public_url before delivering",
        )
        return Finding("public_url", "warning", told)
    if url.startswith("http://"):
        told = Reason(
            f"{url} n'est pas chiffrée : passez à https://", f"{url} is not encrypted: use https://"
        )
        return Finding("public_url", "warning", told)
    return Finding("public_url", "good", url)


def _backups(data: Path, settings: Settings) -> Finding:
    """How old the last backup is."""
    try:
        last = json.loads((data / LAST_BACKUP).read_text())
        made_at, to = dt.datetime.fromisoformat(last["made_at"]), str(last["to"])
    except (OSError, ValueError, KeyError, TypeError):
        told = Reason(
            "il n'y en a pas : parchemin backup --to DOSSIER, sur un autre disque, chaque jour",
            "there is none: parchemin backup --to FOLDER, on another disk, every day",
        )
        return Finding("backups", "warning", told)
    age = dt.datetime.now(dt.UTC) - made_at
    at = f"{made_at:%Y-%m-%d %H:%M} UTC"
    french, english = f"la dernière est du {at}, dans {to}", f"the last one is from {at}, in {to}"
    if age > OLD_BACKUP:
        old = Reason(
            f"{french} : elle a {age.days} jours ; faites-en une",
            f"{english}: it is {age.days} days old; make one",
        )
        return Finding("backups", "warning", old)
    return Finding("backups", "good", Reason(french, english))


def _workers(data: Path, settings: Settings) -> Finding:
    """Whether processors and memory fit the number of workers."""
    workers, cores = settings.server.workers, os.cpu_count() or 1
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    size = f"{memory / 10**9:.1f}"
    french = f"{workers} pour {cores} processeurs et {size.replace('.', ',')} Go de mémoire"
    told = f"{workers} for {cores} processors and {size} GB of memory"
    if memory < workers * PER_WORKER:
        little = Reason(
            f"{french} : trop peu de mémoire ; baissez [server] workers",
            f"{told}: too little memory; lower [server] workers",
        )
        return Finding("workers", "warning", little)
    if workers > 2 * cores:
        many = Reason(
            f"{french} : plus de deux par processeur ne gagnent rien",
            f"{told}: more than two a processor gain nothing",
        )
        return Finding("workers", "warning", many)
    return Finding("workers", "good", Reason(french, told))


def _answers(name: str, took: float) -> Reason:
    return Reason(f"{name} répond en {took:.1f} ms", f"{name} answers in {took:.1f} ms")


LOOKS = (_catalog, _store, _sync, _key, _clock, _public_url, _backups, _workers)
