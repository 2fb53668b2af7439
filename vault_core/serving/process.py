"""A server process: its whole life, from its signals to a graceful end."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import os
import signal
import sys
import warnings
from collections.abc import Callable
from pathlib import Path

from vault_core.app.copies import arrive
from vault_core.app.institution import Institution
from vault_core.app.opening import open_institution
from vault_core.logs import configure_logging, set_level
from vault_core.serving.accepting import accepting, most_connections
from vault_core.serving.answering import start_server
from vault_core.serving.crew import Crew
from vault_core.serving.housekeeping import count, keep_house, keep_sums
from vault_core.serving.listening import address_of, listen
from vault_core.settings import Settings
from vault_core.settings.watch import SettingsWatcher
from vault_core.watching.figures import Figures

Ready = Callable[[str], None]
"""Told the address once it accepts connections."""


def run_worker(data_dir: Path, settings: Settings, ready: Ready | None = None) -> None:
    """One process's whole life."""
    configure_logging(settings.log)
    # They quote what somebody sent, such as the name of a file.
    warnings.filterwarnings("ignore", module=r"aiohttp\.multipart")
    try:
        import uvloop
    except ImportError:  # not on this system: slower, but the same
        asyncio.run(_serve(data_dir, settings, ready))
    else:
        uvloop.run(_serve(data_dir, settings, ready))


async def _serve(data_dir: Path, settings: Settings, ready: Ready | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    figures = Figures()
    async with open_institution(
        data_dir, settings, figures.store, figures.catalog_failed
    ) as institution:
        await arrive(institution)
        runner = await start_server(institution, figures)
        _keep_for_good()
        listener = listen(settings.server.listen, shared=settings.server.workers > 1)
        idle = settings.server.idle_timeout
        async with accepting(runner, listener, idle, most_connections()):
            institution.vaults.start()
            keeping = asyncio.create_task(keep_house(institution))
            counting = asyncio.create_task(count(institution, figures))
            summing = asyncio.create_task(keep_sums(institution))
            posting = asyncio.create_task(institution.post.run())
            with _watch(institution, loop):
                async with Crew(institution, serving=True):
                    if ready is not None:
                        ready(address_of(listener))
                    await stop.wait()
                    institution.stopping = True
                    await asyncio.sleep(settings.server.drain_seconds)
            for task in (posting, summing, counting, keeping):
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task


def _keep_for_good() -> None:
    """What was made at start stays until the end, so cycles are not looked for in it again.

    A full collection takes 85 ms of processor time with it, in the midst of a request of any kind.
    """
    gc.collect()
    gc.freeze()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
    if trim is not None:  # glibc keeps what loading the modules took for a moment
        trim(0)


def _watch(institution: Institution, loop: asyncio.AbstractEventLoop) -> SettingsWatcher:
    def take_up(settings: Settings) -> None:
        set_level(settings.log.level)
        loop.call_soon_threadsafe(institution.reconfigure, settings)

    return SettingsWatcher(institution.data_dir, os.environ, institution.settings, take_up)
