"""The memory store keeps to the contract that every blob store keeps to."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from vault_core.api import BlobStore
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.testing.blobstore import BlobStoreContract


@pytest.fixture
async def store() -> AsyncIterator[BlobStore]:
    store = MemoryBlobStore()
    yield store
    await store.close()


class TestMemoryBlobStore(BlobStoreContract):
    """Every sentence of the `BlobStore` protocol."""
