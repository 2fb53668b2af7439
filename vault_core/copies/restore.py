"""`restore`: an institution rebuilt from a backup, in another place, by whoever has the backup.

Every piece and every blob is compared with its SHA-256 on the way. The catalog takes its place
last, so what is not complete does not start. Interrupted and run again, it goes on.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from vault_core.api import BlobStore, Buffer
from vault_core.copies import custody, files, index, ledger, pieces, transfer
from vault_core.copies.index import Index
from vault_core.copies.ledger import Ledger
from vault_core.copies.pieces import Cut
from vault_core.copies.progress import Progress
from vault_core.copies.transfer import Wanted
from vault_core.crypto.keys import Opener
from vault_core.errors import BlobExists, Conflict, InvalidBackup, StoreError

UNFINISHED = "restoring.json"
"""In a data directory that is not complete yet: which snapshot it is rebuilt from."""
DONE = "restoring.sha256"
"""The blobs that are in the store already."""
PlaceCatalog = Callable[[Path], Awaitable[None]]
"""Makes the copied SQLite file the institution's catalog."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One snapshot of a backup, its list of blobs checked against its index."""

    backup: Path
    folder: Path
    index: Index
    blobs: dict[str, str]
    """Key to SHA-256."""


@dataclass(frozen=True, slots=True)
class Restored:
    """What was rebuilt."""

    blobs: int
    bytes: int
    altered: list[str] = field(default_factory=list)
    """Blobs of the backup that are not what it says, or are missing."""


def open_snapshot(backup: Path, name: str | None = None) -> Snapshot:
    """The newest snapshot, or the one of that name. Raises InvalidBackup."""
    there = {path.name: path for path in index.snapshots(backup)}
    if name is not None and name not in there:
        raise InvalidBackup(f"There is no snapshot {name}; there are: {', '.join(there)}.")
    folder = there[name or max(there)]
    found = index.read(folder)
    try:
        listed = (folder / index.LIST).read_bytes()
    except OSError as error:
        raise InvalidBackup(f"'{folder}' cannot be read: {error.strerror}.") from None
    if hashlib.sha256(listed).hexdigest() != found.blobs.list_sha256:
        raise InvalidBackup(f"'{folder / index.LIST}' is not the list that the index names.")
    return Snapshot(backup, folder, found, ledger.parse(listed.decode("ascii")))


def secrets(snapshot: Snapshot, key: Opener) -> dict[str, str]:
    """The institution's own files. Raises InvalidBackup if they are not there or do not open."""
    try:
        data = (snapshot.folder / index.WRAPPED).read_bytes()
    except FileNotFoundError:
        raise InvalidBackup(
            "This backup was made without the institution's key: give the key's file by --key-file."
        ) from None
    return custody.unwrap(data, key)


def claim(data_dir: Path, snapshot: Snapshot, allowed: frozenset[str]) -> None:
    """Take a new directory, or the one that an interrupted run left, for this snapshot.

    What is there already may only be of the `allowed` names. Raises Conflict.
    """
    files.make_folder(data_dir)
    marker, told = data_dir / UNFINISHED, snapshot.index.model_dump_json().encode()
    if marker.exists():
        if marker.read_bytes() != told:
            raise Conflict(f"'{data_dir}' is being rebuilt from another backup: name a new one.")
        return
    others = {path.name for path in data_dir.iterdir()} - allowed
    if others:
        raise Conflict(
            f"'{data_dir}' is not empty ({min(others)}): name a new directory. A restore never"
            " replaces anything."
        )
    files.write(marker, told)


def release(data_dir: Path) -> None:
    """All of it is there: the directory is an institution like any other."""
    (data_dir / DONE).unlink(missing_ok=True)
    (data_dir / UNFINISHED).unlink()
    files.sync_folder(data_dir)


async def rebuild(
    snapshot: Snapshot, data_dir: Path, blobs: BlobStore, place: PlaceCatalog, progress: Progress
) -> Restored:
    """Put the blobs into the store, then the catalog into its place.

    Raises InvalidBackup if the catalog itself cannot be rebuilt; altered blobs are counted.
    """
    try:
        restored = await _Blobs(snapshot, data_dir, blobs, progress).copy()
        progress.begin("catalog")
        work = data_dir / "catalog.restoring"
        part = snapshot.index.catalog
        kept = Cut(part.size, part.sha256, part.pieces)
        await asyncio.to_thread(pieces.join, kept, snapshot.backup / index.PIECES, work)
        await place(work)
        work.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"'{data_dir}' cannot be written: {error.strerror}.") from error
    return restored


class _Blobs:
    """Copies the snapshot's blobs into a store."""

    def __init__(
        self, snapshot: Snapshot, data_dir: Path, blobs: BlobStore, progress: Progress
    ) -> None:
        self._snapshot = snapshot
        self._done = Ledger(data_dir / DONE)
        self._blobs = blobs
        self._progress = progress
        self._altered: list[str] = []

    async def copy(self) -> Restored:
        """All that is not in the store yet."""
        self._progress.begin("blobs")
        listed = self._snapshot.blobs
        try:
            left = (key for key in sorted(listed) if self._done.known.get(key) != listed[key])
            await transfer.each(transfer.iterate(left), self._one)
        finally:
            self._done.close()
        size = self._snapshot.index.blobs.bytes
        return Restored(len(listed) - len(self._altered), size, sorted(self._altered))

    async def _one(self, key: str) -> None:
        path = self._snapshot.backup / ledger.place(key)
        try:
            size = (await asyncio.to_thread(path.stat)).st_size
            self._progress.found(size)
            await self._put(Wanted(key, size), path)
        except (FileNotFoundError, _Altered):
            self._altered.append(key)
            return
        self._done.add(key, self._snapshot.blobs[key])
        self._progress.copied(size)

    async def _put(self, item: Wanted, path: Path) -> None:
        sha256 = self._snapshot.blobs[item.key]
        try:
            await self._blobs.put(item.key, _verified(path, sha256))
        except BlobExists:  # stored by a run that was killed before it could say so
            found = hashlib.sha256()
            async for piece in transfer.read(self._blobs, item):
                found.update(piece)
            if found.hexdigest() != sha256:
                raise Conflict(
                    f"The blob store holds another blob {item.key}: use an empty store."
                ) from None


class _Altered(Exception):
    """A file of the backup is not what the list says; the put that reads it ends without effect."""


async def _verified(path: Path, sha256: str) -> AsyncIterator[Buffer]:
    """The file's bytes; the last step raises if they were others than they should be."""
    found = hashlib.sha256()
    with path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, transfer.WHOLE):
            found.update(piece)
            yield piece
    if found.hexdigest() != sha256:
        raise _Altered
