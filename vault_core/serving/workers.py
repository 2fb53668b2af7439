"""The server as a whole: one process, or several workers that are looked after.

Each worker is a process of its own on the same port (SO_REUSEPORT); they share nothing but the
catalog and the blob store.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vault_core.errors import ParcheminError, StoreError
from vault_core.logs import configure_logging
from vault_core.serving.listening import host_and_port, listen, reserve
from vault_core.serving.process import Ready, run_worker
from vault_core.serving.restarting import Restarts
from vault_core.settings import Settings
from vault_core.settings.load import override
from vault_core.watching.figures import forget_worker, shared_by_workers

log = logging.getLogger(__name__)


def serve(data_dir: Path, settings: Settings, ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is told the address once it accepts connections.

    Raises SettingsError if the address cannot be listened on.
    """
    if settings.server.workers == 1:
        run_worker(data_dir, settings, ready)
    else:
        _Workers(data_dir, settings, ready).run()


class _Workers:
    """Starts the workers, replaces one that dies, and ends them together."""

    def __init__(self, data_dir: Path, settings: Settings, ready: Ready) -> None:
        self._data_dir = data_dir
        self._settings = settings
        self._ready = ready
        self._context = multiprocessing.get_context("spawn")
        self._started = self._context.Queue()
        self._stopping = False
        self._figures: Path | None = None
        self._lives: list[_Life] = []

    def run(self) -> None:
        configure_logging(self._settings.log)
        listen(self._settings.server.listen).close()  # a wrong address is told once, here
        with reserve(self._settings.server.listen, shared=True) as port:  # one for all, if any do
            self._settings = override(self._settings, "server", {"listen": host_and_port(port)})
            with shared_by_workers(self._settings.server.workers) as self._figures:
                self._run()

    def _run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        self._lives = [_Life(self._start()) for _ in range(self._settings.server.workers)]
        try:
            self._await([life.worker for life in self._lives])
            while not self._stopping:
                time.sleep(0.2)
                self._replace_dead(time.monotonic())
        finally:
            server = self._settings.server
            workers = [life.worker for life in self._lives if life.worker is not None]
            for worker in workers:
                worker.terminate()
            for worker in workers:
                worker.join(server.stop_timeout + server.drain_seconds + 5)

    def _await(self, workers: list[Any]) -> None:
        """Tell the address once all of them accept connections. Raises StoreError if one fails."""
        told: list[str] = []
        while len(told) < len(workers) and not self._stopping:
            with contextlib.suppress(queue.Empty):
                told.append(self._started.get(timeout=0.2))
            if not all(worker.is_alive() for worker in workers):
                raise StoreError("A worker could not start; it said why above.")
        if not self._stopping:
            self._ready(told[0])

    def _replace_dead(self, now: float) -> None:
        for life in self._lives:
            if life.worker is not None and not life.worker.is_alive() and not self._stopping:
                wait = life.restarts.ended(life.started, now)
                log.error(
                    "worker %s ended with %s: the next one starts in %.0f s",
                    life.worker.pid, life.worker.exitcode, wait,
                )  # fmt: skip
                forget_worker(self._figures, life.worker.pid)
                life.worker = None
            if life.worker is None and now >= life.restarts.due and not self._stopping:
                life.worker, life.started = self._start(), now

    def _start(self) -> Any:
        arguments = (self._data_dir, self._settings, self._started)
        worker = self._context.Process(target=_worker, args=arguments)
        worker.start()
        return worker

    def _stop(self, number: int, frame: object) -> None:
        del number, frame
        self._stopping = True


@dataclass(slots=True)
class _Life:
    """One worker's place: who has it, and when somebody else may."""

    worker: Any
    started: float = field(default_factory=time.monotonic)
    restarts: Restarts = field(default_factory=Restarts)


def _worker(data_dir: Path, settings: Settings, started: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        run_worker(data_dir, settings, started.put)
    except ParcheminError as problem:
        log.error("this worker cannot serve: %s", problem)
        sys.exit(2)


def _end_with_parent() -> None:
    """Stop as at SIGTERM once the parent is gone, however it went: nobody else would stop us."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
