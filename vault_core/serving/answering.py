"""What answers requests: WebDAV in front, everything else behind a router, all of it watched."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from vault_core.app.institution import Institution
from vault_core.app.site import build_site
from vault_core.dav.call import Limits as DavLimits
from vault_core.dav.copymove import hosts_of
from vault_core.dav.handler import DavHandler
from vault_core.dav.reply import Reply
from vault_core.http.client_address import client_address
from vault_core.serving import framing
from vault_core.watching.figures import Figures
from vault_core.watching.requests import Handler, Requests
from vault_core.watching.traces import traced


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
    runner.server.request_handler = _letting_go(
        traced(institution.settings.tracing, watched.around(runner.server.request_handler))
    )
    return runner


def _letting_go(handle: Handler) -> Handler:
    """The handler; nothing of a request outlives it, not even of one whose client went.

    A body keeps the error that it ended with. The traceback leads to all that waited for the
    body, memory for an upload with it, and from there to the body: a circle that would stay until
    garbage is collected.
    """

    async def answer(request: Any) -> Any:
        try:
            return await handle(request)
        except ConnectionError as error:
            if request.transport is not None and not request.transport.is_closing():
                raise  # of another connection, not of this one
            error.__traceback__ = None
            return Reply(400, close=True)  # which nobody hears any more
        finally:
            kept = request.content.exception()
            if kept is not None:
                kept.__traceback__ = None

    return answer


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
