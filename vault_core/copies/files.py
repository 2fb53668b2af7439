"""Files that are there whole or not at all, after a crash too."""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import IO

from vault_core.api import Buffer
from vault_core.errors import Conflict

UNFINISHED = ".unfinished"
"""Ends the name of a file that is being written."""


def make_folder(path: Path) -> None:
    """The folder, readable by its owner only, and durable itself."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(path.parent)


def write(path: Path, data: Buffer) -> None:
    """Put a file in place, durably; what was there is replaced in one step."""
    with writing(path) as file:
        file.write(data)


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes its place, durably, once the block ends without an error."""
    file, unfinished = begin(path)
    try:
        with file:
            yield file
            finish(file)
        unfinished.rename(path)
        sync_folder(path.parent)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def begin(path: Path) -> tuple[IO[bytes], Path]:
    """A new file beside `path`, for its owner's eyes only."""
    unfinished = path.with_name(path.name + UNFINISHED)
    unfinished.unlink(missing_ok=True)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    return os.fdopen(os.open(unfinished, flags, 0o600), "wb"), unfinished


def finish(file: IO[bytes]) -> None:
    """All that was written is on the disk when this returns."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """What was renamed in the folder survives a power cut when this returns."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@asynccontextmanager
async def streaming(path: Path) -> AsyncIterator[Sink]:
    """As `writing`, for bytes that come piece by piece on the event loop."""
    file, unfinished = await asyncio.to_thread(begin, path)
    sink = Sink(file)
    try:
        yield sink
        await asyncio.to_thread(sink.publish, unfinished, path)
    except BaseException:
        file.close()
        unfinished.unlink(missing_ok=True)
        raise


class Sink:
    """Writes and hashes pieces, off the event loop."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of everything written so far, in hexadecimal."""
        return self._hash.hexdigest()

    async def write(self, piece: Buffer) -> None:
        """The next piece; it may be overwritten once this returns."""
        await asyncio.to_thread(self._write, piece)

    def _write(self, piece: Buffer) -> None:
        self._hash.update(piece)
        self._file.write(piece)
        self.size += len(piece)

    def publish(self, unfinished: Path, path: Path) -> None:
        """Make it durable, and put it in its place."""
        with self._file:
            finish(self._file)
        unfinished.rename(path)
        sync_folder(path.parent)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def only_one(folder: Path, sentence: str) -> Iterator[None]:
    """Keep others out of the folder meanwhile. Raises Conflict with that sentence if one is in."""
    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(sentence) from None
        yield
    finally:
        os.close(descriptor)
