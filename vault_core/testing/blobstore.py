"""What every `BlobStore` keeps to, as tests."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Iterable

import pytest

from vault_core.api import BlobStore, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError

KEY = "0123456789abcdef0123456789abcdef"
OTHER = "f" * 32
HOSTILE_KEYS = {
    "empty": "",
    "short": "a" * 31,
    "long": "a" * 33,
    "upper case": "A" * 32,
    "not hexadecimal": "g" * 32,
    "newline at the end": "a" * 32 + "\n",
    "parent folder": "../" * 10 + "aa",
    "absolute": "/" + "a" * 31,
    "dots": "." * 32,
    "NUL": "a" * 31 + "\0",
    "other digits": "１" * 32,
    "percent": "%2e%2e%2f" * 3 + "aaaaa",
}
DATA = bytes(range(256)) * 5  # 1280 bytes
RANGES = {
    "all": (0, None),
    "nothing": (0, 0),
    "start": (0, 5),
    "middle": (250, 20),
    "to the end": (1270, None),
    "last byte": (1279, 1),
    "across the end": (1270, 100),
    "at the end": (1280, 10),
    "behind the end": (5000, 10),
}


async def chunks_of(*pieces: Buffer) -> AsyncIterator[Buffer]:
    """The pieces, one by one."""
    for piece in pieces:
        yield piece


async def reused(pieces: Iterable[bytes]) -> AsyncIterator[Buffer]:
    """The pieces, each in the same buffer, overwritten once the next one is asked for."""
    buffer = bytearray(4 << 20)
    for piece in pieces:
        buffer[: len(piece)] = piece
        yield memoryview(buffer)[: len(piece)]
        buffer[:] = bytes(len(buffer))


class Gate:
    """Chunks that stop after the first piece until `opened` is set, then end or raise."""

    def __init__(self, *pieces: bytes, error: Exception | None = None) -> None:
        self.pieces = pieces
        self.error = error
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def chunks(self) -> AsyncIterator[Buffer]:
        """What to give to `put`."""
        yield self.pieces[0]
        self.reached.set()
        await self.opened.wait()
        if self.error:
            raise self.error
        for piece in self.pieces[1:]:
            yield piece


async def collect(pieces: AsyncIterator[Buffer]) -> list[bytes]:
    """Copies of the pieces, made before the next one may overwrite them."""
    return [bytes(piece) async for piece in pieces]


class BlobStoreContract:
    """Subclass it with an async fixture `store`: an empty store, closed afterwards.

    `big` is the size in bytes of the largest blob that the tests store.
    """

    pytestmark = pytest.mark.asyncio
    big = 24 * (1 << 20) + 7

    async def keys(self, store: BlobStore) -> list[str]:
        """The keys that the store lists."""
        return sorted([info.key async for info in store.list()])

    @pytest.mark.parametrize("key", HOSTILE_KEYS.values(), ids=HOSTILE_KEYS.keys())
    async def test_a_key_that_is_not_one_is_refused(self, store: BlobStore, key: str) -> None:
        asked = []

        async def chunks() -> AsyncIterator[Buffer]:
            asked.append(key)
            yield b"x"

        with pytest.raises(ValueError, match="key"):
            await store.put(key, chunks())
        with pytest.raises(ValueError, match="key"):
            await store.get(key)
        with pytest.raises(ValueError, match="key"):
            await collect(store.stream(key, 0, 1, 1))
        with pytest.raises(ValueError, match="key"):
            await store.head(key)
        with pytest.raises(ValueError, match="key"):
            await store.delete(key)
        assert asked == []
        assert await self.keys(store) == []

    async def test_put_joins_chunks_of_every_kind_in_order(self, store: BlobStore) -> None:
        pieces = (b"one ", bytearray(b"two "), b"", memoryview(b"..three")[2:])
        assert await store.put(KEY, chunks_of(*pieces)) == 13
        assert await store.get(KEY) == b"one two three"

    async def test_put_is_done_with_a_chunk_when_it_asks_for_the_next(
        self, store: BlobStore
    ) -> None:
        pieces = [bytes([number]) * 700_000 for number in range(16)]
        await store.put(KEY, reused(pieces))
        assert await store.get(KEY) == b"".join(pieces)

    async def test_an_empty_blob_is_a_blob(self, store: BlobStore) -> None:
        assert await store.put(KEY, chunks_of()) == 0
        assert await store.put(OTHER, chunks_of(b"")) == 0
        assert await store.get(KEY) == b""
        assert (await store.head(KEY)).size == 0
        assert await collect(store.stream(KEY, 0, 0, 10)) == []
        assert await self.keys(store) == [KEY, OTHER]

    async def test_a_big_blob_comes_back_bit_for_bit(self, store: BlobStore) -> None:
        block = hashlib.shake_256(b"block").digest(1_000_003)
        lengths = [len(block)] * (self.big // len(block)) + [self.big % len(block)]
        written, read = hashlib.sha256(), hashlib.sha256()
        for length in lengths:
            written.update(block[:length])
        sizes = set()
        assert await store.put(KEY, reused(block[:length] for length in lengths)) == self.big
        async for piece in store.stream(KEY, 0, self.big, 1 << 20):
            read.update(piece)
            sizes.add(len(piece))
        assert read.digest() == written.digest()
        assert sizes == {1 << 20, self.big % (1 << 20)}
        start = self.big - 100_000
        assert await store.get(KEY, start) == (block * 2)[start % len(block) :][:100_000]

    @pytest.mark.parametrize(("offset", "length"), RANGES.values(), ids=RANGES.keys())
    async def test_get_gives_the_range_shortened_at_the_end(
        self, store: BlobStore, offset: int, length: int | None
    ) -> None:
        await store.put(KEY, chunks_of(DATA))
        expected = DATA[offset:] if length is None else DATA[offset : offset + length]
        assert await store.get(KEY, offset, length) == expected

    @pytest.mark.parametrize(
        ("offset", "length", "step"), [(0, 1280, 256), (3, 1000, 300), (0, 5, 99), (1279, 1, 1)]
    )
    async def test_stream_gives_pieces_of_exactly_one_step(
        self, store: BlobStore, offset: int, length: int, step: int
    ) -> None:
        await store.put(KEY, chunks_of(DATA))
        expected = [
            DATA[start : min(start + step, offset + length)]
            for start in range(offset, offset + length, step)
        ]
        assert await collect(store.stream(KEY, offset, length, step)) == expected

    async def test_stream_beyond_the_end_is_an_error(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(DATA))
        with pytest.raises(StoreError):
            await collect(store.stream(KEY, 0, 1281, 256))
        with pytest.raises(StoreError):
            await collect(store.stream(KEY, 2000, 1, 256))

    async def test_a_stream_may_be_left_in_the_middle(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(DATA))
        for _ in range(20):
            async for piece in store.stream(KEY, 0, 1280, 100):
                assert bytes(piece) == DATA[:100]
                break
        assert await store.get(KEY) == DATA

    async def test_a_blob_can_be_streamed_into_another(self, store: BlobStore) -> None:
        data = hashlib.shake_256(b"copy").digest(2_500_000)
        await store.put(KEY, chunks_of(data))
        await store.put(OTHER, store.stream(KEY, 0, len(data), 1 << 20))
        assert await store.get(OTHER) == data

    async def test_a_missing_blob_is_not_found(self, store: BlobStore) -> None:
        with pytest.raises(BlobNotFound):
            await store.get(KEY)
        with pytest.raises(BlobNotFound):
            await store.head(KEY)
        for length in (0, 1):
            with pytest.raises(BlobNotFound):
                await collect(store.stream(KEY, 0, length, 1))
        await store.delete(KEY)

    async def test_a_blob_is_written_once(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(b"first"))
        for second in (b"second", b"first", b"", bytes(self.big // 2)):
            with pytest.raises(BlobExists):
                await store.put(KEY, chunks_of(second))
        assert await store.get(KEY) == b"first"

    @pytest.mark.parametrize("size", [100, 12_000_000], ids=["small", "large"])
    async def test_one_of_many_puts_of_a_key_wins(self, store: BlobStore, size: int) -> None:
        contents = [bytes([number]) * size for number in range(4)]
        results = await asyncio.gather(
            *(store.put(KEY, chunks_of(content)) for content in contents), return_exceptions=True
        )
        winners = [number for number, result in enumerate(results) if result == size]
        assert len(winners) == 1
        assert sum(isinstance(result, BlobExists) for result in results) == 3, results
        assert await store.get(KEY) == contents[winners[0]]
        assert await self.keys(store) == [KEY]

    async def test_many_blobs_are_put_and_read_at_once(self, store: BlobStore) -> None:
        contents = {f"{number:032x}": b"%d" % number * 9999 for number in range(40)}
        await asyncio.gather(*(store.put(key, chunks_of(b)) for key, b in contents.items()))
        read = await asyncio.gather(*(store.get(key) for key in contents))
        assert read == list(contents.values())

    async def test_nobody_sees_an_unfinished_put(self, store: BlobStore) -> None:
        gate = Gate(b"a" * 300_000, b"b")
        put = asyncio.ensure_future(store.put(KEY, gate.chunks()))
        await gate.reached.wait()
        with pytest.raises(BlobNotFound):
            await store.get(KEY)
        with pytest.raises(BlobNotFound):
            await store.head(KEY)
        assert await self.keys(store) == []
        assert await store.sweep(0) == 0
        gate.opened.set()
        assert await put == 300_001
        assert await store.get(KEY, 299_999) == b"ab"

    @pytest.mark.parametrize("size", [10, 12_000_000], ids=["small", "large"])
    async def test_an_error_of_the_chunks_passes_through_and_leaves_nothing(
        self, store: BlobStore, size: int
    ) -> None:
        error = LookupError("the sender went away")
        gate = Gate(bytes(size), error=error)
        gate.opened.set()
        with pytest.raises(LookupError) as caught:
            await store.put(KEY, gate.chunks())
        assert caught.value is error
        await self.assert_free(store)

    @pytest.mark.parametrize("size", [10, 12_000_000], ids=["small", "large"])
    async def test_a_put_cancelled_in_its_chunks_leaves_nothing(
        self, store: BlobStore, size: int
    ) -> None:
        gate = Gate(bytes(size))
        put = asyncio.ensure_future(store.put(KEY, gate.chunks()))
        await gate.reached.wait()
        put.cancel()
        with pytest.raises(asyncio.CancelledError):
            await put
        await self.assert_free(store)

    async def test_a_put_cancelled_at_any_moment_is_whole_or_absent(self, store: BlobStore) -> None:
        for number in range(24):
            key = f"{number:032x}"
            put = asyncio.ensure_future(store.put(key, chunks_of(DATA, DATA)))
            await asyncio.sleep(number * 0.0002)
            put.cancel()
            await asyncio.wait([put])
            if put.cancelled():
                with pytest.raises(BlobNotFound):
                    await store.head(key)
            else:
                assert await store.get(key) == DATA + DATA

    async def test_cancelled_reads_harm_nothing(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(bytes(3_000_000)))
        for number in range(20):
            read = asyncio.ensure_future(collect(store.stream(KEY, 0, 3_000_000, 1 << 19)))
            await asyncio.sleep(number * 0.0002)
            read.cancel()
            await asyncio.wait([read])
        assert len(await store.get(KEY)) == 3_000_000

    async def test_a_deleted_blob_is_gone_and_its_key_free(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(b"first"))
        await store.put(OTHER, chunks_of(b"other"))
        await store.delete(KEY)
        with pytest.raises(BlobNotFound):
            await store.get(KEY)
        assert await self.keys(store) == [OTHER]
        await store.put(KEY, chunks_of(b"again"))
        assert await store.get(KEY) == b"again"

    async def test_head_tells_size_and_time(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(DATA))
        info = await store.head(KEY)
        assert (info.key, info.size) == (KEY, 1280)
        assert abs(info.modified - time.time()) < 120

    async def test_list_gives_every_blob_once(self, store: BlobStore) -> None:
        sizes = {f"{number:02x}" * 16: number for number in range(0, 256, 17)}
        for key, size in sizes.items():
            await store.put(key, chunks_of(bytes(size)))
        listed = [info async for info in store.list()]
        assert len(listed) == len(sizes)
        assert {info.key: info.size for info in listed} == sizes
        assert all(abs(info.modified - time.time()) < 120 for info in listed)

    async def test_sweep_spares_every_blob(self, store: BlobStore) -> None:
        await store.put(KEY, chunks_of(DATA))
        assert await store.sweep(time.time() + 3600) == 0
        assert await store.get(KEY) == DATA

    async def assert_free(self, store: BlobStore) -> None:
        """Nothing of KEY is visible, whatever is left can be swept, and it can be put."""
        with pytest.raises(BlobNotFound):
            await store.head(KEY)
        assert await self.keys(store) == []
        await store.sweep(time.time() + 3600)
        assert await store.put(KEY, chunks_of(DATA)) == len(DATA)
