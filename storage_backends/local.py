"""Blobs as files of one directory tree: `<root>/<first two digits>/<key>`.

Durability and secrecy: a blob is written under `<root>/incoming`, synced, linked to its name,
and its directory synced, before `put` returns. Files are 0600, directories 0700.
"""

from __future__ import annotations

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from storage_backends import local_files, threads
from storage_backends.local_files import BLOCK, SECTORS
from storage_backends.options import checked_key, refuse_unknown, text
from vault_core.api import BlobInfo, BlobStore, BlobStoreFactory, Buffer, Random
from vault_core.errors import BlobExists, SettingsError, StoreError
from vault_core.hookspecs import hookimpl
from vault_core.memory import Block, Portions, pages

T = TypeVar("T")
P = ParamSpec("P")

_NOWAIT: int | None = getattr(os, "RWF_NOWAIT", None)


class LocalBlobStore:
    """`BlobStore` in a directory of a file system that obeys fsync."""

    def __init__(self, root: str | os.PathLike[str], random: Random = os.urandom) -> None:
        """Make the directories. Raises StoreError if that cannot be done."""
        self._root = Path(root)
        self._incoming = self._root / "incoming"
        self._random = random
        self._nowait = _NOWAIT
        # Apart, so that a read never queues behind syncs.
        self._writing = ThreadPoolExecutor(8, "blob-writing")
        self._reading = ThreadPoolExecutor(4, "blob-reading")
        self._putting = Portions(SECTORS, BLOCK // SECTORS, 64)
        try:
            local_files.prepare(self._root, self._incoming)
        except OSError as error:
            raise StoreError(f"{self._root}: {error.strerror or error}") from error

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """Store the chunks: `BlobStore.put`."""
        unfinished = self._unfinished(key)
        writing: asyncio.Future[None] | None = None
        try:
            with self._putting.one() as size:
                filling, spare = Block(size), Block(size)
                async for chunk in chunks:
                    left = filling.take(memoryview(chunk).cast("B"))
                    while left or filling.full:
                        if writing is not None:
                            await writing
                        writing = asyncio.ensure_future(self._write(unfinished.write, filling))
                        filling, spare = spare, filling
                        left = filling.take(left)
                if writing is not None:
                    await writing
                await self._write(unfinished.publish, filling)
        except BaseException:
            if writing is not None:
                await threads.to_its_end(asyncio.wait([writing]))
            await self._write(unfinished.discard)
            raise
        return unfinished.size

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A range of the blob: `BlobStore.get`."""
        descriptor, size = self._open(key)
        try:
            end = size if length is None else min(size, offset + length)
            buffer = bytearray(max(0, end - offset))
            await self._fill(descriptor, memoryview(buffer), offset)
        finally:
            os.close(descriptor)
        return bytes(buffer)

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """A range of the blob in pieces: `BlobStore.stream`."""
        descriptor, size = self._open(key)
        try:
            end = offset + length
            if end > size:
                raise StoreError("The stored content ends too early.")
            buffer = pages(min(step, length))
            for start in range(offset, end, step):
                piece = buffer[: min(step, end - start)]
                left = end - start - len(piece)
                await self._fill(descriptor, piece, start, min(local_files.AHEAD, left))
                yield piece
        finally:
            os.close(descriptor)

    async def delete(self, key: str) -> None:
        """Remove the blob, if it is there: `BlobStore.delete`."""
        await self._write(Path(self._path(key)).unlink, missing_ok=True)

    async def head(self, key: str) -> BlobInfo:
        """Size and time of the blob: `BlobStore.head`."""
        try:
            status = os.lstat(self._path(key))
        except OSError as error:
            raise local_files.failed(error) from error
        return BlobInfo(key, status.st_size, status.st_mtime)

    async def list(self) -> AsyncIterator[BlobInfo]:
        """Every blob: `BlobStore.list`."""
        for name in local_files.FANOUT:
            for info in await self._write(local_files.infos, self._root / name):
                yield info

    async def sweep(self, before: float) -> int:
        """Remove files of unfinished puts: `BlobStore.sweep`."""
        return await self._write(local_files.remove_older, self._incoming, before)

    async def close(self) -> None:
        """End the threads."""
        await asyncio.to_thread(self._writing.shutdown)
        await asyncio.to_thread(self._reading.shutdown)

    def _path(self, key: str) -> str:
        # a Path takes 12 µs to put together, and every range that is read asks for one
        return f"{self._root}/{checked_key(key)[:2]}/{key}"

    def _unfinished(self, key: str) -> local_files.Unfinished:
        target = Path(self._path(key))
        if os.path.lexists(target):
            raise BlobExists
        temporary = self._incoming / f"{key}.{self._random(8).hex()}"
        return local_files.Unfinished(temporary, target)

    async def _write(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await threads.run(self._writing, function, *args, **kwargs)
        except OSError as error:
            raise local_files.failed(error) from error

    def _open(self, key: str) -> tuple[int, int]:
        """Descriptor and size of a blob.

        Opened on the event loop's thread: microseconds where the directory is cached, against
        40 µs for a hop, which a 64 KiB range would feel.
        """
        try:
            descriptor = os.open(self._path(key), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            raise local_files.failed(error) from error
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(descriptor)
            raise StoreError("The stored content is not a file.")
        local_files.read_as_asked(descriptor)
        return descriptor, status.st_size

    async def _fill(self, descriptor: int, piece: memoryview, offset: int, ahead: int = 0) -> None:
        """Fill the piece: at once with what is in memory, through a thread with what is not."""
        done = self._read_cached(descriptor, piece, offset)
        if done == len(piece):
            return
        rest = piece[done:]
        try:
            await threads.run(
                self._reading, local_files.read_fully, descriptor, rest, offset + done, ahead
            )
        except OSError as error:
            raise local_files.failed(error) from error

    def _read_cached(self, descriptor: int, piece: memoryview, offset: int) -> int:
        """How many bytes could be read without waiting for the disk."""
        if self._nowait is None or not piece:
            return 0
        try:
            return os.preadv(descriptor, [piece], offset, self._nowait)
        except BlockingIOError:
            return 0
        except OSError as error:
            if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
                raise local_files.failed(error) from error
            self._nowait = None  # this file system cannot tell
            return 0


def open_local(options: Mapping[str, Any], data_dir: str) -> BlobStore:
    """The store of `[storage.local]`: `path`, relative to the data directory (`blobs`)."""
    refuse_unknown("local", options, {"path"})
    path = text("local", options, "path", "blobs")
    if not path:
        raise SettingsError("storage.local.path is empty; it must be a directory.")
    return LocalBlobStore(Path(data_dir) / path)


@hookimpl
def parchemin_blob_stores() -> Mapping[str, BlobStoreFactory]:
    """The backend `local`."""
    return {"local": open_local}
