"""The read cache gives what the store gives, less often from the store."""

from __future__ import annotations

import os
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from vault_core.api import BlobStore, Buffer
from vault_core.errors import BlobNotFound, StoreError
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.blobs.read_cache import BLOCK, ReadCache
from vault_core.testing.blobstore import KEY, OTHER, BlobStoreContract, chunks_of, collect

DATA = os.urandom(2 * BLOCK + 1000)
CAPACITY = 64 * BLOCK
RANGES = {
    "within a block": (10, 100),
    "across two": (BLOCK - 5, 10),
    "a whole block": (BLOCK, BLOCK),
    "everything": (0, len(DATA)),
    "the last byte": (len(DATA) - 1, 1),
    "beyond the end": (len(DATA) - 10, 5000),
    "behind the end": (len(DATA) + 3 * BLOCK, 10),
}


class Counting(MemoryBlobStore):
    """Counts reads, and can be out of reach."""

    reads = 0
    away = False

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        self.reads += 1
        if self.away:
            raise StoreError("away")
        return await super().get(key, offset, length)

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        self.reads += 1
        async for piece in super().stream(key, offset, length, step):
            yield piece


@pytest.fixture
async def inside() -> Counting:
    store = Counting()
    await store.put(KEY, chunks_of(DATA))
    return store


@pytest.fixture
async def cache(inside: Counting, tmp_path: Path) -> AsyncIterator[ReadCache]:
    cache = ReadCache(inside, tmp_path / "cache", CAPACITY)
    yield cache
    await cache.close()


class TestReadCache(BlobStoreContract):
    """A wrapped store is a store."""

    @pytest.fixture
    async def store(self, tmp_path: Path) -> AsyncIterator[BlobStore]:
        cache = ReadCache(MemoryBlobStore(), tmp_path / "cache", CAPACITY)
        yield cache
        await cache.close()


@pytest.mark.parametrize(("offset", "length"), RANGES.values(), ids=RANGES)
async def test_a_range_is_the_stores_and_then_the_caches(
    cache: ReadCache, inside: Counting, offset: int, length: int
) -> None:
    assert await cache.get(KEY, offset, length) == DATA[offset : offset + length]
    inside.away = True
    assert await cache.get(KEY, offset, length) == DATA[offset : offset + length]


async def test_a_stream_comes_from_the_cache_too(cache: ReadCache, inside: Counting) -> None:
    for _ in range(2):
        pieces = await collect(cache.stream(KEY, 5, len(DATA) - 5, 700_000))
        assert b"".join(pieces) == DATA[5:]
        assert {len(piece) for piece in pieces[:-1]} == {700_000}
        inside.away = True
    assert inside.reads == 3


async def test_what_is_deleted_is_not_held(cache: ReadCache) -> None:
    await cache.get(KEY, 0, 10)
    await cache.delete(KEY)
    with pytest.raises(BlobNotFound):
        await cache.get(KEY, 0, 10)


async def test_a_damaged_block_is_fetched_again(
    cache: ReadCache, inside: Counting, tmp_path: Path
) -> None:
    await cache.get(KEY, 0, 10)
    (block,) = (tmp_path / "cache").glob("*/*-0")
    block.write_bytes(b"x" + block.read_bytes()[1:])
    assert await cache.get(KEY, 0, 10) == DATA[:10]
    assert inside.reads == 2
    block.unlink()
    assert await cache.get(KEY, 0, 10) == DATA[:10]


async def test_it_holds_no_more_than_it_may(inside: Counting, tmp_path: Path) -> None:
    cache = ReadCache(inside, tmp_path, 8 * BLOCK)
    await inside.put(OTHER, chunks_of(os.urandom(20 * BLOCK)))
    for number in range(20):
        await cache.get(OTHER, number * BLOCK, BLOCK // 2)
    held = [path.stat() for path in tmp_path.glob("*/*-*")]
    assert sum(status.st_size for status in held) == 8 * BLOCK
    assert {status.st_mode & 0o777 for status in held} == {0o600}
    await cache.close()
    assert list(tmp_path.iterdir()) == []


async def test_what_is_too_large_passes_by(inside: Counting, tmp_path: Path) -> None:
    cache = ReadCache(inside, tmp_path, 8 * BLOCK)
    assert await cache.get(KEY, 0, 2 * BLOCK) == DATA[: 2 * BLOCK]
    assert b"".join(await collect(cache.stream(KEY, 0, len(DATA), BLOCK))) == DATA
    assert list(tmp_path.glob("*/*-*")) == []
    await cache.close()


async def test_a_disk_that_fails_makes_it_useless_not_wrong(
    cache: ReadCache, tmp_path: Path
) -> None:
    for folder in (tmp_path / "cache").iterdir():
        folder.rmdir()
    for _ in range(2):
        assert await cache.get(KEY, 0, 10) == DATA[:10]


async def test_only_folders_of_dead_processes_are_removed(
    cache: ReadCache, inside: Counting, tmp_path: Path
) -> None:
    await cache.get(KEY, 0, 10)
    ended = subprocess.Popen(["true"])
    ended.wait()
    (tmp_path / "cache" / f"{ended.pid}-dead").mkdir()
    second = ReadCache(inside, tmp_path / "cache", CAPACITY)
    assert len(list((tmp_path / "cache").iterdir())) == 2
    assert list((tmp_path / "cache").glob("*/*-0"))
    await second.close()
