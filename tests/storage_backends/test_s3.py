"""The S3 store keeps to the contract against a real service, and names what goes wrong."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store

from storage_backends.s3 import open_s3, parchemin_blob_stores
from storage_backends.s3_store import S3BlobStore, connect
from tests.storage_backends.servers import S3_KEY, S3_SECRET, free_ports, s3_server
from vault_core.errors import BlobExists, SettingsError, StoreError
from vault_core.testing.blobstore import KEY, BlobStoreContract, chunks_of

LARGE = 9 << 20


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with s3_server(tmp_path_factory.mktemp("seaweedfs")) as url:
        yield url


@pytest.fixture
async def bucket(endpoint: str) -> S3Store:
    """The bucket, empty but for what other prefixes hold."""
    client = connect(
        "blobs",
        prefix="test",
        endpoint=endpoint,
        access_key_id=S3_KEY,
        secret_access_key=S3_SECRET,
    )
    async for batch in obstore.list(client):
        await obstore.delete_async(client, [found["path"] for found in batch])
    return client


@pytest.fixture
async def store(bucket: S3Store) -> AsyncIterator[S3BlobStore]:
    store = S3BlobStore(bucket)
    yield store
    await store.close()


@pytest.mark.client
class TestS3BlobStore(BlobStoreContract):
    """Every sentence of the `BlobStore` protocol."""


@pytest.mark.client
async def test_a_large_put_leaves_no_claim(store: S3BlobStore, bucket: S3Store) -> None:
    await store.put(KEY, chunks_of(bytes(LARGE)))
    found = [meta["path"] async for batch in obstore.list(bucket) for meta in batch]
    assert found == [f"blobs/{KEY}"]


@pytest.mark.client
async def test_sweep_removes_the_claim_of_a_crashed_put(
    store: S3BlobStore, bucket: S3Store
) -> None:
    await obstore.put_async(bucket, f"claims/{KEY}", b"")
    with pytest.raises(BlobExists):
        await store.put(KEY, chunks_of(bytes(LARGE)))
    assert [info async for info in store.list()] == []
    assert await store.sweep(time.time() - 3600) == 0
    assert await store.sweep(time.time() + 3600) == 1
    assert await store.put(KEY, chunks_of(bytes(LARGE))) == LARGE


@pytest.mark.client
async def test_a_wrong_secret_is_a_store_error_that_does_not_tell_it(endpoint: str) -> None:
    store = S3BlobStore(
        connect("blobs", endpoint=endpoint, access_key_id=S3_KEY, secret_access_key="wrong-one")
    )
    for operation in (store.get(KEY), store.head(KEY), store.put(KEY, chunks_of(b"x"))):
        with pytest.raises(StoreError) as caught:
            await operation
        assert "S3" in str(caught.value)
        assert "wrong-one" not in str(caught.value)


async def test_a_service_that_is_down_is_a_store_error() -> None:
    address = f"http://127.0.0.1:{free_ports(1)[0]}"
    store = S3BlobStore(
        connect("blobs", endpoint=address, access_key_id="a", secret_access_key="b")
    )
    with pytest.raises(StoreError, match="S3 service failed"):
        await asyncio.wait_for(store.get(KEY), 240)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({}, r"storage\.s3\.bucket is None"),
        ({"bucket": "b", "endpoint": "s3.example"}, r"endpoint is 's3\.example'; it must begin"),
        ({"bucket": "b", "access_key_id": "a"}, "belong together"),
        ({"bucket": "b", "key": "a"}, r"storage\.s3\.key is not a setting"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingsError, match=sentence):
        open_s3(options, "/nowhere")


def test_a_secret_is_not_repeated() -> None:
    with pytest.raises(SettingsError, match="secret_access_key: it must be a text") as refusal:
        open_s3({"bucket": "b", "access_key_id": "a", "secret_access_key": 7319640}, "/nowhere")
    assert "7319640" not in str(refusal.value)


@pytest.mark.client
async def test_the_hook_opens_it(endpoint: str) -> None:
    options = {
        "bucket": "blobs",
        "prefix": "hook",
        "endpoint": endpoint,
        "access_key_id": S3_KEY,
        "secret_access_key": S3_SECRET,
    }
    store = parchemin_blob_stores()["s3"](options, "/nowhere")
    await store.delete(KEY)
    assert await store.put(KEY, chunks_of(b"x")) == 1
    assert await store.get(KEY) == b"x"
    await store.close()


def test_without_its_package_the_backend_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "storage_backends.s3_store", None)
    with pytest.raises(SettingsError, match=r"needs obstore: pip install"):
        open_s3({"bucket": "b"}, "/nowhere")


def test_opening_sends_and_writes_nothing(tmp_path: Path) -> None:
    open_s3({"bucket": "b", "access_key_id": "a", "secret_access_key": "b"}, str(tmp_path))
    assert list(tmp_path.iterdir()) == []
