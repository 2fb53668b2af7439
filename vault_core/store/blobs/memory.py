"""Blobs in memory: the first implementation of `BlobStore`, for tests and `--once` trials."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator

from vault_core.api import BlobInfo, Buffer, Clock
from vault_core.errors import BlobExists, BlobNotFound, StoreError

_KEY = re.compile(r"[0-9a-f]{32}")


class MemoryBlobStore:
    """`BlobStore` in a dictionary. What it holds is gone with the process."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._blobs: dict[str, tuple[bytes, float]] = {}

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """Store the chunks: `BlobStore.put`."""
        if _checked(key) in self._blobs:
            raise BlobExists
        data = b"".join([bytes(chunk) async for chunk in chunks])
        if key in self._blobs:
            raise BlobExists
        self._blobs[key] = data, self._clock()
        return len(data)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A range of the blob: `BlobStore.get`."""
        end = None if length is None else offset + length
        return self._blob(key)[0][offset:end]

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """A range of the blob in pieces: `BlobStore.stream`."""
        data = memoryview(self._blob(key)[0])
        if offset + length > len(data):
            raise StoreError("The stored content ends too early.")
        for start in range(offset, offset + length, step):
            yield data[start : min(start + step, offset + length)]

    async def delete(self, key: str) -> None:
        """Remove the blob, if it is there: `BlobStore.delete`."""
        self._blobs.pop(_checked(key), None)

    async def head(self, key: str) -> BlobInfo:
        """Size and time of the blob: `BlobStore.head`."""
        data, modified = self._blob(key)
        return BlobInfo(key, len(data), modified)

    async def list(self) -> AsyncIterator[BlobInfo]:
        """Every blob: `BlobStore.list`."""
        for key, (data, modified) in tuple(self._blobs.items()):
            yield BlobInfo(key, len(data), modified)

    async def sweep(self, before: float) -> int:
        """An unfinished put leaves nothing behind here: always 0."""
        return 0

    async def close(self) -> None:
        """Forget every blob."""
        self._blobs.clear()

    def _blob(self, key: str) -> tuple[bytes, float]:
        try:
            return self._blobs[_checked(key)]
        except KeyError:
            raise BlobNotFound from None


def _checked(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise ValueError("A blob's key is 32 lower-case hexadecimal digits.")
    return key
