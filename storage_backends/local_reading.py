"""The file system's part of reading from the local store: what blocks here runs in a thread."""

from __future__ import annotations

import errno
import mmap
import os
import sys
from collections import OrderedDict

from vault_core.errors import StoreError

if sys.platform != "win32":
    import fcntl

LARGE = 8 << 20
"""Bytes from which a first reading goes past the page cache."""
AHEAD = 2
"""Pieces that are read while one is used: one gives half of what a fast disk can."""
_SECTOR = 4096
"""What disks read at a time; a multiple of every smaller sector's size."""
_REMEMBERED = 4096
_TOO_SHORT = "The stored content ends too early."


def pass_page_cache(descriptor: int, wanted: bool) -> bool:
    """Read and write past the page cache from now on, or no longer; whether that was possible."""
    if not hasattr(os, "O_DIRECT"):
        return False
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    flags = flags | os.O_DIRECT if wanted else flags & ~os.O_DIRECT
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)
    except OSError:  # a file system in memory, or on a network
        return False
    return True


def read_fully(descriptor: int, piece: memoryview, offset: int, ahead: int = 0) -> None:
    """Fill the piece from `offset`, then have the kernel read so many bytes more.

    Raises StoreError if the file ends before.
    """
    done = 0
    while done < len(piece):
        count = os.preadv(descriptor, [piece[done:]], offset + done)
        if count == 0:
            raise StoreError(_TOO_SHORT)
        done += count
    if ahead and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, offset + done, ahead, os.POSIX_FADV_WILLNEED)


class Sectors:
    """Memory for up to `size` bytes of a file from anywhere, read in whole sectors."""

    __slots__ = ("_memory",)

    def __init__(self, size: int) -> None:
        self._memory = memoryview(mmap.mmap(-1, size + 2 * _SECTOR))

    def read(self, descriptor: int, start: int, end: int) -> memoryview:
        """The bytes from `start` to `end` of a file that was asked to pass the page cache.

        Raises StoreError if the file ends before.
        """
        first = start - start % _SECTOR
        wanted, done = end - first, 0
        while done < wanted:
            rest = self._memory[done : wanted + -wanted % _SECTOR]
            try:
                count = os.preadv(descriptor, [rest], first + done)
            except OSError as error:
                # the disk's sectors are larger, or what came before ended within one
                if error.errno != errno.EINVAL or not pass_page_cache(descriptor, False):
                    raise
                continue
            if count == 0:
                raise StoreError(_TOO_SHORT)
            done += count
        return self._memory[start - first : wanted]


class Readings:
    """Which blobs were read lately: only what is read twice is worth the page cache's memory."""

    def __init__(self) -> None:
        self._keys: OrderedDict[str, None] = OrderedDict()

    def first(self, key: str) -> bool:
        """Whether this blob was not read lately; from now on it was."""
        known = key in self._keys
        self._keys[key] = None
        self._keys.move_to_end(key)
        if len(self._keys) > _REMEMBERED:
            self._keys.popitem(last=False)
        return not known
