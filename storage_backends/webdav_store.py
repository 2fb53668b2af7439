"""Blobs as resources of a WebDAV server (RFC 4918): `<url>/<first two digits>/<key>`.

A blob is uploaded to `<url>/incoming/…` and moved to its name with `Overwrite: F`, so nobody
sees half of one and none is replaced. What the server calls stored is as durable as the server
makes it. webdav4's client blocks, so it runs in threads.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any, ParamSpec, TypeVar
from xml.etree.ElementTree import ParseError

import httpx
from webdav4.client import (
    Client,
    ClientError,
    HTTPError,
    InsufficientStorage,
    ResourceAlreadyExists,
    ResourceLocked,
    ResourceNotFound,
)

from storage_backends import threads
from storage_backends.options import checked_key, is_key
from storage_backends.pulling import Gathered, Pulled
from vault_core.api import BlobInfo, Buffer, Random
from vault_core.errors import BlobExists, BlobNotFound, StoreError, StoreFull

T = TypeVar("T")
P = ParamSpec("P")

_INCOMING = "incoming"
_GATHER = 1 << 20
_LOCKED_TRIES = 20
"""How often a request is sent while the server answers 423 Locked."""


@dataclass(slots=True)
class _Put:
    """One put: where it is uploaded to, where it goes, and whether it is there."""

    temporary: str
    target: str
    published: bool = False


class WebDAVBlobStore:
    """`BlobStore` on a WebDAV server that serves ranges, PUT, MKCOL, MOVE and DELETE."""

    def __init__(
        self,
        url: str,
        auth: tuple[str, str] | None = None,
        timeout: float = 60.0,
        random: Random = os.urandom,
    ) -> None:
        """`url` is an existing collection; `timeout` is in seconds. Nothing is sent yet."""
        # Retrying is a decorator's work. No compression: ranges must be of the blob's own bytes.
        headers = {"Accept-Encoding": "identity"}
        self._client = Client(url, auth=auth, retry=False, timeout=timeout, headers=headers)
        self._pool = ThreadPoolExecutor(8, "webdav")
        self._random = random
        self._collections: set[str] = set()
        self._making = Lock()
        self._uploads: set[Gathered] = set()

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """Store the chunks: `BlobStore.put`."""
        target = _path(key)
        if await self._run(self._exists, target):
            raise BlobExists
        put = _Put(f"{_INCOMING}/{key}.{self._random(8).hex()}", target)
        content = Gathered(chunks, _GATHER)
        self._uploads.add(content)
        # A thread of its own: it waits for chunks, which may wait for a put that needs the pool.
        thread = ThreadPoolExecutor(1, "webdav-put")
        try:
            upload = self._run_in(thread, self._upload, put, Pulled(content))
            await threads.to_its_end(upload, content.stop)
            await self._run(self._publish, put)
        except BaseException:
            with suppress(StoreError):  # what stays behind is for `sweep`
                await self._run(self._discard, put)
            if content.error is not None:
                raise content.error from None
            raise
        finally:
            self._uploads.discard(content)
            thread.shutdown(wait=False)
        return content.size

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A range of the blob: `BlobStore.get`."""
        path = _path(key)
        if length == 0:
            await self._run(self._head, key, path)
            return b""
        return await self._run(self._get, path, offset, length)

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """A range of the blob in pieces: `BlobStore.stream`."""
        info = await self.head(key)
        if offset + length > info.size:
            raise StoreError("The stored content ends too early.")
        if length == 0:
            return
        response = await self._run(self._open, _path(key), offset, length)
        try:
            pieces, left = response.iter_raw(step), length
            while piece := await self._run(next, pieces, b""):
                left -= len(piece)
                yield piece
            if left:
                raise StoreError("The stored content ends too early.")
        finally:
            await self._run(response.close)

    async def delete(self, key: str) -> None:
        """Remove the blob, if it is there: `BlobStore.delete`."""
        await self._run(self._remove, _path(key))

    async def head(self, key: str) -> BlobInfo:
        """Size and time of the blob: `BlobStore.head`."""
        return await self._run(self._head, key, _path(key))

    async def list(self) -> AsyncIterator[BlobInfo]:
        """Every blob: `BlobStore.list`."""
        for folder in await self._run(self._members, ""):
            name = folder["name"].strip("/")
            if folder["type"] == "directory" and name != _INCOMING:
                for entry in await self._run(self._members, name):
                    key = entry["name"].rpartition("/")[2]
                    if is_key(key):
                        yield _info(key, entry)

    async def sweep(self, before: float) -> int:
        """Remove what unfinished puts left: `BlobStore.sweep`."""
        return await self._run(self._sweep, before)

    async def close(self) -> None:
        """End unfinished puts, connections and threads."""
        for content in self._uploads:
            content.stop()
        await self._run(self._client.http.close)
        await asyncio.to_thread(self._pool.shutdown)

    async def _run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._run_in(self._pool, function, *args, **kwargs)

    async def _run_in(
        self, pool: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        with _errors():
            return await threads.run(pool, function, *args, **kwargs)

    # In a thread.

    def _exists(self, path: str) -> bool:
        return bool(self._client.exists(path))

    def _collection(self, name: str) -> None:
        """Make the collection, once: of several MKCOLs at the same moment some are refused (423)
        for as long as the server is busy with another."""
        if name in self._collections:
            return
        with self._making:
            if name not in self._collections and not self._exists(name):
                with suppress(ResourceAlreadyExists):
                    _unlocked(lambda: self._client.mkdir(name))
            self._collections.add(name)

    def _upload(self, put: _Put, content: Iterator[bytes]) -> None:
        self._collection(_INCOMING)
        self._client.request("PUT", put.temporary, content=content)

    def _publish(self, put: _Put) -> None:
        self._collection(put.target.partition("/")[0])
        _unlocked(lambda: self._client.move(put.temporary, put.target, overwrite=False))
        put.published = True

    def _discard(self, put: _Put) -> None:
        """Leave nothing behind, not even what was published as its caller gave up."""
        self._remove(put.target if put.published else put.temporary)

    def _remove(self, path: str) -> None:
        with suppress(ResourceNotFound):
            _unlocked(lambda: self._client.remove(path))

    def _sweep(self, before: float) -> int:
        try:
            entries = self._members(_INCOMING)
        except ParseError:
            # rclone breaks off its answer at a resource that is just being uploaded: what is
            # old enough is found once no upload is under way.
            return 0
        old = [entry["name"] for entry in entries if entry["modified"].timestamp() < before]
        for name in old:
            self._remove(name)
        return len(old)

    def _head(self, key: str, path: str) -> BlobInfo:
        return _info(key, self._client.info(path))

    def _members(self, path: str) -> Sequence[dict[str, Any]]:
        try:
            return self._client.ls(path, detail=True)  # type: ignore[no-any-return]
        except ResourceNotFound:
            return []

    def _get(self, path: str, offset: int, length: int | None) -> bytes:
        response = self._open(path, offset, length)
        try:
            return bytes(response.read())
        finally:
            response.close()

    def _open(self, path: str, offset: int, length: int | None) -> httpx.Response:
        """The answer to a GET of the range; an empty one where it begins behind the end."""
        end = "" if length is None else offset + length - 1
        wanted = {} if offset == 0 and length is None else {"Range": f"bytes={offset}-{end}"}
        http = self._client.http
        request = http.build_request("GET", self._client.join_url(path), headers=wanted)
        response: httpx.Response = http.send(request, stream=True)
        if response.status_code == (206 if wanted else 200):
            return response
        response.close()
        if response.status_code == 416:
            return httpx.Response(206, content=b"")
        if response.status_code == 404:
            raise BlobNotFound
        if response.status_code == 200:
            raise StoreError("The WebDAV server does not serve ranges (RFC 9110 section 14).")
        raise StoreError(f"The WebDAV server answered {response.status_code} to a read.")


def _unlocked(request: Callable[[], T]) -> T:
    """The request's answer, tried again while the server works on that name for somebody else."""
    for _ in range(_LOCKED_TRIES):
        try:
            return request()
        except ResourceLocked:
            pass
        except HTTPError as error:
            if error.status_code != 423:
                raise
        time.sleep(0.05)
    raise StoreError("The WebDAV server keeps the blob's name locked.")


def _path(key: str) -> str:
    return f"{checked_key(key)[:2]}/{key}"


def _info(key: str, entry: dict[str, Any]) -> BlobInfo:
    return BlobInfo(key, int(entry["content_length"] or 0), entry["modified"].timestamp())


@contextmanager
def _errors() -> Iterator[None]:
    """Our errors for the client's; they name no address."""
    try:
        yield
    except ResourceNotFound as error:
        raise BlobNotFound from error
    except ResourceAlreadyExists as error:
        raise BlobExists from error
    except InsufficientStorage as error:
        raise StoreFull from error
    except HTTPError as error:
        raise StoreError(f"The WebDAV server answered {error.status_code}.") from error
    except ParseError as error:
        raise StoreError("The WebDAV server's answer cannot be read.") from error
    except (ClientError, httpx.HTTPError, httpx.StreamError) as error:
        raise StoreError(f"The WebDAV server failed: {type(error).__name__}.") from error
