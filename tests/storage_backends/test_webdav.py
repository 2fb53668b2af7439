"""The WebDAV store keeps to the contract against a real server, and names what goes wrong."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage_backends.webdav import open_webdav, parchemin_blob_stores
from storage_backends.webdav_store import WebDAVBlobStore
from tests.storage_backends.servers import WEBDAV_USER, free_ports, webdav_server
from vault_core.errors import SettingsError, StoreError
from vault_core.testing.blobstore import KEY, BlobStoreContract, chunks_of


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    folder = tmp_path_factory.mktemp("served")
    with webdav_server(folder) as url:
        yield url, folder


@pytest.fixture
async def store(served: tuple[str, Path]) -> AsyncIterator[WebDAVBlobStore]:
    url, folder = served
    for path in folder.iterdir():
        shutil.rmtree(path)
    store = WebDAVBlobStore(url, WEBDAV_USER)
    yield store
    await store.close()


@pytest.mark.client
class TestWebDAVBlobStore(BlobStoreContract):
    """Every sentence of the `BlobStore` protocol."""


@pytest.mark.client
async def test_sweep_removes_what_a_crash_left_once_it_is_old(
    store: WebDAVBlobStore, served: tuple[str, Path]
) -> None:
    left = served[1] / "incoming" / f"{KEY}.0011223344556677"
    left.parent.mkdir()
    left.write_bytes(b"half")
    os.utime(left, (1000, 1000))
    assert [info async for info in store.list()] == []
    assert await store.sweep(1000) == 0
    assert await store.sweep(2000) == 1
    assert list(left.parent.iterdir()) == []


@pytest.mark.client
async def test_a_wrong_password_is_a_store_error(served: tuple[str, Path]) -> None:
    store = WebDAVBlobStore(served[0], ("parchemin", "wrong"))
    for operation in (store.get(KEY), store.head(KEY), store.put(KEY, chunks_of(b"x"))):
        with pytest.raises(StoreError, match="401"):
            await operation
    await store.close()


async def test_a_server_that_is_down_is_a_store_error() -> None:
    store = WebDAVBlobStore(f"http://127.0.0.1:{free_ports(1)[0]}/", timeout=1)
    for operation in (store.get(KEY), store.head(KEY), store.put(KEY, chunks_of(b"x"))):
        with pytest.raises(StoreError, match="ConnectError"):
            await operation
    await store.close()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, r"storage\.webdav\.url is None"),
        ({"url": "ftp://x"}, r"url is 'ftp://x'; it must begin with https://"),
        ({"url": "https://x", "timeout": "soon"}, r"timeout is 'soon'; it must be a number"),
        ({"url": "https://x", "timeout": 0}, r"timeout is 0; it must be a number above 0"),
        ({"url": "https://x", "user": "me"}, r"storage\.webdav\.user is not a setting"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        open_webdav(options, "/nowhere")


@pytest.mark.client
async def test_the_hook_opens_it(served: tuple[str, Path]) -> None:
    user, password = WEBDAV_USER
    options = {"url": served[0], "username": user, "password": password, "timeout": "5"}
    store = parchemin_blob_stores()["webdav"](options, "/nowhere")
    assert await store.put(f"{1:032x}", chunks_of(b"x")) == 1
    await store.close()
