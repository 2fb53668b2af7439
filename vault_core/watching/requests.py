"""Around every request: its id, its figures, and its line in the log."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Any, Final

from aiohttp import web

from vault_core.logs import request_id
from vault_core.watching.figures import Figures

log = logging.getLogger("parchemin.requests")
Handler = Callable[[Any], Awaitable[Any]]

HEADER: Final = "X-Request-Id"
GONE: Final = 499
"""The status of a request whose client went away, as nginx counts it."""
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
METHODS: Final = frozenset(
    {
        "GET",
        "HEAD",
        "PUT",
        "POST",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "PROPFIND",
        "PROPPATCH",
        "MKCOL",
        "COPY",
        "MOVE",
        "LOCK",
        "UNLOCK",
    }
)
"""What is counted by its name; anything else is OTHER, so that nobody can invent figures."""
_WAYS: Final = {"api": "api", "static": "static", "verify": "verify", "admin": "admin"}


class Requests:
    """Wraps the server's handler. It knows methods, statuses, times and sizes, and no path."""

    def __init__(self, figures: Figures, log_all: Callable[[], bool]) -> None:
        """`log_all`: whether every request gets a line now; failures always do."""
        self._figures = figures
        self._log_all = log_all
        self._prefix = secrets.token_hex(4)
        self._numbers = count(1)

    def around(self, handle: Handler) -> Handler:
        """The same handler, watched."""

        async def watched(request: Any) -> Any:
            started = time.perf_counter()
            request_id.set(self._id(request))
            status, sent = 500, 0
            try:
                response = await handle(request)
                status, sent = response.status, _sent(response)
                return response
            except web.HTTPException as error:
                status = error.status
                raise
            except (asyncio.CancelledError, ConnectionError):
                status = GONE
                raise
            finally:
                self._count(request, status, time.perf_counter() - started, sent)

        return watched

    def _id(self, request: web.BaseRequest) -> str:
        """The proxy's id, if it is one; it is repeated in answers and logs, so it is checked."""
        given = request.headers.get(HEADER)
        if given is not None and _WELL_FORMED.fullmatch(given):
            return given
        return f"{self._prefix}{next(self._numbers):08x}"

    def _count(self, request: web.BaseRequest, status: int, seconds: float, sent: int) -> None:
        way = "dav" if type(request) is web.BaseRequest else way_of(request.path)
        method = request.method if request.method in METHODS else "OTHER"
        received = getattr(request.content, "total_bytes", 0)
        self._figures.request(way, method, status, seconds, received, sent)
        if status >= 500 or self._log_all():
            facts = {
                "way": way,
                "method": method,
                "status": status,
                "milliseconds": round(seconds * 1000, 1),
                "received": received,
                "sent": sent,
            }
            level = logging.WARNING if status >= 500 else logging.INFO
            log.log(level, "request", extra={"facts": facts})


def _sent(response: web.StreamResponse) -> int:
    if type(response) is web.Response and isinstance(response.body, bytes | bytearray):
        return len(response.body)
    try:
        return response.body_length
    except AttributeError:
        return 0


def way_of(path: str) -> str:
    """Which part of the server a path belongs to: a fixed few, never the path itself."""
    return _WAYS.get(path[1:].partition("/")[0], "web")


async def name_answer(request: web.Request, response: web.StreamResponse) -> None:
    """aiohttp's signal before an answer of the pages or the API goes out."""
    del request
    response.headers[HEADER] = request_id.get()
