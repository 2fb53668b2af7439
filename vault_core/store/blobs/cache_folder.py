"""The disk's part of the read cache: blocks as files, for this process only. All of it blocks."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import sys
from collections import OrderedDict
from pathlib import Path

if sys.platform != "win32":
    import fcntl

Name = tuple[str, int]
"""A blob's key, and the number of a block of it."""


class CacheFolder:
    """Least recently used blocks go first once `capacity` bytes are held.

    The index, with a digest of each block, lives in memory: a block that the disk damaged is a
    missing one. Files are their owner's only. Not safe for several threads.
    """

    def __init__(self, root: Path, capacity: int) -> None:
        """Make a folder of its own under `root`, and remove those of dead processes.

        Raises OSError.
        """
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        _remove_dead(root)
        self._folder, self._lock = _own_folder(root)
        self._capacity = capacity
        self._held = 0
        self._blocks: OrderedDict[Name, tuple[int, bytes]] = OrderedDict()

    def read(self, name: Name) -> bytes | None:
        """The block, if it is here and sound. Raises OSError."""
        entry = self._blocks.get(name)
        if entry is None:
            return None
        self._blocks.move_to_end(name)
        data = self._path(name).read_bytes()
        if _digest(data) == entry[1]:
            return data
        self.drop(name)
        return None

    def write(self, name: Name, data: bytes) -> None:
        """Hold the block for a while. Raises OSError."""
        if name in self._blocks:
            return
        descriptor = os.open(self._path(name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        self._blocks[name] = len(data), _digest(data)
        self._held += len(data)
        while self._held > self._capacity:
            self.drop(next(iter(self._blocks)))

    def drop(self, name: Name) -> None:
        """Forget a block. Raises OSError."""
        size, _ = self._blocks.pop(name, (0, b""))
        self._held -= size
        self._path(name).unlink(missing_ok=True)

    def drop_all(self, key: str) -> None:
        """Forget every block of a blob. Raises OSError."""
        for name in [name for name in self._blocks if name[0] == key]:
            self.drop(name)

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _path(self, name: Name) -> Path:
        return self._folder / f"{name[0]}-{name[1]}"


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def _own_folder(root: Path) -> tuple[Path, int | None]:
    """A new folder, and its lock. Raises OSError."""
    while True:
        folder = root / f"{os.getpid()}-{secrets.token_hex(4)}"
        folder.mkdir(mode=0o700)
        try:
            lock = _locked(folder)
        except (BlockingIOError, FileNotFoundError):
            continue  # a process that starts as well just took it for a dead one's
        if folder.is_dir():
            return folder, lock
        if lock is not None:
            os.close(lock)


def _locked(folder: Path) -> int | None:
    """Hold the folder's lock for as long as this process lives. Raises OSError if it is held."""
    if sys.platform == "win32":
        return None
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove_dead(root: Path) -> None:
    for folder in root.iterdir():
        try:
            lock = _locked(folder)
        except OSError:
            continue  # it is in use, or no folder
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)
