"""The payload of an age file (C2SP age, "Payload"): STREAM in chunks of 64 KiB.

Every chunk is sealed under its number and whether it is the final one, so that none can be
altered, moved, dropped or added. The final chunk is empty only if the whole payload is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from vault_core.api import Buffer
from vault_core.crypto import aead
from vault_core.errors import CorruptCiphertext
from vault_core.memory import pages

CHUNK: Final = 64 * 1024
"""Bytes of plaintext in every chunk but the final one."""
SEALED_CHUNK: Final = CHUNK + aead.TAG_SIZE
PAYLOAD_NONCE_SIZE: Final = 16


def payload_key(file_key: bytes, nonce: bytes) -> bytes:
    """The 32-byte key of the payload, from the file key and the 16 bytes after the header."""
    return aead.hkdf_sha256(file_key, nonce, b"payload")


def sealed_size(size: int) -> int:
    """How many bytes the sealed chunks of `size` bytes of plaintext are."""
    return size + aead.TAG_SIZE * max(1, -(-size // CHUNK))


def plain_size(sealed: int) -> int:
    """The inverse of `sealed_size`. Raises CorruptCiphertext if no payload is that long."""
    size = sealed - aead.TAG_SIZE * -(-sealed // SEALED_CHUNK)
    if size < 0 or sealed_size(size) != sealed:
        raise CorruptCiphertext("The ciphertext was cut.")
    return size


def _nonce(number: int, final: bool) -> bytes:
    """Eleven bytes of chunk number, one that marks the final chunk."""
    return (number << 8 | final).to_bytes(aead.NONCE_SIZE, "big")


class Sealer:
    """Seals one payload, given in pieces of any size."""

    __slots__ = ("_aead", "_done", "_held", "_last", "_number", "_out")

    def __init__(self, key: bytes) -> None:
        self._aead = aead.Aead(key)
        # What is not sealed yet: up to one whole chunk, for only the end of the input tells
        # whether a full chunk is the final one.
        self._held = bytearray()
        self._out = self._last = memoryview(b"")
        self._number = 0
        self._done = False

    def update(self, data: Buffer) -> Buffer:
        """The next sealed chunks, zero or more; the call after the next overwrites the result."""
        if self._done:
            raise ValueError("this payload was finished")
        source = memoryview(data)
        chunks = (len(self._held) + len(source) - 1) // CHUNK
        if chunks <= 0:
            self._held += source
            return b""
        sealed = self._room(chunks * SEALED_CHUNK)
        taken = written = 0
        if self._held:
            taken, written = CHUNK - len(self._held), SEALED_CHUNK
            self._held += source[:taken]
            self._seal(self._held, sealed[:written])
        for end in range(written + SEALED_CHUNK, len(sealed) + 1, SEALED_CHUNK):
            self._seal(source[taken : taken + CHUNK], sealed[end - SEALED_CHUNK : end])
            taken += CHUNK
        self._held = bytearray(source[taken:])
        return sealed

    def finish(self) -> bytes:
        """The final chunk."""
        if self._done:
            raise ValueError("this payload was finished")
        self._done = True
        return self._aead.seal(_nonce(self._number, True), self._held, None)

    def _room(self, size: int) -> memoryview:
        self._out, self._last = self._last, self._out
        if len(self._out) < size:
            self._out = pages(size)
        return self._out[:size]

    def _seal(self, chunk: Buffer, out: memoryview) -> None:
        self._aead.seal_into(_nonce(self._number, False), chunk, None, out)
        self._number += 1


def open_stream(key: bytes, pieces: Iterable[Buffer]) -> Iterator[bytes]:
    """The plaintext of a payload that comes in pieces of any size, chunk by chunk.

    Raises CorruptCiphertext where it was altered, and at the end if it was cut.
    """
    cipher, held, number = aead.Aead(key), bytearray(), 0
    for piece in pieces:
        held += piece
        ends = range(SEALED_CHUNK, len(held), SEALED_CHUNK)
        for end in ends:
            yield cipher.open(_nonce(number, False), held[end - SEALED_CHUNK : end], None)
            number += 1
        del held[: len(ends) * SEALED_CHUNK]
    if number and len(held) <= aead.TAG_SIZE:
        raise CorruptCiphertext("The ciphertext was cut.")
    yield cipher.open(_nonce(number, True), held, None)


@dataclass(frozen=True, slots=True)
class Span:
    """Where a range of plaintext lies: read `length` bytes of the file from `offset`.

    They are whole chunks, starting with number `first_chunk`; of their plaintext, drop `skip`
    bytes and keep `take`. A range of nothing has length 0 and needs no reading.
    """

    offset: int
    length: int
    first_chunk: int
    skip: int
    take: int


class Payload:
    """Random access to the payload of a file whose plaintext is `size` bytes.

    `header_size` is everything before the first chunk: the header and the 16-byte nonce. The
    size is trusted here, and so is the end of the file: reading the final chunk proves it.
    """

    __slots__ = ("_aead", "_last", "_sealed", "cipher_size", "header_size", "size")

    def __init__(self, payload_key: bytes, header_size: int, size: int) -> None:
        self._aead = aead.Aead(payload_key)
        self._sealed = sealed_size(size)
        self._last = max(0, size - 1) // CHUNK
        self.header_size = header_size
        self.size = size
        self.cipher_size = header_size + self._sealed

    def span(self, offset: int, length: int) -> Span:
        """What to read of the file for `length` bytes of plaintext, shortened at its end."""
        if offset < 0 or length < 0:
            raise ValueError("a range has no negative bounds")
        take = min(length, self.size - offset)
        first = min(offset // CHUNK, self._last)
        start = first * SEALED_CHUNK
        if take <= 0:
            return Span(self.header_size + start, 0, first, 0, 0)
        end = min(-(-(offset + take) // CHUNK) * SEALED_CHUNK, self._sealed)
        return Span(self.header_size + start, end - start, first, offset - first * CHUNK, take)

    def open(self, ciphertext: Buffer, first_chunk: int) -> bytes:
        """The plaintext of whole chunks, the first of them number `first_chunk`.

        Raises CorruptCiphertext if they were altered, or are not whole.
        """
        self._check(len(ciphertext), first_chunk)
        if len(ciphertext) <= SEALED_CHUNK:
            final = first_chunk == self._last
            return self._aead.open(_nonce(first_chunk, final), ciphertext, None)
        out = bytearray(self._opened(len(ciphertext)))
        self.open_into(ciphertext, first_chunk, out)
        return bytes(out)

    def open_into(self, ciphertext: Buffer, first_chunk: int, out: bytearray | memoryview) -> int:
        """The same into the start of `out`; gives the number of bytes of plaintext.

        Raises CorruptCiphertext, after which `out` means nothing, and ValueError if `out` is
        too small.
        """
        self._check(len(ciphertext), first_chunk)
        size = self._opened(len(ciphertext))
        if len(out) < size:
            raise ValueError(f"the plaintext is {size} bytes, the buffer has {len(out)}")
        source, target = memoryview(ciphertext), memoryview(out)[:size]
        starts = range(0, len(source), SEALED_CHUNK)
        for number, start in enumerate(starts, first_chunk):
            chunk = source[start : start + SEALED_CHUNK]
            at = (number - first_chunk) * CHUNK
            nonce = _nonce(number, number == self._last)
            self._aead.open_into(nonce, chunk, None, target[at : at + CHUNK])
        return size

    @staticmethod
    def _opened(sealed: int) -> int:
        """The plaintext's size of whole chunks of `sealed` bytes together."""
        return sealed - aead.TAG_SIZE * -(-sealed // SEALED_CHUNK)

    def _check(self, length: int, first_chunk: int) -> None:
        """Raises CorruptCiphertext unless that many bytes are whole chunks of this payload."""
        end = first_chunk * SEALED_CHUNK + length
        whole = end % SEALED_CHUNK == 0 and end < self._sealed
        if length <= 0 or first_chunk < 0 or not (whole or end == self._sealed):
            raise CorruptCiphertext("The ciphertext was cut.")
