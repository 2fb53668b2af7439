"""`backup`: a consistent copy of catalog and blobs, made while the institution is served.

Order. Blobs are copied first, then the catalog as of one moment, then the blobs that it names
and the copy lacks. A blob that was destroyed between those two is no use to a catalog that names
it, so the catalog is copied again until nothing is lacking: each round is shorter than the last.
A snapshot appears in `snapshots/` once everything that it names is durable.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import importlib.metadata
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from vault_core.api import BlobStore, Clock, Random
from vault_core.copies import custody, files, index, ledger, pieces, sqlite_copy, thinning, transfer
from vault_core.copies.index import BlobsPart, CatalogPart, Index, Lacking, SettingsPart
from vault_core.copies.ledger import Ledger
from vault_core.copies.progress import Progress
from vault_core.copies.transfer import Wanted
from vault_core.crypto.keys import Recipient
from vault_core.errors import BlobNotFound, StoreError
from vault_core.store.catalog import Catalog

ROUNDS = 6
PAGE = 1000
README = """\
A backup of a Parchemin institution; docs/format-backup.md of Parchemin describes every file.

Rebuild it:          parchemin restore THIS-FOLDER --data NEW-FOLDER --prove
Check every blob:    sha256sum --check --quiet blobs.sha256
"""
CopyCatalog = Callable[[Path, Progress], Awaitable[None]]
"""Writes a consistent copy of the catalog, as a SQLite file, to the path."""


@dataclass(frozen=True, slots=True)
class Source:
    """What is backed up."""

    catalog: Catalog
    copy_catalog: CopyCatalog
    blobs: BlobStore
    settings: SettingsPart
    secrets: Mapping[str, str]
    """The institution's own files: they are only ever stored encrypted."""


@dataclass(frozen=True, slots=True)
class Made:
    """What a backup is, and what it took."""

    snapshot: Path
    index: Index
    new_blobs: int
    new_bytes: int
    new_pieces: int


@dataclass(slots=True)
class Backup:
    """One run. `to` is used for many backups, one after the other."""

    source: Source
    to: Path
    clock: Clock
    random: Random
    progress: Progress
    _ledger: Ledger = field(init=False)
    _new: list[int] = field(default_factory=lambda: [0, 0])

    async def make(self, recipients: Sequence[Recipient] = (), keep: int | None = None) -> Made:
        """Make a snapshot; `keep` so many, the older ones and what only they name are removed.

        Raises Conflict if another backup works there, StoreError if something cannot be written.
        """
        try:
            self._prepare()
            with files.only_one(self.to, f"Another backup is being written to '{self.to}'."):
                self._ledger = Ledger(self.to / index.LIST)
                try:
                    made = await self._make(recipients)
                    if keep is not None:
                        await asyncio.to_thread(thinning.thin_out, self.to, keep, self._ledger)
                finally:
                    self._ledger.close()
            return made
        except OSError as error:
            raise StoreError(f"'{self.to}' cannot be written: {error.strerror}.") from error

    def _prepare(self) -> None:
        files.make_folder(self.to)
        for name in ("blobs", index.PIECES, index.SNAPSHOTS):
            files.make_folder(self.to / name)
        if not (self.to / "README.txt").exists():
            files.write(self.to / "README.txt", README.encode())

    async def _make(self, recipients: Sequence[Recipient]) -> Made:
        self.progress.begin("blobs")
        await self._copy_blobs(self._live_blobs())
        work = self.to / "catalog.unfinished"
        try:
            made_at, lacking = await self._consistent_catalog(work)
            self.progress.begin("pieces")
            kept = await asyncio.to_thread(pieces.cut, work, self.to / index.PIECES)
            listed, count, size = await asyncio.to_thread(self._list, work)
            history = await asyncio.to_thread(sqlite_copy.history, work)
        finally:
            work.unlink(missing_ok=True)
        found = Index(
            format=index.FORMAT,
            made_at=made_at,
            version=importlib.metadata.version("parchemin"),
            migrations=tuple(
                index.MigrationPart(number=number, name=name, sha256=sha256)
                for number, name, sha256 in history
            ),
            catalog=CatalogPart(size=kept.size, sha256=kept.sha256, pieces=kept.pieces),
            blobs=BlobsPart(
                count=count, bytes=size, list_sha256=hashlib.sha256(listed).hexdigest()
            ),
            lacking=tuple(lacking),
            institution_key="wrapped" if recipients else "absent",
            settings=self.source.settings,
        )
        snapshot = await asyncio.to_thread(self._publish, found, listed, recipients)
        return Made(snapshot, found, self._new[0], self._new[1], kept.written)

    async def _live_blobs(self) -> AsyncIterator[Wanted]:
        after = b""
        while rows := await self.source.catalog.fetch(
            "SELECT id, size FROM blobs WHERE data IS NULL AND id > ? ORDER BY id LIMIT ?",
            (after, PAGE),
        ):
            for blob, size in rows:
                yield Wanted(blob.hex(), size)
            after = rows[-1][0]

    async def _copy_blobs(self, wanted: AsyncIterator[Wanted]) -> dict[str, str]:
        """Copy what the backup lacks; why each of the others could not be copied."""
        lacking: dict[str, str] = {}

        async def one(item: Wanted) -> None:
            why = await self._copy_blob(item)
            if why is not None:
                lacking[item.key] = why
            self.progress.copied(item.size)

        await transfer.each(transfer.counted(self._without_copied(wanted), self.progress), one)
        return lacking

    async def _without_copied(self, wanted: AsyncIterator[Wanted]) -> AsyncIterator[Wanted]:
        async for item in wanted:
            if item.key not in self._ledger.known or not self._is_there(item):
                yield item

    def _is_there(self, item: Wanted) -> bool:
        try:
            return (self.to / ledger.place(item.key)).stat().st_size == item.size
        except FileNotFoundError:
            return False

    async def _copy_blob(self, item: Wanted) -> str | None:
        path = self.to / ledger.place(item.key)
        if self._is_there(item):  # copied by a run that was killed before it could say so
            self._ledger.add(item.key, await asyncio.to_thread(files.digest, path))
            return None
        files.make_folder(path.parent)
        try:
            async with files.streaming(path) as sink:
                async for piece in transfer.read(self.source.blobs, item):
                    await sink.write(piece)
        except BlobNotFound:
            return "missing"
        except StoreError:
            if await self._has_other_size(item):
                return "damaged"
            raise
        self._ledger.add(item.key, sink.sha256)
        self._new[0] += 1
        self._new[1] += sink.size
        return None

    async def _has_other_size(self, item: Wanted) -> bool:
        return (await self.source.blobs.head(item.key)).size != item.size

    async def _consistent_catalog(self, work: Path) -> tuple[dt.datetime, list[Lacking]]:
        """A copy of the catalog whose blobs are all there, but for those lost before."""
        for _ in range(ROUNDS):
            made_at = dt.datetime.fromtimestamp(int(self.clock()), dt.UTC)
            self.progress.begin("catalog")
            await self.source.copy_catalog(work, self.progress)
            self.progress.begin("new blobs")
            lacking = await self._copy_blobs(transfer.iterate(sqlite_copy.stored_blobs(work)))
            destroyed = {key for key in lacking if not await self._is_named(key)}
            if not destroyed:
                break
        return made_at, [
            Lacking(blob=key, why=_why("destroyed" if key in destroyed else why))
            for key, why in sorted(lacking.items())
        ]

    async def _is_named(self, key: str) -> bool:
        row = await self.source.catalog.point(
            "SELECT 1 FROM blobs WHERE id = ?", (bytes.fromhex(key),)
        )
        return row is not None

    def _list(self, work: Path) -> tuple[bytes, int, int]:
        """The lines of the snapshot's blobs, how many, and their bytes."""
        lines, size = [], 0
        for item in sqlite_copy.stored_blobs(work):
            sha256 = self._ledger.known.get(item.key)
            if sha256 is not None:
                lines.append(ledger.line(item.key, sha256))
                size += item.size
        return "".join(lines).encode(), len(lines), size

    def _publish(self, found: Index, listed: bytes, recipients: Sequence[Recipient]) -> Path:
        name = index.name_of(found.made_at)
        taken = {path.name for path in (self.to / index.SNAPSHOTS).iterdir()}
        names = [name, *(f"{name}-{number}" for number in range(2, 1000))]
        target = self.to / index.SNAPSHOTS / next(one for one in names if one not in taken)
        unfinished = target.with_name(target.name + files.UNFINISHED)
        shutil.rmtree(unfinished, ignore_errors=True)
        files.make_folder(unfinished)
        files.write(unfinished / index.LIST, listed)
        if recipients:
            wrapped = custody.wrap(self.source.secrets, recipients, self.random)
            files.write(unfinished / index.WRAPPED, wrapped)
        index.write(unfinished, found)
        unfinished.rename(target)
        files.sync_folder(target.parent)
        return target


def _why(why: str) -> Literal["missing", "damaged", "destroyed"]:
    if why == "destroyed":
        return "destroyed"
    return "damaged" if why == "damaged" else "missing"
