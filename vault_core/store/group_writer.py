"""The queue in front of one writing connection: what waits together is committed together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from vault_core.errors import StoreError
from vault_core.store.catalog import Unit

_LARGEST_GROUP = 128
"""Units in one transaction: the gain is flat from 64 on, and the last one waits for the first."""

_STOPPED = "The server stopped while it was storing: look whether it is there, then try again."

Start = Callable[[], Unit[Any]]
"""Starts a unit afresh: it may be run more than once."""


class Outcome(NamedTuple):
    """How one unit ended: its result, or what it raised."""

    result: Any
    error: BaseException | None = None


CommitGroup = Callable[[Sequence[Start]], Awaitable[list[Outcome]]]
"""Runs the units and commits them together; one durable outcome each, in the same order."""


class _Queued(NamedTuple):
    start: Start
    future: asyncio.Future[Any]


class GroupWriter:
    """Commits units in the order they came, in groups that form by themselves.

    While one group is written and synced, the next one gathers; so a lone commit waits for
    nobody, and a hundred at once cost two or three syncs.
    """

    def __init__(self, commit_group: CommitGroup, release: Callable[[], Awaitable[None]]) -> None:
        """`release` is awaited once, after the last group."""
        self._commit_group = commit_group
        self._release = release
        self._queue: deque[_Queued] = deque()
        self._draining: asyncio.Task[None] | None = None
        self._closing: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many units wait for their turn."""
        return len(self._queue)

    def commit(self, start: Start) -> Awaitable[Any]:
        """The unit's result, once it is on disk. A unit whose caller gives up early is not run."""
        if self._closing is not None:
            raise StoreError("The database is closed.")
        loop = asyncio.get_running_loop()
        queued = _Queued(start, loop.create_future())
        self._queue.append(queued)
        if self._draining is None:
            # The task starts at the loop's next turn: what this turn still queues joins in.
            self._draining = loop.create_task(self._drain())
        return queued.future

    async def close(self) -> None:
        """Finish the queue, then release; goes on if the caller is cancelled."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._finish())
        await asyncio.shield(self._closing)

    async def _finish(self) -> None:
        if self._draining is not None:
            await asyncio.wait([self._draining])
        await self._release()

    async def _drain(self) -> None:
        group: list[_Queued] = []
        try:
            while group := await self._next_group():
                _resolve(group, await self._commit_group([queued.start for queued in group]))
        except BaseException:
            left = [*group, *self._queue]
            self._queue.clear()
            _resolve(left, [Outcome(None, StoreError(_STOPPED)) for _ in left])
            raise
        finally:
            self._draining = None

    async def _next_group(self) -> list[_Queued]:
        """What is queued, once a whole turn of the loop brought nothing more.

        A turn with nothing to do takes microseconds, so a lone unit loses nothing; under load
        groups grow from one or two units to as many as there are connections, and a transaction
        costs as much as three units.
        """
        waiting = 0
        while waiting < len(self._queue) < _LARGEST_GROUP:
            waiting = len(self._queue)
            await asyncio.sleep(0)
        group: list[_Queued] = []
        while self._queue and len(group) < _LARGEST_GROUP:
            queued = self._queue.popleft()
            if not queued.future.done():
                group.append(queued)
        return group


def _resolve(group: list[_Queued], outcomes: list[Outcome]) -> None:
    for queued, outcome in zip(group, outcomes, strict=True):
        if queued.future.done():
            continue
        if outcome.error is None:
            queued.future.set_result(outcome.result)
        else:
            queued.future.set_exception(outcome.error)
