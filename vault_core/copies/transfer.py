"""Copying blobs between places, several at once, each verified by its SHA-256 and its size."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from vault_core.api import BlobStore, Buffer
from vault_core.copies.progress import Progress

T = TypeVar("T")
AT_ONCE = 8
WHOLE = 1 << 20
"""A blob up to this size is read in one go; a larger one in steps of it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A blob that the catalog names: its key in the store, and its size in bytes."""

    key: str
    size: int


def read(store: BlobStore, wanted: Wanted) -> AsyncIterator[Buffer]:
    """The blob's bytes. Raises BlobNotFound; StoreError if it ends too early."""
    return store.stream(wanted.key, 0, wanted.size, WHOLE)


async def each(
    source: AsyncIterator[T], work: Callable[[T], Awaitable[None]], at_once: int = AT_ONCE
) -> None:
    """Do the work for everything that the source gives; the first error ends all of it."""
    turns = asyncio.Semaphore(at_once)

    async def one(item: T) -> None:
        try:
            await work(item)
        finally:
            turns.release()

    try:
        async with asyncio.TaskGroup() as group:
            async for item in source:
                await turns.acquire()
                group.create_task(one(item))
    except* Exception as errors:  # noqa: BLE001  # one error is what the caller expects
        raise errors.exceptions[0] from None


async def counted(items: AsyncIterator[Wanted], progress: Progress) -> AsyncIterator[Wanted]:
    """The items, each counted as found."""
    async for item in items:
        progress.found(item.size)
        yield item


async def iterate(items: Iterable[T], batch: int = 1000) -> AsyncIterator[T]:
    """What a blocking source gives, fetched in a thread: a catalog may name millions."""
    iterator = iter(items)
    while taken := await asyncio.to_thread(_take, iterator, batch):
        for item in taken:
            yield item


def _take(iterator: Iterator[T], count: int) -> list[T]:
    return list(islice(iterator, count))
