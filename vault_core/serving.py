"""A server process: sockets, signals, what runs beside the requests, and a graceful end.

With several workers each is a process of its own on the same port (SO_REUSEPORT); they share
nothing but the catalog and the blob store.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import multiprocessing
import os
import queue
import signal
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from vault_core.app.copies import arrive
from vault_core.app.institution import Institution
from vault_core.app.opening import open_institution
from vault_core.app.site import build_site
from vault_core.crew import Crew
from vault_core.dav.call import Limits as DavLimits
from vault_core.dav.handler import SERVER_OPTIONS, DavHandler
from vault_core.errors import ParcheminError, SettingsError, StoreError
from vault_core.http.client_address import client_address
from vault_core.logs import configure_logging, set_level
from vault_core.settings import Settings
from vault_core.settings.load import override
from vault_core.settings.watch import SettingsWatcher
from vault_core.store import sums
from vault_core.vault.recovery import contacts
from vault_core.watching.figures import Figures, forget_worker, shared_by_workers
from vault_core.watching.requests import Requests
from vault_core.watching.traces import traced

log = logging.getLogger(__name__)
Ready = Callable[[str], None]
COUNTING = 5.0
"""Seconds between two counts of what is open and what waits."""
HOUSEKEEPING = 3600.0
"""Seconds between two rounds of letting old things go."""
SUMMING = 60.0
"""Seconds between two looks whether the institution's sums have to be counted again."""


def serve(data_dir: Path, settings: Settings, ready: Ready) -> None:
    """Serve until SIGTERM or SIGINT. `ready` is told the address once it accepts connections.

    Raises SettingsError if the address cannot be listened on.
    """
    if settings.server.workers == 1:
        run_worker(data_dir, settings, ready)
    else:
        _Workers(data_dir, settings, ready).run()


def run_worker(data_dir: Path, settings: Settings, ready: Ready | None = None) -> None:
    """One process's whole life."""
    configure_logging(settings.log)
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
        await web.SockSite(runner, listener).start()
        institution.vaults.start()
        keeping = asyncio.create_task(_keep_house(institution))
        counting = asyncio.create_task(_count(institution, figures))
        summing = asyncio.create_task(_sum(institution))
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
        await runner.cleanup()


def _keep_for_good() -> None:
    """What was made at start stays until the end, so cycles are not looked for in it again.

    A full collection takes 85 ms of processor time with it, in the midst of a request of any kind.
    """
    gc.collect()
    gc.freeze()


def _watch(institution: Institution, loop: asyncio.AbstractEventLoop) -> SettingsWatcher:
    def take_up(settings: Settings) -> None:
        set_level(settings.log.level)
        loop.call_soon_threadsafe(institution.reconfigure, settings)

    return SettingsWatcher(institution.data_dir, os.environ, institution.settings, take_up)


async def start_server(institution: Institution, figures: Figures | None = None) -> web.AppRunner:
    """The application with WebDAV in front of its router; not listening yet.

    WebDAV's requests skip the router and its per-request objects: that is a fifth of their time.
    """
    figures = figures or Figures()
    server = institution.settings.server
    options: dict[str, Any] = {**SERVER_OPTIONS, "keepalive_timeout": server.idle_timeout}
    runner = web.AppRunner(
        build_site(institution, figures), handle_signals=False,
        shutdown_timeout=server.stop_timeout, **options,
    )  # fmt: skip
    await runner.setup()
    assert runner.server is not None
    services = institution.vaults.services
    dav = DavHandler(
        institution.vaults, clock=services.clock, random=services.random,
        address=lambda request: client_address(
            request, institution.settings.server.trusted_proxies
        ),
        limits=DavLimits(
            max_nodes=institution.settings.dav.depth_limit,
            max_lock_seconds=institution.settings.dav.lock_seconds_max,
            body_idle=server.body_timeout,
        ),
    )  # fmt: skip
    _put_in_front(runner.server, dav, "/dav")
    watched = Requests(figures, lambda: institution.settings.log.requests)
    runner.server.request_handler = traced(
        institution.settings.tracing, watched.around(runner.server.request_handler)
    )
    return runner


def _put_in_front(
    server: web.Server, dav: Callable[[web.BaseRequest], Awaitable[Any]], prefix: str
) -> None:
    pages, page_request = server.request_handler, server.request_factory
    loop = asyncio.get_running_loop()

    def make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> Any:
        if message.path.startswith(prefix) and message.path[len(prefix) :][:1] in ("", "/", "?"):
            return web.BaseRequest(message, payload, protocol, writer, task, loop)
        return page_request(message, payload, protocol, writer, task)

    async def handle(request: Any) -> Any:
        if type(request) is web.BaseRequest:
            return await dav(request)
        return await pages(request)

    server.request_factory = make_request
    server.request_handler = handle


def listen(address: str, *, shared: bool = False) -> socket.socket:
    """A listening socket on HOST:PORT, which other workers may share. Raises SettingsError.

    Where it is not to be shared, somebody else who listens there is noticed.
    """
    listener = reserve(address, shared=shared)
    try:
        listener.listen(1024)
    except OSError as error:
        listener.close()
        raise _unusable(address, error) from None
    return listener


def reserve(address: str, *, shared: bool = False) -> socket.socket:
    """A socket that has HOST:PORT and gets no connections; as `listen`."""
    host, _, port = address.rpartition(":")
    host = host.strip("[]")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    reserved = socket.socket(family, socket.SOCK_STREAM)
    try:
        reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        reserved.bind((host, int(port)))
    except OSError as error:
        reserved.close()
        raise _unusable(address, error) from None
    return reserved


def _unusable(address: str, error: OSError) -> SettingsError:
    return SettingsError(f"server.listen is '{address}', which cannot be used: {error.strerror}.")


def address_of(listener: socket.socket) -> str:
    """`http://host:port` of a listening socket."""
    return f"http://{_host_and_port(listener)}"


def _host_and_port(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _keep_house(institution: Institution) -> None:
    while True:
        try:
            await institution.maintenance.expire(institution.retention)
            await institution.entrance.forget_old()
            await institution.review_expiry.expire(institution.settings.issuing.review_days)
            now = int(institution.vaults.services.clock() * 1000)
            await contacts.hand_over(institution.catalog, now)
        except ParcheminError as error:
            log.warning("housekeeping waits: %s", error)
        await asyncio.sleep(HOUSEKEEPING)


async def _sum(institution: Institution) -> None:
    while True:
        try:
            now = int(institution.vaults.services.clock() * 1000)
            await sums.keep(institution.catalog, now)
        except ParcheminError as error:
            log.warning("the institution's sums wait: %s", error)
        await asyncio.sleep(SUMMING)


async def _count(institution: Institution, figures: Figures) -> None:
    while True:
        figures.opened.set(institution.vaults.opened_count)
        figures.waiting.set(getattr(institution.catalog, "waiting", 0))
        figures.catalog_undone(getattr(institution.catalog, "undone", 0))
        await asyncio.sleep(COUNTING)


# -- several workers ------------------------------------------------------------------------


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

    def run(self) -> None:
        listen(self._settings.server.listen).close()  # a wrong address is told once, here
        with reserve(self._settings.server.listen, shared=True) as port:  # one for all, if any do
            self._settings = override(self._settings, "server", {"listen": _host_and_port(port)})
            with shared_by_workers(self._settings.server.workers) as self._figures:
                self._run()

    def _run(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        workers = [self._start() for _ in range(self._settings.server.workers)]
        try:
            self._await(workers)
            while not self._stopping:
                time.sleep(0.2)
                self._replace_dead(workers)
        finally:
            server = self._settings.server
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

    def _replace_dead(self, workers: list[Any]) -> None:
        for index, worker in enumerate(workers):
            if not worker.is_alive() and not self._stopping:
                log.error("worker %s ended with %s", worker.pid, worker.exitcode)
                forget_worker(self._figures, worker.pid)
                workers[index] = self._start()

    def _start(self) -> Any:
        arguments = (self._data_dir, self._settings, self._started)
        worker = self._context.Process(target=_worker, args=arguments)
        worker.start()
        return worker

    def _stop(self, number: int, frame: object) -> None:
        del number, frame
        self._stopping = True


def _worker(data_dir: Path, settings: Settings, started: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    run_worker(data_dir, settings, started.put)


def _end_with_parent() -> None:
    """Stop as at SIGTERM once the parent is gone, however it went: nobody else would stop us."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)
