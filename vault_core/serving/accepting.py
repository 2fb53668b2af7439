"""How connections are taken in: how many at once, and what is said to what is no request.

aiohttp's own protocol names itself and its Python in every refusal, and logs what strangers sent
with it, credentials included.
"""

from __future__ import annotations

import asyncio
import logging
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from socket import socket
from typing import Any, Final, cast

from aiohttp import web

from vault_core.dav.handler import SERVER_OPTIONS
from vault_core.dav.reply import Reply

log = logging.getLogger(__name__)
MOST: Final = 4096
"""Connections of one process at a time: what is idle costs memory too."""
_DESCRIPTORS: Final = 65_536
"""Open files that a process asks for, if it may have them."""
_SPARE: Final = 256
"""Of these, what catalog, stores and plugins need."""
_FIELDS: Final = (
    b"Content-Type: text/plain; charset=utf-8\r\nCache-Control: no-store\r\n"
    b"X-Content-Type-Options: nosniff\r\n"
)
_SENTENCES: Final = {
    400: b"This is no request as HTTP asks for; nothing was done.\n",
    500: b"The server made a mistake; it was noted. Try again.\n",
    504: b"The server did not finish in time. Try again.\n",
}
_FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nConnection: close\r\n"
    b"Content-Length: 0\r\n\r\n"
)


def most_connections() -> int:
    """How many this process can have, each with a file that it reads; it asks for more files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _DESCRIPTORS if hard == resource.RLIM_INFINITY else min(hard, _DESCRIPTORS)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    files = _DESCRIPTORS if soft == resource.RLIM_INFINITY else soft
    return max(16, min(MOST, (files - _SPARE) // 2))


@asynccontextmanager
async def accepting(
    runner: web.AppRunner, listener: socket, idle_timeout: float, most: int = MOST
) -> AsyncIterator[None]:
    """Answer whoever connects; at the end, requests in progress get the runner's time to finish."""
    server = runner.server
    assert server is not None
    loop = asyncio.get_running_loop()
    options: dict[str, Any] = {**SERVER_OPTIONS, "keepalive_timeout": idle_timeout}
    taken = _Taken(most)
    listening = await loop.create_server(
        lambda: _Connection(taken, server, loop=loop, **options), sock=listener, backlog=1024
    )
    try:
        yield
    finally:
        listening.close()
        await runner.cleanup()


class _Taken:
    """Connections that are open."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._count = 0
        self._told = False

    def take(self) -> bool:
        """One more, if there may be. The log is told once until there is room again."""
        if self._count >= self._most:
            if not self._told:
                log.warning("%s connections are open: more are turned away", self._count)
            self._told = True
            return False
        self._count += 1
        return True

    def give_back(self) -> None:
        """One less."""
        self._count -= 1
        if self._count < self._most * 9 // 10:
            self._told = False


class _Connection(web.RequestHandler):
    """One connection, within the bound of all of them."""

    __slots__ = ("_connections", "_counted", "_deaf")

    def __init__(self, connections: _Taken, manager: web.Server, **options: Any) -> None:
        super().__init__(manager, **options)
        self._connections = connections
        self._counted = False
        self._deaf = False
        """Whether something that came was thrown away: nothing after it is what it seems."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it in, or turn it away."""
        self._counted = self._connections.take()
        if self._counted:
            super().connection_made(transport)
            return
        away = cast(asyncio.Transport, transport)
        away.write(_FULL)
        away.close()

    def data_received(self, data: bytes) -> None:
        """Nothing of whom was turned away is read.

        aiohttp throws away what comes once the server is to stop, the rest of an upload that it
        waits for with it: what belongs to a request in progress is still taken.
        """
        if not self._counted or self._deaf:
            return
        closing, forced = self._close, self._force_close
        if not (closing or forced):
            super().data_received(data)
            return
        if self._current_request is None:
            self._deaf = True
            return
        self._close = self._force_close = False
        super().data_received(data)
        self._close, self._force_close = self._close or closing, self._force_close or forced

    def connection_lost(self, exc: BaseException | None) -> None:
        """Make room for another one."""
        if self._counted:
            self._counted = False
            self._connections.give_back()
        super().connection_lost(exc)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no request, and to a mistake of ours; the connection ends."""
        if status >= 500:
            log.error("%s failed", request.method, exc_info=exc)
        else:  # what a stranger sent, and why it was refused, is quoted in `exc`
            log.debug("what came was no request: %s", type(exc).__name__)
        if request.writer.output_size > 0:
            raise ConnectionError("A part of the answer was sent; another one cannot follow.")
        return Reply(status, _FIELDS, _SENTENCES.get(status, b""), close=True)
