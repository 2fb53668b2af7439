"""A bounded cache of small ciphertexts: immutable, so never stale, and worth nothing stolen."""

from __future__ import annotations

from collections import OrderedDict

from vault_core.store.ids import BlobId


class CiphertextCache:
    """Least recently used blobs go first once `capacity` bytes are held."""

    def __init__(self, capacity: int = 16 * 1024 * 1024) -> None:
        self._capacity = capacity
        self._held = 0
        self._blobs: OrderedDict[BlobId, bytes] = OrderedDict()

    def get(self, blob: BlobId) -> bytes | None:
        """The blob, if it is held."""
        data = self._blobs.get(blob)
        if data is not None:
            self._blobs.move_to_end(blob)
        return data

    def put(self, blob: BlobId, data: bytes) -> None:
        """Hold the blob for a while."""
        if len(data) * 8 > self._capacity or blob in self._blobs:
            return
        self._blobs[blob] = data
        self._held += len(data)
        while self._held > self._capacity:
            _, oldest = self._blobs.popitem(last=False)
            self._held -= len(oldest)
