"""Blocking work in a small pool of threads, safe to cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import ParamSpec, TypeVar

T = TypeVar("T")
P = ParamSpec("P")


async def run(
    pool: ThreadPoolExecutor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """`function(…)` in the pool. A cancelled caller waits until the function has ended.

    So whoever cleans up afterwards never pulls a file or buffer from under a running thread.
    """
    return await to_its_end(asyncio.wrap_future(pool.submit(function, *args, **kwargs)))


async def to_its_end(work: Awaitable[T], stop: Callable[[], None] | None = None) -> T:
    """Await the work, to its end even if cancelled; `stop` then asks it to end early."""
    job = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        if stop is not None:
            stop()
        while not job.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([job])
        if not job.cancelled():
            job.exception()  # looked at, so that asyncio does not report it as lost
        raise
