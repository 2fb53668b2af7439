"""A server process: sockets, signals, what runs beside the requests, and a graceful end."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import signal
import socket
import warnings
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiohttp import web

from vault_core import framing
from vault_core.accepting import accepting, most_connections
from vault_core.app.copies import arrive
from vault_core.app.institution import Institution
from vault_core.app.opening import open_institution
from vault_core.app.site import build_site
from vault_core.crew import Crew
from vault_core.dav.call import Limits as DavLimits
from vault_core.dav.copymove import hosts_of
from vault_core.dav.handler import DavHandler
from vault_core.errors import ParcheminError, SettingsError
from vault_core.http.client_address import client_address
from vault_core.logs import configure_logging, set_level
from vault_core.settings import Settings
from vault_core.settings.watch import SettingsWatcher
from vault_core.store import sums
from vault_core.vault.recovery import contacts
from vault_core.watching.figures import Figures
from vault_core.watching.requests import Requests
from vault_core.watching.traces import traced

log = logging.getLogger(__name__)
Ready = Callable[[str], None]
"""Told the address once it accepts connections."""
COUNTING = 5.0
"""Seconds between two counts of what is open and what waits."""
HOUSEKEEPING = 3600.0
"""Seconds between two rounds of letting old things go."""
SUMMING = 60.0
"""Seconds between two looks whether the institution's sums have to be counted again."""


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
    runner = web.AppRunner(
        build_site(institution, figures), handle_signals=False,
        shutdown_timeout=server.stop_timeout,
    )  # fmt: skip
    await runner.setup()
    assert runner.server is not None
    services = institution.vaults.services
    dav = DavHandler(
        institution.vaults, clock=services.clock, random=services.random,
        hosts=lambda: hosts_of(institution.settings.server.public_url),
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
    loop, below = asyncio.get_running_loop(), (f"{prefix}/", f"{prefix}?")

    def make_request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> Any:
        message = framing.plain(message)
        if message.path.startswith(below) or message.path == prefix:
            return web.BaseRequest(message, payload, protocol, writer, task, loop)
        return page_request(message, payload, protocol, writer, task)

    async def handle(request: Any) -> Any:
        refused = framing.refused(request)
        if refused is not None:
            return refused
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
    return SettingsError(
        f"server.listen is '{address}', which cannot be used: {error.strerror}. Choose another by"
        " --listen or the setting."
    )


def address_of(listener: socket.socket) -> str:
    """`http://host:port` of a listening socket."""
    return f"http://{host_and_port(listener)}"


def host_and_port(listener: socket.socket) -> str:
    """What `listen` takes, of a socket that has it."""
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
