"""Blocking work in a small pool of threads, safe to cancel."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
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
    job = asyncio.wrap_future(pool.submit(function, *args, **kwargs))
    try:
        return await asyncio.shield(job)
    except asyncio.CancelledError:
        while not job.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([job])
        if not job.cancelled():
            job.exception()  # looked at, so that asyncio does not report it as lost
        raise
