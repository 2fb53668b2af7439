"""An S3 or WebDAV service that fails on the way: no acknowledged blob is lost, no byte is wrong."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from storage_backends.s3 import open_s3
from storage_backends.webdav import open_webdav
from tests.cluster.proxy import Mode, Proxy, proxy
from tests.storage_backends.servers import (
    S3_KEY,
    S3_SECRET,
    WEBDAV_USER,
    s3_server,
    webdav_server,
)
from vault_core.api import BlobStore
from vault_core.errors import StoreError
from vault_core.store.blobs.decorators import Limited, Retrying
from vault_core.store.blobs.proven import Proven
from vault_core.store.blobs.read_cache import ReadCache
from vault_core.testing.blobstore import BlobStoreContract, chunks_of, collect

pytestmark = pytest.mark.fault
LARGE = os.urandom(20 << 20)
SMALL = os.urandom(100_000)


@dataclass(frozen=True, slots=True)
class Service:
    """A store's service that runs, and how its backend is told where."""

    port: int
    open: Callable[[str, Path], BlobStore]
    """The backend over this address, with a folder of the test's own."""


def _s3(url: str, folder: Path) -> BlobStore:
    options = {
        "bucket": "blobs", "prefix": folder.name, "endpoint": url,
        "access_key_id": S3_KEY, "secret_access_key": S3_SECRET,
    }  # fmt: skip
    return open_s3(options, str(folder))


def _webdav(url: str, folder: Path) -> BlobStore:
    user, password = WEBDAV_USER
    # One collection for each test, as S3 has one prefix for each.
    httpx.request("MKCOL", f"{url}/{folder.name}", auth=WEBDAV_USER).raise_for_status()
    options = {"url": f"{url}/{folder.name}/", "username": user, "password": password}
    return open_webdav(options, str(folder))


@pytest.fixture(scope="module", params=["s3", "webdav"])
def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """SeaweedFS, or rclone's WebDAV server."""
    folder = tmp_path_factory.mktemp(request.param)
    serving, opening = {"s3": (s3_server, _s3), "webdav": (webdav_server, _webdav)}[request.param]
    with serving(folder) as url:
        yield Service(int(url.rstrip("/").rpartition(":")[2]), opening)


@pytest.fixture
def way(service: Service) -> Iterator[Proxy]:
    """What stands before the service."""
    with proxy(service.port) as found:
        yield found


@pytest.fixture
async def store(service: Service, way: Proxy, tmp_path: Path) -> AsyncIterator[BlobStore]:
    """The store as the server composes it, over the proxy; a place of its own."""
    far = service.open(f"http://127.0.0.1:{way.port}", tmp_path)
    store = ReadCache(Proven(Retrying(Limited(far, 8))), tmp_path / "cache", 512 << 20)
    yield store
    way.be("open")
    await store.close()


@pytest.mark.parametrize("service", ["s3"], indirect=True)
class TestComposedStore(BlobStoreContract):
    """All decorators together, over a real service, are still a store.

    On S3 only: rclone's WebDAV server answers 423 for seconds when one name is written by many.
    """


@pytest.mark.parametrize("service", ["webdav"], indirect=True)
async def test_more_puts_than_turns_come_to_an_end(store: BlobStore) -> None:
    contents = {f"{number:032x}": b"%d" % number * 9999 for number in range(24)}
    puts = (store.put(key, chunks_of(content)) for key, content in contents.items())
    results = await asyncio.wait_for(asyncio.gather(*puts, return_exceptions=True), 300)
    stored = [key for key, size in zip(contents, results, strict=True) if isinstance(size, int)]
    # The server may keep a name locked for too long: that is an error, and no waiting for ever.
    assert all(isinstance(result, int | StoreError) for result in results), results
    assert stored
    assert [await store.get(key) for key in stored] == [contents[key] for key in stored]


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
