"""The file system's part of the local store: everything here blocks, so it runs in a thread."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from storage_backends.options import is_key
from vault_core.api import BlobInfo, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError, StoreFull

FANOUT = tuple(f"{number:02x}" for number in range(256))

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_WRITE_BACK = 16 << 20
"""After how many bytes the kernel is told to start writing, so that the last sync is short."""


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
        self._published = False
        self._started_back = 0

    def write(self, *pieces: Buffer) -> None:
        """Append the pieces."""
        if self._descriptor is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            self._descriptor = os.open(self._temporary, flags, 0o600)
        for piece in pieces:
            view = memoryview(piece).cast("B")
            while view:
                written = os.write(self._descriptor, view)
                self.size += written
                view = view[written:]
        if self.size - self._started_back >= _WRITE_BACK:
            self._start_write_back(self._descriptor)

    def _start_write_back(self, descriptor: int) -> None:
        # DONTNEED starts writing dirty pages without waiting; what is being written stays
        # cached. 512 MiB then end in a sync of 5 ms instead of 140.
        if hasattr(os, "posix_fadvise"):
            length = self.size - self._started_back
            os.posix_fadvise(descriptor, self._started_back, length, os.POSIX_FADV_DONTNEED)
        self._started_back = self.size

    def publish(self, *pieces: Buffer) -> None:
        """Append the last pieces, sync, give the file its name, sync the name.

        A link, not a rename: it never replaces a file. Raises BlobExists.
        """
        self.write(*pieces)
        if self._descriptor is None:
            raise StoreError("The unfinished blob was closed.")
        os.fsync(self._descriptor)
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


def read_fully(descriptor: int, piece: memoryview, offset: int) -> None:
    """Fill the piece from `offset`, then have the kernel read as much again ahead.

    Raises StoreError if the file ends before.
    """
    done = 0
    while done < len(piece):
        count = os.preadv(descriptor, [piece[done:]], offset + done)
        if count == 0:
            raise StoreError("The stored content ends too early.")
        done += count
    if hasattr(os, "posix_fadvise"):
        end = offset + len(piece)
        os.posix_fadvise(descriptor, end, 2 * len(piece), os.POSIX_FADV_WILLNEED)


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
