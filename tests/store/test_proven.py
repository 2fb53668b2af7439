"""A store that lies about what it stored costs an error, never a document."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from vault_core.api import BlobStore, Buffer
from vault_core.errors import BlobNotFound, StoreError
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.blobs.proven import Proven
from vault_core.testing.blobstore import KEY, BlobStoreContract, chunks_of

DATA = bytes(range(250)) * 9000


class Liar(MemoryBlobStore):
    """Says that it stored everything, and keeps what `kept` makes of it."""

    def __init__(self, kept: dict[bytes, bytes] | None) -> None:
        super().__init__()
        self.kept = kept

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        data = b"".join([bytes(chunk) async for chunk in chunks])
        if self.kept is not None:
            await super().put(key, chunks_of(self.kept[data]))
        return len(data)


class TestProven(BlobStoreContract):
    """A wrapped store is a store."""

    @pytest.fixture
    def store(self) -> BlobStore:
        return Proven(MemoryBlobStore())


@pytest.mark.parametrize(
    "kept",
    [
        pytest.param(None, id="nothing"),
        pytest.param({DATA: b""}, id="an empty blob"),
        pytest.param({DATA: DATA[:-1]}, id="all but the last byte"),
        pytest.param({DATA: DATA + b"\0"}, id="a byte more"),
        pytest.param({DATA: DATA[:99] + b"\0" + DATA[100:]}, id="one byte changed"),
    ],
)
async def test_a_lie_is_an_error_that_leaves_nothing(kept: dict[bytes, bytes] | None) -> None:
    inside = Liar(kept)
    with pytest.raises(StoreError, match="does not hold what it said") as raised:
        await Proven(inside).put(KEY, chunks_of(DATA))
    assert raised.value.status == 503
    with pytest.raises(BlobNotFound):
        await inside.head(KEY)
