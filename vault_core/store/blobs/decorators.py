"""What any blob store can be wrapped in: patience with failures, a bound on work at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import TypeVar

from vault_core.api import BlobInfo, BlobStore, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError, StoreFull
from vault_core.pieces import end
from vault_core.store.blobs.wrapped import Wrapped

T = TypeVar("T")

DELAYS = (0.1, 0.5, 2.0)
"""Seconds before each further try."""
PATIENCE = 15.0
"""Seconds after which nothing is tried again: whoever waits is told, and may try again then."""


class Retrying(Wrapped):
    """Tries again what failed with a StoreError that may pass.

    A missing or existing blob and a full store are answers, not failures. A stream goes on where
    it broke off. A put is never repeated, for its chunks come only once, nor is a list, which
    would name blobs twice.
    """

    def __init__(
        self,
        store: BlobStore,
        delays: Sequence[float] = DELAYS,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(store)
        self._delays = tuple(delays)
        self._sleep = sleep
        self._monotonic = monotonic

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`BlobStore.get`, tried again."""
        return await self._again(lambda: self._store.get(key, offset, length))

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """`BlobStore.stream`, taken up again where it broke off; every piece renews the tries."""
        done, failures, since = 0, 0, self._monotonic()
        while True:
            try:
                async for piece in self._store.stream(key, offset + done, length - done, step):
                    done += len(piece)
                    yield piece
                    failures, since = 0, self._monotonic()
                return
            except StoreError as error:
                await self._wait_or_raise(error, failures, since)
                failures += 1

    async def delete(self, key: str) -> None:
        """`BlobStore.delete`, tried again."""
        await self._again(lambda: self._store.delete(key))

    async def head(self, key: str) -> BlobInfo:
        """`BlobStore.head`, tried again."""
        return await self._again(lambda: self._store.head(key))

    async def sweep(self, before: float) -> int:
        """`BlobStore.sweep`, tried again; the count is the last try's."""
        return await self._again(lambda: self._store.sweep(before))

    async def _again(self, operation: Callable[[], Awaitable[T]]) -> T:
        failures, since = 0, self._monotonic()
        while True:
            try:
                return await operation()
            except StoreError as error:
                await self._wait_or_raise(error, failures, since)
                failures += 1

    async def _wait_or_raise(self, error: StoreError, failures: int, since: float) -> None:
        lasting = isinstance(error, BlobNotFound | BlobExists | StoreFull)
        late = self._monotonic() - since > PATIENCE
        if lasting or late or failures >= len(self._delays):
            raise error
        await self._sleep(self._delays[failures])


class Limited(Wrapped):
    """At most so many operations at work at once, lists aside; the others wait their turn.

    Nobody keeps a turn while waiting for somebody else: a put gives its own back while its
    chunks are awaited, a stream while its piece is used. So a stream can feed a put under a
    limit of 1.
    """

    def __init__(self, store: BlobStore, at_once: int) -> None:
        """`at_once` is at least 1."""
        super().__init__(store)
        self._turns = asyncio.Semaphore(at_once)

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """`BlobStore.put`, in turn."""
        turn = _Turn(self._turns)
        async with turn:
            return await self._store.put(key, turn.given_back_while(chunks))

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """`BlobStore.get`, in turn."""
        async with self._turns:
            return await self._store.get(key, offset, length)

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """`BlobStore.stream`, in turn for each piece."""
        pieces = self._store.stream(key, offset, length, step)
        try:
            while True:
                async with self._turns:
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece
        finally:
            await end(pieces)

    async def delete(self, key: str) -> None:
        """`BlobStore.delete`, in turn."""
        async with self._turns:
            await self._store.delete(key)

    async def head(self, key: str) -> BlobInfo:
        """`BlobStore.head`, in turn."""
        async with self._turns:
            return await self._store.head(key)

    async def sweep(self, before: float) -> int:
        """`BlobStore.sweep`, in turn."""
        async with self._turns:
            return await self._store.sweep(before)


class _Turn:
    """A turn that can be given back for a while."""

    def __init__(self, turns: asyncio.Semaphore) -> None:
        self._turns = turns
        self._held = False

    async def __aenter__(self) -> None:
        await self._turns.acquire()
        self._held = True

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        if self._held:
            self._held = False
            self._turns.release()

    async def given_back_while(self, chunks: AsyncIterator[Buffer]) -> AsyncIterator[Buffer]:
        """The chunks; while each is awaited, the turn is somebody else's."""
        while True:
            self._give_back()
            chunk = await anext(chunks, None)
            await self.__aenter__()
            if chunk is None:
                return
            yield chunk
