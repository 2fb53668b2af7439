"""A blob store in front of another one; what stands there does one thing and passes on the rest."""

from __future__ import annotations

from collections.abc import AsyncIterator

from vault_core.api import BlobInfo, BlobStore, Buffer


class Wrapped:
    """The store inside as it is: each subclass says which operations it changes, and how."""

    def __init__(self, store: BlobStore) -> None:
        self._store = store

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """`BlobStore.put`."""
        return await self._store.put(key, chunks)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`BlobStore.get`."""
        return await self._store.get(key, offset, length)

    def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """`BlobStore.stream`."""
        return self._store.stream(key, offset, length, step)

    async def delete(self, key: str) -> None:
        """`BlobStore.delete`."""
        await self._store.delete(key)

    async def head(self, key: str) -> BlobInfo:
        """`BlobStore.head`."""
        return await self._store.head(key)

    def list(self) -> AsyncIterator[BlobInfo]:
        """`BlobStore.list`."""
        return self._store.list()

    async def sweep(self, before: float) -> int:
        """`BlobStore.sweep`."""
        return await self._store.sweep(before)

    async def close(self) -> None:
        """Close the store inside."""
        await self._store.close()
