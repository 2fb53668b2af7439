"""What comes in of an upload, cut into parts that are made durable one by one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final, Protocol

from vault_core.api import Buffer
from vault_core.errors import ChecksumMismatch, TooLarge

PART: Final = 32 * 1024 * 1024
"""Bytes after which what came is made durable."""
CHECKED: Final = 64 * 1024 * 1024
"""Bytes of a request whose checksum is verified before any of it counts."""
FLUSH: Final = 5.0
"""Seconds after which a slow client's bytes are made durable, if they are LEAST or more."""
LEAST: Final = 256 * 1024
TICK: Final = 0.5
"""Seconds without a byte after which what came is made durable."""


class Source(Protocol):
    """Where bytes come from."""

    async def read(self, seconds: float) -> bytes | None:
        """What came; None if nothing did for so long; b"" at the end, or when the client went."""
        ...


class Digest(Protocol):
    """A running checksum."""

    def update(self, data: Buffer, /) -> None:
        """Take in more."""

    def digest(self) -> bytes:
        """The checksum so far."""
        ...


@dataclass(frozen=True, slots=True)
class Checksum:
    """What the bytes of one request must come to."""

    running: Digest
    wanted: bytes


class Incoming:
    """Cuts what comes into parts."""

    def __init__(self, source: Source, left: int, seconds: float, checksum: Checksum | None):
        self._source = source
        self._left = left
        self._seconds = seconds
        self._checksum = checksum
        self.stop = asyncio.Event()
        self.done = asyncio.Event()
        self.ended = False
        self.stalled = False

    async def part(self) -> AsyncIterator[Buffer]:
        """The bytes of the next part."""
        clock = asyncio.get_running_loop().time
        start, taken, limit = clock(), 0, CHECKED if self._checksum else PART
        heard = start
        while taken < limit and not self.stop.is_set():
            piece = await self._source.read(TICK)
            if piece is None:
                self.stalled = clock() - heard >= self._seconds
                if self.stalled or (taken and self._checksum is None):
                    break
                continue
            if not piece:
                self.ended = True
                return
            heard, taken = clock(), taken + len(piece)
            self._left -= len(piece)
            if self._left < 0:
                raise TooLarge("More came than Upload-Length announced.")
            if self._checksum is not None:
                self._checksum.running.update(piece)
            yield piece
            if not self._checksum and taken >= LEAST and clock() - start >= FLUSH:
                return
        self.ended = self.ended or self.stalled or self.stop.is_set() or self._checksum is not None

    def check(self) -> None:
        """Raises ChecksumMismatch."""
        wanted = self._checksum
        if wanted is not None and wanted.running.digest() != wanted.wanted:
            raise ChecksumMismatch
