"""A cache of ciphertext on the local disk, in front of a blob store that is far away.

Blobs are immutable, so what is held is never stale, and it is worth nothing to a thief.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from vault_core.api import BlobStore, Buffer
from vault_core.errors import StoreError
from vault_core.store.blobs.cache_folder import CacheFolder
from vault_core.store.blobs.wrapped import Wrapped

T = TypeVar("T")
log = logging.getLogger(__name__)
BLOCK = 1 << 20
"""Bytes fetched and held together."""
_SHARE = 8
"""A read of more than this part of the capacity passes by, for it would push out all else."""


class ReadCache(Wrapped):
    """Holds blocks of what was read lately; everything else goes to the store.

    What is written is not held, for it may never be read. A disk that fails or is full makes the
    cache useless, not wrong.
    """

    def __init__(self, store: BlobStore, root: Path, capacity: int) -> None:
        """`capacity` in bytes. Raises StoreError if no folder can be made under `root`."""
        super().__init__(store)
        self._most = capacity // _SHARE
        self._thread = ThreadPoolExecutor(1, "read-cache")
        self._failing = False
        try:
            self._folder = CacheFolder(root, capacity)
        except OSError as error:
            raise StoreError(f"{root}: {error.strerror or error}") from error

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`BlobStore.get`, from the cache where it can be."""
        if not length or length > self._most:
            return await self._store.get(key, offset, length)
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        data = b"".join([await self._block(key, number) for number in range(first, last + 1)])
        start = offset - first * BLOCK
        return data[start : start + length]

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """`BlobStore.stream`, from the cache where it can be; the next block comes ahead."""
        if not 0 < length <= self._most:
            async for piece in self._store.stream(key, offset, length, step):
                yield piece
            return
        pending, left = bytearray(), length
        async for data in self._blocks(key, offset, length):
            pending += data
            while left and len(pending) >= min(step, left):
                piece = bytes(pending[: min(step, left)])
                del pending[: len(piece)]
                left -= len(piece)
                yield piece
        if left:
            raise StoreError("The stored content ends too early.")

    async def _blocks(self, key: str, offset: int, length: int) -> AsyncIterator[bytes]:
        """The blocks that hold the range, the first one without what lies before it."""
        first, last = offset // BLOCK, (offset + length - 1) // BLOCK
        ahead = asyncio.ensure_future(self._block(key, first))
        try:
            for number in range(first, last + 1):
                data = await ahead
                if number < last:
                    ahead = asyncio.ensure_future(self._block(key, number + 1))
                yield data[offset - first * BLOCK :] if number == first else data
        finally:
            ahead.cancel()

    async def _block(self, key: str, number: int) -> bytes:
        name = key, number
        data = await self._disk(lambda: self._folder.read(name))
        if data is None:
            data = await self._store.get(key, number * BLOCK, BLOCK)
            found = data
            await self._disk(lambda: self._folder.write(name, found))
        return data

    async def delete(self, key: str) -> None:
        """`BlobStore.delete`; other nodes may hold it until it makes room."""
        await self._store.delete(key)
        await self._disk(lambda: self._folder.drop_all(key))

    async def close(self) -> None:
        """Remove what is held, and close the store inside."""
        await asyncio.to_thread(self._thread.shutdown)
        await asyncio.to_thread(self._folder.close)
        await self._store.close()

    async def _disk(self, work: Callable[[], T]) -> T | None:
        """What the work gives, done in the cache's one thread; None if the disk fails."""
        try:
            result = await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except OSError as error:
            if not self._failing:
                log.warning("the read cache is of no use: %s", error.strerror)
            self._failing = True
            return None
        self._failing = False
        return result
