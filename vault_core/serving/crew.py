"""Who works off batches on this machine: a command itself while parts are few, otherwise members.

A server never does it itself: what records say would stay in the memory beside open vaults.

One crew a machine, held by a file lock that ends with its process, however that ends. Each
member is a process of its own that opens the institution; it dies with the one that started it.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import TracebackType

from vault_core.app.institution import Institution
from vault_core.app.opening import open_institution
from vault_core.errors import ParcheminError
from vault_core.logs import configure_logging
from vault_core.serving.restarting import Restarts
from vault_core.settings import Settings

log = logging.getLogger(__name__)
LOCK = "crew.lock"
FEW = 2
"""Parts that a command works off itself: starting a process takes as long."""
PAUSE = 0.1
"""Seconds between two looks for work."""


class Crew:
    """Works while it is entered, if no other crew on this machine does."""

    def __init__(self, institution: Institution, *, serving: bool = False) -> None:
        """`serving`: within a server, which also watches the drop folders."""
        self._institution = institution
        self._folder = institution.drop_folder if serving else None
        self._here = 0 if serving else FEW
        settings = institution.settings
        self._count = settings.issuing.processes or os.cpu_count() or 1
        self._members: list[BaseProcess] = []
        self._started: dict[BaseProcess, float] = {}
        self._restarts = Restarts()
        self._lock = -1
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Crew:
        self._task = asyncio.create_task(self._keep())
        self._task.add_done_callback(_tell_end)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await asyncio.to_thread(self._dismiss)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    @property
    def members(self) -> list[BaseProcess]:
        """The processes, none while parts are few."""
        return list(self._members)

    @property
    def failed(self) -> BaseException | None:
        """What ended the work for good."""
        if self._task is None or not self._task.done() or self._task.cancelled():
            return None
        return self._task.exception()

    async def _keep(self) -> None:
        worker = self._institution.worker
        while not self._take():  # noqa: ASYNC110 -- the lock is another process's
            await asyncio.sleep(PAUSE * 5)
        await worker.forget_dead()
        async with asyncio.TaskGroup() as tasks:
            if self._folder is not None:
                tasks.create_task(self._folder.run())
            tasks.create_task(self._work())

    async def _work(self) -> None:
        worker, idle = self._institution.worker, 0.0
        while True:
            try:
                left = await worker.parts_left()
                self._look_after(time.monotonic())
                if left == 0:
                    idle += PAUSE
                    if idle > 30 and self._members:
                        await asyncio.to_thread(self._dismiss)
                elif left > self._here and (self._count > 1 or not self._here):
                    idle = 0.0
                    self._muster(min(left, self._count), time.monotonic())
                elif not self._members:
                    await worker.work_off()
            except ParcheminError as problem:
                log.warning("batches wait: %s", problem)
                await asyncio.sleep(5)
            await asyncio.sleep(PAUSE)

    def _take(self) -> bool:
        """Become this machine's crew."""
        path = self._institution.data_dir / LOCK
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def _look_after(self, now: float) -> None:
        """Know who lives; members that end soon one after the other are replaced ever later."""
        living = [member for member in self._members if member.is_alive()]
        ended = [member for member in self._members if member not in living]
        self._members = living
        for member in living:
            self._restarts.lives(self._started[member], now)
        for member in ended:
            wait = self._restarts.ended(self._started.pop(member), now)
            log.error(
                "a process that works off batches ended with %s: the next one starts in %.0f s",
                member.exitcode, wait,
            )  # fmt: skip

    def _muster(self, count: int, now: float) -> None:
        """Have so many members; one alone, now and then, while they cannot start."""
        if now < self._restarts.due:
            return
        context = multiprocessing.get_context("spawn")
        institution = self._institution
        while len(self._members) < (1 if self._restarts.failing else count):
            # not a daemon: the member watches its parent itself
            member = context.Process(
                target=_member, args=(institution.data_dir, institution.settings)
            )
            member.start()
            self._members.append(member)
            self._started[member] = now

    def _dismiss(self) -> None:
        for member in self._members:
            member.terminate()
        for member in self._members:
            member.join(10)
        self._members, self._started = [], {}


def _tell_end(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and task.exception() is not None:
        log.error("batches are not worked off any more", exc_info=task.exception())


def _member(data_dir: Path, settings: Settings) -> None:
    """A member's whole life. Being killed at any moment is nothing to it: parts are leased."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for its parent, which ends it
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    configure_logging(settings.log)
    try:
        asyncio.run(_work(data_dir, settings))
    except ParcheminError as problem:
        log.error("batches cannot be worked off: %s", problem)
        sys.exit(2)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


async def _work(data_dir: Path, settings: Settings) -> None:
    one = settings.model_copy(
        update={"issuing": settings.issuing.model_copy(update={"processes": 1})}
    )
    async with open_institution(data_dir, one, bulk=True) as institution:
        while True:
            try:
                await institution.worker.work_off()
            except ParcheminError as problem:
                log.warning("batches wait: %s", problem)
                await asyncio.sleep(2)
            await asyncio.sleep(PAUSE)
