"""Blobs from one store to another, each read back and compared before it counts as copied."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

from vault_core.api import BlobStore, Buffer
from vault_core.copies import transfer
from vault_core.copies.ledger import Ledger
from vault_core.copies.progress import Progress
from vault_core.copies.transfer import Wanted
from vault_core.errors import BlobExists, BlobNotFound, StoreError
from vault_core.store.catalog import Catalog

PAGE = 1000


@dataclass(slots=True)
class BlobMove:
    """Copies what the catalog names; the ledger says what is done and verified."""

    catalog: Catalog
    source: BlobStore
    target: BlobStore
    ledger: Ledger
    progress: Progress
    lacking: set[str] = field(default_factory=set)
    """Blobs that the source has lost, or that its owner destroyed meanwhile."""

    async def copy(self) -> int:
        """Copy what is not yet there; how many blobs that was.

        Raises StoreError if a store fails, or does not give back what it was given.
        """
        self.progress.begin("blobs")
        before = len(self.ledger.known)
        self.lacking.clear()
        await transfer.each(transfer.counted(self._left(), self.progress), self._one)
        return len(self.ledger.known) - before

    async def _left(self) -> AsyncIterator[Wanted]:
        after = b""
        while rows := await self.catalog.fetch(
            "SELECT id, size FROM blobs WHERE data IS NULL AND id > ? ORDER BY id LIMIT ?",
            (after, PAGE),
        ):
            for blob, size in rows:
                if blob.hex() not in self.ledger.known:
                    yield Wanted(blob.hex(), size)
            after = rows[-1][0]

    async def _one(self, item: Wanted) -> None:
        found = hashlib.sha256()
        try:
            await self.target.put(item.key, _hashed(transfer.read(self.source, item), found))
        except BlobNotFound:
            self.lacking.add(item.key)
            return
        except BlobExists:  # by a run that was killed before it could say so
            try:
                found = await _digest(self.source, item)
            except BlobNotFound:
                self.lacking.add(item.key)
                return
        back = await _digest(self.target, item)
        if back.digest() != found.digest():
            raise StoreError(
                f"The new store does not give back blob {item.key} as it was stored: empty it and"
                " begin anew, or use another one."
            )
        self.ledger.add(item.key, back.hexdigest())
        self.progress.copied(item.size)


async def _hashed(pieces: AsyncIterator[Buffer], found: Any) -> AsyncIterator[Buffer]:
    async for piece in pieces:
        found.update(piece)
        yield piece


async def _digest(store: BlobStore, item: Wanted) -> Any:
    found = hashlib.sha256()
    async for piece in transfer.read(store, item):
        found.update(piece)
    return found
