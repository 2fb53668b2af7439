"""Setting pages: in this process while they are few, in processes of their own when they are many.

Most pages of a batch are filled into a blank here, which takes less than passing them on. The
others take a processor 6 to 9 ms each and hold the interpreter meanwhile, so that they get every
core. The other processes see pages only: no key, no vault and no catalog.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.process
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from vault_core.issuing.blanks import Blanks
from vault_core.issuing.rendering import Page, Renderer

FEW = 48
"""Pages that are set here: starting a process takes as long as setting so many."""


class Typesetting:
    """A `Typesetter` for threads; `processes` 0 means one for each processor."""

    def __init__(self, processes: int = 0) -> None:
        self._count = processes or os.cpu_count() or 1
        self._lock = threading.Lock()
        self._renderer: Renderer | None = None
        self._blanks: Blanks | None = None
        self._pool: ProcessPoolExecutor | None = None
        self._pages = 0

    def pdf(self, page: Page) -> bytes:
        """`Renderer.pdf`."""
        filled = self._blanks_here().pdf(page)
        if filled is not None:
            return filled
        pool = self._pool_if_many()
        if pool is not None:
            try:
                return pool.submit(_pdf, page).result()
            except BrokenProcessPool:  # one was killed, perhaps for want of memory
                self._forget(pool)
        return self._here().pdf(page)

    @property
    def processes(self) -> list[multiprocessing.process.BaseProcess]:
        """The other processes, none while pages are few."""
        pool = self._pool
        # the executor has no public name for them
        return [] if pool is None else list(pool._processes.values())

    def close(self) -> None:
        """End the other processes."""
        with self._lock:
            pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True, cancel_futures=True)

    def _pool_if_many(self) -> ProcessPoolExecutor | None:
        with self._lock:
            self._pages += 1
            if self._pool is None and self._pages > FEW and self._count > 1:
                self._pool = ProcessPoolExecutor(
                    self._count,
                    # a fork would inherit locks that other threads hold
                    multiprocessing.get_context("spawn"),
                    _warm,
                )
            return self._pool

    def _forget(self, pool: ProcessPoolExecutor) -> None:
        with self._lock:
            if self._pool is pool:
                self._pool, self._pages = None, 0
        pool.shutdown(wait=False)

    def _here(self) -> Renderer:
        with self._lock:
            if self._renderer is None:
                self._renderer = Renderer()
            return self._renderer

    def _blanks_here(self) -> Blanks:
        renderer = self._here()
        with self._lock:
            if self._blanks is None:
                self._blanks = Blanks(renderer)
            return self._blanks


_renderer: Renderer | None = None


def _warm() -> None:
    """Begin a typesetting process. Ctrl-C is for its parent, which ends it."""
    global _renderer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _renderer = Renderer()


def _pdf(page: Page) -> bytes:
    assert _renderer is not None
    return _renderer.pdf(page)
