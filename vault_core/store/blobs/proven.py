"""A blob store that is not taken at its word: what it stored is read back before it counts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from contextlib import suppress

from vault_core.api import Buffer
from vault_core.errors import BlobNotFound, StoreError
from vault_core.store.blobs.wrapped import Wrapped

_STEP = 1 << 20


class Proven(Wrapped):
    """Reads every blob back, and compares, before its put returns.

    A service that answers "stored" and keeps nothing, half or something else costs an error then,
    while the client still has the document, and not the document later.
    """

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """`BlobStore.put`; StoreError if the store does not give back the same bytes."""
        noted = _Noted(chunks)
        stored = await self._store.put(key, noted.pieces())
        try:
            await self._prove(key, noted)
        except BaseException:
            with suppress(StoreError):
                await asyncio.shield(self._store.delete(key))
            raise
        return stored

    async def _prove(self, key: str, noted: _Noted) -> None:
        found = hashlib.sha256()
        try:
            if (await self._store.head(key)).size == noted.size:
                async for piece in self._store.stream(key, 0, noted.size, _STEP):
                    found.update(piece)
        except BlobNotFound as error:
            raise StoreError(_LIED) from error
        if not hmac.compare_digest(found.digest(), noted.digest.digest()):
            raise StoreError(_LIED)


_LIED = "The store does not hold what it said it had stored; nothing was acknowledged, try again."


class _Noted:
    """Chunks that pass through, with their size and digest."""

    def __init__(self, chunks: AsyncIterator[Buffer]) -> None:
        self._chunks = chunks
        self.size = 0
        self.digest = hashlib.sha256()

    async def pieces(self) -> AsyncIterator[Buffer]:
        async for chunk in self._chunks:
            self.size += len(chunk)
            self.digest.update(chunk)
            yield chunk
