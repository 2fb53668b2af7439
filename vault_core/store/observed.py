"""A blob store whose operations are timed, and a catalog whose failures are counted."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from vault_core.api import BlobInfo, BlobStore, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError
from vault_core.store.blobs.wrapped import Wrapped
from vault_core.store.catalog import Catalog, Row, Unit

T = TypeVar("T")
P = ParamSpec("P")

Note = Callable[[str, float, bool], None]
"""`note(operation, seconds, failed)`; a missing or existing blob is an answer, not a failure."""
Failed = Callable[[str], None]
"""`failed(operation)`: the catalog raised StoreError on a "read" or a "commit"."""


class Observed(Wrapped):
    """Tells `note` about every operation of the store inside; changes nothing.

    Lists and sweeps are not counted: they are maintenance, and rare.
    """

    def __init__(self, store: BlobStore, note: Note) -> None:
        super().__init__(store)
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


class ObservedCatalog:
    """Tells `failed` about every failure of the catalog inside; changes nothing.

    A Conflict is an answer, not a failure.
    """

    def __init__(self, catalog: Catalog, failed: Failed) -> None:
        self.inside = catalog
        self._failed = failed
        self.generation = catalog.generation

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """`Catalog.fetch`."""
        try:
            return await self.inside.fetch(sql, parameters)
        except StoreError:
            self._failed("read")
            raise

    async def point(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """`Catalog.point`."""
        try:
            return await self.inside.point(sql, parameters)
        except StoreError:
            self._failed("read")
            raise

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """`Catalog.few`."""
        try:
            return await self.inside.few(sql, parameters)
        except StoreError:
            self._failed("read")
            raise

    async def commit(self, unit: Callable[P, Unit[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """`Catalog.commit`."""
        try:
            return await self.inside.commit(unit, *args, **kwargs)
        except StoreError:
            self._failed("commit")
            raise

    @property
    def waiting(self) -> int:
        """How many changes wait to be committed, where the catalog inside tells it."""
        return int(getattr(self.inside, "waiting", 0))

    @property
    def undone(self) -> int:
        """How many transactions were run again, where the catalog inside has such."""
        return int(getattr(self.inside, "undone", 0))

    async def close(self) -> None:
        """Close the catalog inside."""
        await self.inside.close()
