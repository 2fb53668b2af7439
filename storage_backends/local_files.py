"""The file system's part of the local store: everything here blocks, so it runs in a thread."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage_backends.options import is_key
from vault_core.api import BlobInfo
from vault_core.errors import BlobExists, BlobNotFound, StoreError, StoreFull
from vault_core.memory import Block

if sys.platform != "win32":
    import fcntl

FANOUT = tuple(f"{number:02x}" for number in range(256))

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
SECTORS = 64 * 1024
"""Bytes, a multiple of every disk's sector size."""
BLOCK = 16 * SECTORS
"""Bytes written past the page cache at a time, fewer while there are many puts."""
AHEAD = 2 << 20
"""Bytes that the kernel reads while those before them are used."""
_WRITE_BACK = 16 << 20
"""After how many bytes the kernel is told to start writing, where it cannot be passed by."""


def failed(error: OSError) -> StoreError:
    """Our error for the file system's; it names no path."""
    if error.errno in _FULL:
        return StoreFull()
    if error.errno == errno.ENOENT:
        return BlobNotFound()
    reason = error.strerror or type(error).__name__
    return StoreError(f"The blob directory failed; nothing was stored: {reason}.")


def prepare(root: Path, incoming: Path) -> None:
    """Make the directories, for their owner only, and have them survive a power cut.

    All 256 at once: so no put ever depends on a directory that another process made a moment
    ago and has not synced yet.
    """
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    incoming.mkdir(mode=0o700, exist_ok=True)
    for name in FANOUT:
        (root / name).mkdir(mode=0o700, exist_ok=True)
    sync_directory(root)
    sync_directory(root.parent)


def sync_directory(path: Path) -> None:
    """Have the names in a directory survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Unfinished:
    """One put on its way: a file in `incoming` until `publish` gives it its name."""

    def __init__(self, temporary: Path, target: Path) -> None:
        self.size = 0
        self._temporary = temporary
        self._target = target
        self._descriptor: int | None = None
        self._direct: bool | None = None
        """Whether writes go past the page cache; None: not tried yet."""
        self._published = False
        self._started_back = 0

    def write(self, block: Block) -> None:
        """Append a full block, and empty it. `publish` takes what fills none.

        Straight from memory to the disk where the file system can: the page cache would cost a
        copy, and a large document would push out of it what others read.
        """
        descriptor = self._opened()
        if self._direct is None:
            self._direct = _pass_page_cache(descriptor, True)
        if self._direct:
            self._write_direct(descriptor, block.filled)
        else:
            self._append(descriptor, block.filled)
            if self.size - self._started_back >= _WRITE_BACK:
                self._start_write_back(descriptor)
        block.size = 0

    def _opened(self) -> int:
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(self._temporary, flags, 0o600)
        return self._descriptor

    def _write_direct(self, descriptor: int, data: memoryview) -> None:
        try:
            written = os.write(descriptor, data)
        except OSError as error:
            if error.errno != errno.EINVAL:
                raise
            written = 0  # the disk's sectors are larger, or a limit falls within one
        self.size += written
        if written < len(data):  # what follows no longer begins on a sector
            self._direct = not _pass_page_cache(descriptor, False)
            self._append(descriptor, data[written:])

    def _append(self, descriptor: int, data: memoryview) -> None:
        while data:
            written = os.write(descriptor, data)
            self.size += written
            data = data[written:]

    def _start_write_back(self, descriptor: int) -> None:
        # DONTNEED starts writing dirty pages without waiting; what is being written stays
        # cached. 512 MiB then end in a sync of 5 ms instead of 140.
        if hasattr(os, "posix_fadvise"):
            length = self.size - self._started_back
            os.posix_fadvise(descriptor, self._started_back, length, os.POSIX_FADV_DONTNEED)
        self._started_back = self.size

    def publish(self, rest: Block) -> None:
        """Append the last block, sync, give the file its name, sync the name.

        A link, not a rename: it never replaces a file. Raises BlobExists.
        """
        descriptor = self._opened()
        if self._direct:
            _pass_page_cache(descriptor, False)
        self._append(descriptor, rest.filled)
        os.fsync(descriptor)
        try:
            os.link(self._temporary, self._target)
        except FileExistsError:
            raise BlobExists from None
        self._published = True
        os.unlink(self._temporary)
        sync_directory(self._target.parent)
        self.close()

    def discard(self) -> None:
        """Leave nothing behind, not even what `publish` has published."""
        self.close()
        self._temporary.unlink(missing_ok=True)
        if self._published:
            self._target.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the file, if it is open."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _pass_page_cache(descriptor: int, wanted: bool) -> bool:
    """Write past the page cache from now on, or no longer; whether that could be switched."""
    if not hasattr(os, "O_DIRECT"):
        return False
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    flags = flags | os.O_DIRECT if wanted else flags & ~os.O_DIRECT
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)
    except OSError:  # a file system in memory, or on a network
        return False
    return True


def read_as_asked(descriptor: int) -> None:
    """Have the kernel read what it is asked for, and guess no more by itself.

    Its guesses take memory in pieces of up to 2 MiB: where those were not touched lately, a virtual
    machine copied out of them at a third of the rate.
    """
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_RANDOM)


def read_fully(descriptor: int, piece: memoryview, offset: int, ahead: int = 0) -> None:
    """Fill the piece from `offset`, then have the kernel read so many bytes more.

    Raises StoreError if the file ends before.
    """
    done = 0
    while done < len(piece):
        count = os.preadv(descriptor, [piece[done:]], offset + done)
        if count == 0:
            raise StoreError("The stored content ends too early.")
        done += count
    if ahead and hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, offset + done, ahead, os.POSIX_FADV_WILLNEED)


def infos(directory: Path) -> list[BlobInfo]:
    """The blobs of one directory; names that are not keys are none of ours."""
    return [
        BlobInfo(entry.name, status.st_size, status.st_mtime)
        for entry, status in _files(directory)
        if is_key(entry.name)
    ]


def remove_older(incoming: Path, before: float) -> int:
    """Remove unfinished files last written before that time (epoch s); how many."""
    count = 0
    for entry, status in _files(incoming):
        if status.st_mtime < before:
            Path(entry.path).unlink(missing_ok=True)
            count += 1
    return count


def _files(directory: Path) -> Iterator[tuple[os.DirEntry[Any], os.stat_result]]:
    with os.scandir(directory) as entries:
        for entry in entries:
            try:
                if entry.is_file(follow_symlinks=False):
                    yield entry, entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue  # removed since the directory was read
