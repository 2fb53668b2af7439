"""Blobs as objects of an S3 service, through obstore: `blobs/<key>`.

A blob of one part is stored by one conditional PUT (If-None-Match), which every current S3
service has. A multipart upload cannot be conditional everywhere, so a larger blob first claims
its key by a conditional PUT of `claims/<key>`, removed at the end: of two puts of one key only
one uploads. (Two puts of one key at once, one small and one large, are not told apart; keys are
128 random bits.)
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from storage_backends.options import checked_key, is_key
from storage_backends.pulling import Gathered
from storage_backends.threads import to_its_end
from vault_core.api import BlobInfo, Buffer
from vault_core.errors import BlobExists, BlobNotFound, StoreError

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

_PART = 8 << 20
_PARTS_AT_ONCE = 4


def connect(
    bucket: str,
    *,
    prefix: str = "",
    region: str = "",
    endpoint: str = "",
    access_key_id: str = "",
    secret_access_key: str = "",
) -> S3Store:
    """obstore's client of a bucket; nothing is sent yet."""
    config: S3Config = {"region": region or "us-east-1"}
    if endpoint:
        config["endpoint"] = endpoint
    if access_key_id:
        config["access_key_id"] = access_key_id
        config["secret_access_key"] = secret_access_key
    # `timeout` bounds a whole answer, and a blob may take long: `read_timeout` bounds a pause.
    client: ClientConfig = {
        "allow_http": endpoint.startswith("http://"),
        "connect_timeout": "5s",
        "read_timeout": "20s",
        "timeout": "12h",
    }
    retries: RetryConfig = {"max_retries": 2, "retry_timeout": dt.timedelta(seconds=15)}
    return S3Store(
        bucket, prefix=prefix or None, config=config, client_options=client, retry_config=retries
    )


class S3BlobStore:
    """`BlobStore` in a bucket (or any other store of obstore's with conditional create)."""

    def __init__(self, store: S3Store) -> None:
        self._store = store

    async def put(self, key: str, chunks: AsyncIterator[Buffer]) -> int:
        """Store the chunks: `BlobStore.put`."""
        path = _blob(key)
        pieces = Gathered(chunks, _PART)
        first = await pieces.next()
        if len(first) < _PART:
            await self._create(path, first)
        else:
            await self._put_large(key, first, pieces)
        return pieces.size

    async def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A range of the blob: `BlobStore.get`."""
        info = None if offset == 0 and length is None else await self.head(key)
        end = info.size if info and length is None else offset + (length or 0)
        if info and min(end, info.size) <= offset:
            return b""
        with _errors():
            if info is None:
                result = await obstore.get_async(self._store, _blob(key))
                return bytes(await result.bytes_async())
            wanted = min(end, info.size)
            return bytes(
                await obstore.get_range_async(self._store, _blob(key), start=offset, end=wanted)
            )

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """A range of the blob in pieces: `BlobStore.stream`."""
        info = await self.head(key)
        if offset + length > info.size:
            raise StoreError("The stored content ends too early.")
        if length == 0:
            return
        pending, left = bytearray(), length
        with _errors():
            result = await obstore.get_async(
                self._store, _blob(key), options={"range": (offset, offset + length)}
            )
            received = aiter(result.stream(min_chunk_size=step))
        while left:
            with _errors():
                pending += await anext(received, b"")
            if len(pending) < min(step, left):
                raise StoreError("The stored content ends too early.")
            while left and len(pending) >= min(step, left):
                piece = bytes(pending[: min(step, left)])
                del pending[: len(piece)]
                left -= len(piece)
                yield piece

    async def delete(self, key: str) -> None:
        """Remove the blob, if it is there: `BlobStore.delete`."""
        await self._delete(_blob(key))

    async def head(self, key: str) -> BlobInfo:
        """Size and time of the blob: `BlobStore.head`."""
        with _errors():
            found = await obstore.head_async(self._store, _blob(key))
        return BlobInfo(key, found["size"], found["last_modified"].timestamp())

    async def list(self) -> AsyncIterator[BlobInfo]:
        """Every blob: `BlobStore.list`."""
        async for name, size, modified in self._listed("blobs"):
            if is_key(name):
                yield BlobInfo(name, size, modified)

    async def sweep(self, before: float) -> int:
        """Remove claims left behind; unfinished parts are the bucket's to expire."""
        old = [name async for name, _, at in self._listed("claims") if at < before]
        for name in old:
            await self._delete(f"claims/{name}")
        return len(old)

    async def close(self) -> None:
        """Nothing to do: connections end by themselves."""

    async def _put_large(self, key: str, first: bytes, rest: Gathered) -> None:
        claim = f"claims/{checked_key(key)}"
        await self._create(claim, b"")
        try:
            with suppress(BlobNotFound):
                await self.head(key)
                raise BlobExists
            upload = obstore.put_async(
                self._store,
                _blob(key),
                _chain(first, rest),
                use_multipart=True,
                chunk_size=_PART,
                max_concurrency=_PARTS_AT_ONCE,
            )
            await self._undone_if_cancelled(_blob(key), upload, rest)
        finally:
            with suppress(StoreError):  # a claim left behind is for `sweep`
                await to_its_end(self._delete(claim))

    async def _create(self, path: str, data: bytes) -> None:
        """One object, unless it is there: BlobExists."""
        upload = obstore.put_async(self._store, path, data, mode="create", use_multipart=False)
        await self._undone_if_cancelled(path, upload)

    async def _undone_if_cancelled(
        self, path: str, upload: Awaitable[object], pieces: Gathered | None = None
    ) -> None:
        """Await the upload; where the caller gave up meanwhile, remove what was stored."""
        stored = False

        async def noting() -> None:
            nonlocal stored
            await upload
            stored = True

        try:
            with _errors():
                await to_its_end(noting(), pieces.stop if pieces else None)
        except BaseException:
            if stored:
                await to_its_end(self._delete(path))
            if pieces and pieces.error:
                raise pieces.error from None
            raise

    async def _delete(self, path: str) -> None:
        with suppress(BlobNotFound), _errors():
            await obstore.delete_async(self._store, path)

    async def _listed(self, folder: str) -> AsyncIterator[tuple[str, int, float]]:
        """Name in the folder, size in bytes and time (epoch s) of each object."""
        batches = aiter(obstore.list(self._store, prefix=folder))
        while True:
            with _errors():
                batch = await anext(batches, None)
            if batch is None:
                return
            for found in batch:
                name = found["path"].rpartition("/")[2]
                yield name, found["size"], found["last_modified"].timestamp()


def _blob(key: str) -> str:
    return f"blobs/{checked_key(key)}"


async def _chain(first: bytes, rest: Gathered) -> AsyncIterator[bytes]:
    yield first
    async for piece in rest:
        yield piece


@contextmanager
def _errors() -> Iterator[None]:
    """Our errors for obstore's; they name no address."""
    try:
        yield
    except FileNotFoundError as error:
        raise BlobNotFound from error
    except (AlreadyExistsError, PreconditionError) as error:
        raise BlobExists from error
    except (BaseError, OSError) as error:
        raise StoreError(f"The S3 service failed: {type(error).__name__}.") from error
