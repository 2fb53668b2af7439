"""A zip archive written while it is sent: stored, not compressed, its length known ahead.

APPNOTE.TXT 6.3.10 of PKWARE; sizes and CRCs follow each entry (general purpose bit 3), names are
UTF-8 (bit 11), and everything is zip64 that has to be.
"""

from __future__ import annotations

import datetime as dt
import struct
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from vault_core.api import Buffer

_FLAGS: Final = 1 << 3 | 1 << 11
_BIG: Final = 0xFFFFFFFF
_MANY: Final = 0xFFFF
_FOLDER: Final = 0x10
_PLAIN, _ZIP64 = 20, 45


@dataclass(frozen=True, slots=True)
class Entry:
    """One member. A folder's name ends with a slash, and it has no content."""

    name: str
    size: int
    modified_at: int
    """Milliseconds since the epoch."""
    read: Callable[[], AsyncIterator[Buffer]] | None

    @property
    def is_big(self) -> bool:
        """Whether its sizes need 64 bits."""
        return self.size >= _BIG


def length(entries: Sequence[Entry]) -> int:
    """Bytes of the whole archive."""
    total = offset = 0
    for entry in entries:
        name = len(entry.name.encode())
        member = 30 + name + (20 if entry.is_big else 0) + entry.size + (24 if entry.is_big else 16)
        total += member + 46 + name + len(_wide(entry, offset))
        offset += member
    start = offset
    extra = 76 if _is_large(len(entries), start, total - start) else 0
    return total + extra + 22


async def archive(entries: Sequence[Entry]) -> AsyncIterator[Buffer]:
    """The archive's bytes. Raises what reading an entry raises."""
    directory = bytearray()
    offset = 0
    for entry in entries:
        name = entry.name.encode()
        head = _local(entry, name)
        yield head
        crc = 0
        if entry.read is not None:
            async for piece in entry.read():
                crc = zlib.crc32(piece, crc)
                yield piece
        wide = "<IIQQ" if entry.is_big else "<IIII"
        tail = struct.pack(wide, 0x08074B50, crc, entry.size, entry.size)
        yield tail
        directory += _central(entry, name, crc, offset)
        offset += len(head) + entry.size + len(tail)
    yield bytes(directory)
    yield _end(len(entries), offset, len(directory))


def _local(entry: Entry, name: bytes) -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if entry.is_big else b""
    size = _BIG if entry.is_big else 0
    return struct.pack(
        "<IHHHIIIIHH", 0x04034B50, _ZIP64 if entry.is_big else _PLAIN, _FLAGS, 0,
        _dos_time(entry.modified_at), 0, size, size, len(name), len(extra),
    ) + name + extra  # fmt: skip


def _central(entry: Entry, name: bytes, crc: int, offset: int) -> bytes:
    extra = _wide(entry, offset)
    version = _ZIP64 if extra else _PLAIN
    size = min(entry.size, _BIG)
    return struct.pack(
        "<IHHHHIIIIHHHHHII", 0x02014B50, 3 << 8 | version, version, _FLAGS, 0,
        _dos_time(entry.modified_at), crc, size, size, len(name), len(extra), 0, 0, 0,
        _FOLDER if entry.read is None else 0, min(offset, _BIG),
    ) + name + extra  # fmt: skip


def _wide(entry: Entry, offset: int) -> bytes:
    """The zip64 extra field: what does not fit into 32 bits, in the order of the record."""
    values = [entry.size, entry.size] if entry.is_big else []
    values += [offset] if offset >= _BIG else []
    packed = b"".join(value.to_bytes(8, "little") for value in values)
    return struct.pack("<HH", 1, len(packed)) + packed if packed else b""


def _is_large(count: int, start: int, size: int) -> bool:
    return count >= _MANY or start >= _BIG or size >= _BIG


def _end(count: int, start: int, size: int) -> bytes:
    large = b""
    if _is_large(count, start, size):
        large = struct.pack(
            "<IQHHIIQQQQ", 0x06064B50, 44, 3 << 8 | _ZIP64, _ZIP64, 0, 0, count, count, size, start
        ) + struct.pack("<IIQI", 0x07064B50, 0, start + size, 1)
    shown = min(count, _MANY)
    return large + struct.pack(
        "<IHHHHIIH", 0x06054B50, 0, 0, shown, shown, min(size, _BIG), min(start, _BIG), 0
    )


def _dos_time(milliseconds: int) -> int:
    """Date and time as MS-DOS counts them, from 1980 to 2107, in the server's time zone."""
    at = dt.datetime.fromtimestamp(milliseconds / 1000)
    year = min(max(at.year - 1980, 0), 127)
    date = year << 9 | at.month << 5 | at.day
    return date << 16 | at.hour << 11 | at.minute << 5 | at.second // 2
