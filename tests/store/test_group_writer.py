"""The queue in front of a writing connection: order, groups, who gives up, who fails, the end."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from vault_core.errors import Conflict, StoreError
from vault_core.store.catalog import Unit
from vault_core.store.group_writer import GroupWriter, Outcome, Start
from vault_core.store.sqlite.connection import Turns
from vault_core.store.sqlite.groups import commit_group
from vault_core.testing.catalog import insert, insert_then_raise

T = TypeVar("T")
SOON = 5.0
"""Seconds after which who still waits for an answer is told that there is none."""


class Disk:
    """A real database behind a writer, which commits once it is let, and may break."""

    def __init__(self, folder: Path) -> None:
        path = folder / "catalog.db"
        self.connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.connection.execute("CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT)")
        self.turns = Turns(str(folder / "turns"))
        self.open = asyncio.Event()
        self.open.set()
        self.groups: list[int] = []
        """How many units each transaction had."""
        self.released = 0
        self.breaks = False
        self.writer = GroupWriter(self._commit, self._release)
        self._asked: list[asyncio.Future[Any]] = []

    async def _commit(self, starts: Sequence[Start]) -> list[Outcome]:
        self.groups.append(len(starts))
        await self.open.wait()
        if self.breaks:
            raise OSError("the disk is gone")
        return commit_group(self.connection, self.turns, starts)

    async def _release(self) -> None:
        self.released += 1
        self.turns.close()

    async def busy(self) -> asyncio.Future[str]:
        """Hold the door, and send one unit up to it: what comes now waits in the queue."""
        self.open.clear()
        before = len(self.groups)
        first = self.put("first")
        await self.committing(before + 1)
        return first

    async def committing(self, groups: int) -> None:
        """Wait until that many groups have come."""
        async with asyncio.timeout(SOON):
            while len(self.groups) < groups:
                await asyncio.sleep(0)

    def put(self, name: str) -> asyncio.Future[str]:
        """A unit that stores the name and gives it back."""
        return self.ask(partial(insert, name, ""))

    def fail(self, name: str, error: Exception) -> asyncio.Future[None]:
        """A unit that stores the name, then raises."""
        return self.ask(partial(insert_then_raise, name, error))

    def ask(self, start: Callable[[], Unit[T]]) -> asyncio.Future[T]:
        """The unit's answer."""
        self._asked.append(asyncio.ensure_future(self.writer.commit(start)))
        return self._asked[-1]

    def give_up(self) -> None:
        """Whoever still waits has failed."""
        for future in self._asked:
            if not future.done():
                future.set_exception(TimeoutError())

    @property
    def names(self) -> list[str]:
        """What is stored, in the order in which it was."""
        return [
            name for (name,) in self.connection.execute("SELECT name FROM settings ORDER BY rowid")
        ]


@pytest.fixture
async def disk(tmp_path: Path) -> AsyncIterator[Disk]:
    disk = Disk(tmp_path)
    late = asyncio.get_running_loop().call_later(SOON, disk.give_up)
    yield disk
    late.cancel()
    disk.open.set()
    async with asyncio.timeout(SOON):
        await disk.writer.close()
    disk.connection.close()


async def test_a_lone_unit_is_a_group_of_its_own(disk: Disk) -> None:
    assert await disk.put("a") == "a"
    assert await disk.put("b") == "b"
    assert disk.groups == [1, 1]
    assert disk.writer.waiting == 0


async def test_what_waits_together_is_committed_together_in_order(disk: Disk) -> None:
    first = await disk.busy()
    names = [f"{number:03}" for number in range(50)]
    futures = [disk.put(name) for name in names]
    assert disk.writer.waiting == 50
    disk.open.set()
    assert await first == "first"
    assert await asyncio.gather(*futures) == names
    assert disk.names == ["first", *names]
    assert disk.groups == [1, 50]


async def test_a_group_has_an_end_and_the_rest_comes_next(disk: Disk) -> None:
    await disk.busy()
    names = [f"{number:03}" for number in range(300)]
    futures = [disk.put(name) for name in names]
    disk.open.set()
    await asyncio.gather(*futures)
    assert disk.names == ["first", *names]
    assert disk.groups == [1, 128, 128, 44]


async def test_whoever_gives_up_while_queued_is_not_run(disk: Disk) -> None:
    await disk.busy()
    futures = [disk.put(name) for name in "abcde"]
    futures[1].cancel()
    futures[3].cancel()
    disk.open.set()
    told = await asyncio.gather(*futures, return_exceptions=True)
    assert [isinstance(one, asyncio.CancelledError) for one in told] == [
        False, True, False, True, False,
    ]  # fmt: skip
    assert disk.names == ["first", "a", "c", "e"]


async def test_all_give_up_and_the_next_is_served(disk: Disk) -> None:
    await disk.busy()
    futures = [disk.put(name) for name in "ab"]
    for future in futures:
        future.cancel()
    disk.open.set()
    await asyncio.wait(futures)
    assert await disk.put("c") == "c"
    assert disk.names == ["first", "c"]


async def test_whoever_gives_up_during_the_commit_takes_nobody_along(disk: Disk) -> None:
    """Its unit is committed all the same; the others have their answers."""
    await disk.busy()
    futures = [disk.put(name) for name in "abc"]
    disk.open.set()
    await asyncio.sleep(0)
    disk.open.clear()
    await disk.committing(2)
    futures[1].cancel()
    disk.open.set()
    assert await futures[0] == "a"
    assert await futures[2] == "c"
    assert futures[1].cancelled()
    assert disk.names == ["first", "a", "b", "c"]


async def test_a_failing_unit_among_many_fails_alone(disk: Disk) -> None:
    await disk.busy()
    before = [disk.put(name) for name in "ab"]
    failing = disk.fail("c", Conflict("mine"))
    twice = disk.put("a")
    after = [disk.put(name) for name in "de"]
    disk.open.set()
    assert await asyncio.gather(*before, *after) == list("abde")
    with pytest.raises(Conflict, match="mine"):
        await failing
    with pytest.raises(Conflict):
        await twice
    assert disk.names == ["first", *"abde"]
    assert disk.groups == [1, 6]


async def test_a_failing_transaction_is_told_to_all_and_the_next_is_served(disk: Disk) -> None:
    """Those in the group, and those that waited behind it: nothing of theirs was stored."""
    first = await disk.busy()
    waiting = [disk.put(name) for name in "ab"]
    disk.breaks = True
    disk.open.set()
    told = await asyncio.gather(first, *waiting, return_exceptions=True)
    assert all(isinstance(one, StoreError) for one in told)
    assert disk.writer.waiting == 0
    disk.breaks = False
    assert await disk.put("c") == "c"
    assert disk.names == ["c"]


async def test_close_finishes_what_is_queued_then_releases_once(disk: Disk) -> None:
    first = await disk.busy()
    futures = [disk.put(name) for name in "abc"]
    closing = [asyncio.create_task(disk.writer.close()) for _ in range(2)]
    await asyncio.sleep(0)
    assert disk.released == 0
    with pytest.raises(StoreError, match="closed"):
        disk.writer.commit(partial(insert, "late", ""))
    disk.open.set()
    await asyncio.gather(*closing)
    assert all(future.done() for future in (first, *futures))
    assert disk.names == ["first", *"abc"]
    assert disk.released == 1


async def test_a_close_that_is_cancelled_goes_on(disk: Disk) -> None:
    await disk.busy()
    future = disk.put("a")
    closing = asyncio.create_task(disk.writer.close())
    await asyncio.sleep(0)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    disk.open.set()
    assert await future == "a"
    await disk.writer.close()
    assert disk.released == 1


async def test_close_releases_even_if_the_last_group_breaks(disk: Disk) -> None:
    first = await disk.busy()
    disk.breaks = True
    closing = asyncio.create_task(disk.writer.close())
    await asyncio.sleep(0)
    disk.open.set()
    await closing
    assert isinstance(first.exception(), StoreError)
    assert disk.released == 1


async def test_close_without_work_releases(disk: Disk) -> None:
    await disk.writer.close()
    await disk.writer.close()
    assert disk.released == 1


async def test_what_a_unit_sees_is_what_those_before_it_wrote(disk: Disk) -> None:
    def count() -> Unit[int]:
        rows = yield "SELECT count(*) FROM settings", ()
        yield "INSERT INTO settings (name, value) VALUES (?, '')", (f"n{rows[0][0]}",)
        return int(rows[0][0])

    await disk.busy()
    futures = [disk.ask(count) for _ in range(20)]
    disk.open.set()
    assert await asyncio.gather(*futures) == list(range(1, 21))
