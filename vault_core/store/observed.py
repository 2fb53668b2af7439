"""A blob store whose operations are timed and counted by whoever asked for it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager

from vault_core.api import BlobInfo, BlobStore, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError

Note = Callable[[str, float, bool], None]
"""`note(operation, seconds, failed)`; a missing or existing blob is an answer, not a failure."""


class Observed:
    """Tells `note` about every operation of the store inside; changes nothing."""

    def __init__(self, store: BlobStore, note: Note) -> None:
        self._store = store
        self._note = note

    @contextmanager
    def _noted(self, operation: str) -> Iterator[None]:
        started, failed = time.perf_counter(), False
        try:
            yield
        except (BlobExists, BlobNotFound):
            raise
        except StoreError:
            failed = True
            raise
        finally:
            self._note(operation, time.perf_counter() - started, failed)

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """`BlobStore.put`; its time includes waiting for the chunks."""
        with self._noted("put"):
            return await self._store.put(key, chunks)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`BlobStore.get`."""
        with self._noted("get"):
            return await self._store.get(key, offset, length)

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """`BlobStore.stream`; its time includes waiting for whoever takes the pieces."""
        with self._noted("stream"):
            async for piece in self._store.stream(key, offset, length, step):
                yield piece

    async def delete(self, key: str) -> None:
        """`BlobStore.delete`."""
        with self._noted("delete"):
            await self._store.delete(key)

    async def head(self, key: str) -> BlobInfo:
        """`BlobStore.head`."""
        with self._noted("head"):
            return await self._store.head(key)

    def list(self) -> AsyncIterator[BlobInfo]:
        """`BlobStore.list`, not counted: it is maintenance, and rare."""
        return self._store.list()

    async def sweep(self, before: float) -> int:
        """`BlobStore.sweep`, not counted."""
        return await self._store.sweep(before)

    async def close(self) -> None:
        """Close the store inside."""
        await self._store.close()
