"""An S3 service that fails on the way: no acknowledged blob is lost, no wrong byte is given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage_backends.s3 import open_s3
from tests.cluster.proxy import Mode, Proxy, proxy
from tests.storage_backends.servers import S3_KEY, S3_SECRET, s3_server
from vault_core.api import BlobStore
from vault_core.errors import StoreError
from vault_core.store.decorators import Limited, Retrying
from vault_core.store.proven import Proven
from vault_core.store.read_cache import ReadCache
from vault_core.testing.blobstore import BlobStoreContract, chunks_of, collect

pytestmark = pytest.mark.fault
LARGE = os.urandom(20 << 20)
SMALL = os.urandom(100_000)


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_server(tmp_path_factory.mktemp("seaweedfs")) as url:
        yield url


@pytest.fixture
def way(endpoint: str) -> Iterator[Proxy]:
    """What stands before the service."""
    with proxy(int(endpoint.rpartition(":")[2])) as found:
        yield found


@pytest.fixture
async def store(way: Proxy, tmp_path: Path) -> AsyncIterator[BlobStore]:
    """The store as the server composes it, over the proxy; a prefix of its own."""
    options = {
        "bucket": "blobs", "prefix": tmp_path.name, "endpoint": f"http://127.0.0.1:{way.port}",
        "access_key_id": S3_KEY, "secret_access_key": S3_SECRET,
    }  # fmt: skip
    inside = Proven(Retrying(Limited(open_s3(options, str(tmp_path)), 8)))
    store = ReadCache(inside, tmp_path / "cache", 512 << 20)
    yield store
    way.be("open")
    await store.close()


class TestComposedStore(BlobStoreContract):
    """All decorators together, over a real S3 service, are still a store."""


def key(number: int) -> str:
    return f"{number:032x}"


@pytest.mark.parametrize("data", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize(
    ("mode", "cut_after"),
    [("gone", 0), ("cut", 0), ("cut", 50_000), ("cut", 3 << 20)],
    ids=["gone", "cut at once", "cut early", "cut late"],
)
async def test_a_put_that_breaks_is_an_error_and_can_be_made_again(
    store: BlobStore, way: Proxy, data: bytes, mode: Mode, cut_after: int
) -> None:
    if cut_after > len(data):
        cut_after = len(data) // 2
    way.be(mode, cut_after=cut_after)
    with pytest.raises(StoreError) as raised:
        await asyncio.wait_for(store.put(key(1), chunks_of(data)), 120)
    assert raised.value.status == 503
    way.be("open")
    # Another key, as every upload has: the first may be there, unacknowledged.
    assert await store.put(key(2), chunks_of(data)) == len(data)
    assert await store.get(key(2)) == data


async def test_a_break_while_reading_is_bridged(store: BlobStore, way: Proxy) -> None:
    await store.put(key(1), chunks_of(LARGE))
    pieces, breaks = [], 0
    async for piece in store.stream(key(1), 0, len(LARGE), 1 << 20):
        pieces.append(bytes(piece))
        if len(pieces) in (3, 9):
            way.be("gone")
            asyncio.get_running_loop().call_later(0.3, lambda: asyncio.ensure_future(_open(way)))
            breaks += 1
    assert b"".join(pieces) == LARGE
    assert breaks == 2


async def _open(way: Proxy) -> None:
    await asyncio.to_thread(way.be, "open")


async def test_a_late_answer_is_waited_for(store: BlobStore, way: Proxy) -> None:
    way.be("slow")
    assert await store.put(key(1), chunks_of(SMALL)) == len(SMALL)
    assert await store.get(key(1)) == SMALL


async def test_what_was_read_lately_is_there_while_the_service_is_not(
    store: BlobStore, way: Proxy
) -> None:
    await store.put(key(1), chunks_of(LARGE))
    assert b"".join(await collect(store.stream(key(1), 0, len(LARGE), 1 << 20))) == LARGE
    way.be("gone")
    assert b"".join(await collect(store.stream(key(1), 0, len(LARGE), 1 << 20))) == LARGE
    assert await store.get(key(1), 5_000_000, 100) == LARGE[5_000_000:5_000_100]
