"""Wrapped stores keep to the contract; failures that may pass are tried again, others are not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from vault_core.api import BlobStore, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError, StoreFull
from vault_core.store.blobs.decorators import DELAYS, Limited, Retrying
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.testing.blobstore import KEY, OTHER, BlobStoreContract, Gate, chunks_of, collect

DATA = bytes(range(250)) * 4


class Flaky(MemoryBlobStore):
    """A memory store whose next operations fail with the errors in `failures`.

    A stream fails after `pieces` pieces.
    """

    def __init__(self, *failures: StoreError, pieces: int = 0) -> None:
        super().__init__()
        self.failures = list(failures)
        self.pieces = pieces

    def fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        self.fail()
        return await super().put(key, chunks)

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        self.fail()
        return await super().get(key, offset, length)

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        count = 0
        async for piece in super().stream(key, offset, length, step):
            if count == self.pieces:
                self.fail()
            yield piece
            count += 1


class Sleeps(list[float]):
    """Remembers how long it was asked to sleep, and does not."""

    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


class TestRetrying(BlobStoreContract):
    """A wrapped store is a store."""

    @pytest.fixture
    async def store(self) -> BlobStore:
        return Retrying(MemoryBlobStore())


class TestLimited(BlobStoreContract):
    """A store with one turn is a store, also for a stream that feeds a put."""

    @pytest.fixture
    async def store(self) -> BlobStore:
        return Limited(MemoryBlobStore(), 1)


async def test_a_passing_failure_is_tried_again_with_growing_delays() -> None:
    sleeps = Sleeps()
    inside = Flaky(StoreError(), StoreError())
    store = Retrying(inside, sleep=sleeps)
    await MemoryBlobStore.put(inside, KEY, chunks_of(DATA))
    assert await store.get(KEY) == DATA
    assert sleeps == list(DELAYS[:2])


async def test_a_lasting_failure_is_raised_after_the_last_try() -> None:
    sleeps = Sleeps()
    errors = [StoreError(str(number)) for number in range(9)]
    with pytest.raises(StoreError, match="3"):
        await Retrying(Flaky(*errors), sleep=sleeps).get(KEY)
    assert sleeps == list(DELAYS)


@pytest.mark.parametrize("answer", [BlobNotFound(), BlobExists(), StoreFull()])
async def test_an_answer_is_not_tried_again(answer: StoreError) -> None:
    sleeps = Sleeps()
    with pytest.raises(type(answer)):
        await Retrying(Flaky(answer), sleep=sleeps).get(KEY)
    assert sleeps == []


async def test_a_put_is_never_repeated() -> None:
    sleeps = Sleeps()
    inside = Flaky(StoreError("once"))
    with pytest.raises(StoreError, match="once"):
        await Retrying(inside, sleep=sleeps).put(KEY, chunks_of(DATA))
    assert sleeps == []


async def test_a_stream_goes_on_where_it_broke_off() -> None:
    sleeps = Sleeps()
    inside = Flaky(*[StoreError()] * 5, pieces=1)
    await MemoryBlobStore.put(inside, KEY, chunks_of(DATA))
    pieces = await collect(Retrying(inside, sleep=sleeps).stream(KEY, 100, 900, 128))
    assert b"".join(pieces) == DATA[100:]
    assert [len(piece) for piece in pieces] == [128] * 7 + [4]
    assert sleeps == [DELAYS[0]] * 5


class Counting(MemoryBlobStore):
    """Knows how many reads were at work at once."""

    now = most = 0

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0.001)
        self.now -= 1
        return await super().get(key, offset, length)


async def test_no_more_are_at_work_than_allowed() -> None:
    inside = Counting()
    store = Limited(inside, 3)
    await store.put(KEY, chunks_of(DATA))
    assert await asyncio.gather(*(store.get(KEY) for _ in range(30))) == [DATA] * 30
    assert inside.most == 3


async def test_a_put_waiting_for_its_chunks_keeps_nobody_waiting() -> None:
    store = Limited(MemoryBlobStore(), 1)
    gate = Gate(b"a", b"b")
    put = asyncio.ensure_future(store.put(KEY, gate.chunks()))
    await gate.reached.wait()
    assert await asyncio.wait_for(store.put(OTHER, chunks_of(b"x")), 60) == 1
    gate.opened.set()
    assert await put == 2


async def test_turns_survive_cancelled_puts() -> None:
    store = Limited(MemoryBlobStore(), 1)
    for number in range(20):
        gate = Gate(b"a", b"b")
        put = asyncio.ensure_future(store.put(KEY, gate.chunks()))
        for _ in range(number % 5):
            await asyncio.sleep(0)
        put.cancel()
        await asyncio.wait([put])
    busy = [asyncio.ensure_future(store.get(OTHER)) for _ in range(5)]
    results = await asyncio.wait_for(asyncio.gather(*busy, return_exceptions=True), 60)
    assert [type(result) for result in results] == [BlobNotFound] * 5
