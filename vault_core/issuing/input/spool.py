"""A file of rows on its way in: on disk only as ciphertext, under a key that only memory has."""

from __future__ import annotations

import io
import tempfile
from typing import Any

from vault_core.api import Buffer, Random
from vault_core.crypto.aead import TAG_SIZE, Aead

CHUNK = 64 * 1024
_SEALED = CHUNK + TAG_SIZE


class SealedSpool(io.RawIOBase):
    """Written once from its beginning to `seal`, then read at any place.

    A power cut leaves ciphertext without a key; the file has no name, and is gone when closed.
    """

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._aead = Aead(random(32))
        self._file: Any = tempfile.TemporaryFile()  # noqa: SIM115 -- closed with this
        self._left = bytearray()
        self._count = 0
        self._size = 0
        self._at = 0
        self._read: tuple[int, bytes] = -1, b""

    def add(self, data: Buffer) -> None:
        """More of the content."""
        self._left += data
        self._size += len(data)
        while len(self._left) >= CHUNK:
            self._store(bytes(self._left[:CHUNK]))
            del self._left[:CHUNK]

    def seal(self) -> io.BufferedReader:
        """All of it is here: the content, to be read."""
        if self._left:
            self._store(bytes(self._left))
            self._left.clear()
        return io.BufferedReader(self, CHUNK)

    def _store(self, chunk: bytes) -> None:
        self._file.write(self._aead.seal(self._nonce(self._count), chunk, b""))
        self._count += 1

    def _nonce(self, number: int) -> bytes:
        return number.to_bytes(12, "big")  # never twice: the key is this file's alone

    @property
    def size(self) -> int:
        """Bytes of content."""
        return self._size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at = max(0, start + offset)
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: Any) -> int:
        number, offset = divmod(self._at, CHUNK)
        if self._at >= self._size:
            return 0
        if self._read[0] != number:
            self._file.seek(number * _SEALED)
            sealed = self._file.read(_SEALED)
            self._read = number, self._aead.open(self._nonce(number), sealed, b"")
        piece = self._read[1][offset : offset + len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
