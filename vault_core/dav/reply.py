"""Answers: a whole one in a single write, and one that is streamed with back-pressure.

aiohttp's own Response costs about 15 µs an answer, mostly for a dictionary of fields that is
built, completed, checked and serialised. Here the fields are bytes from the start.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from functools import lru_cache
from http import HTTPStatus
from typing import Final

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from vault_core.api import Buffer
from vault_core.errors import ParcheminError
from vault_core.http.times import http_date_of_second
from vault_core.logs import request_id
from vault_core.pieces import end

log = logging.getLogger(__name__)

JOIN_BELOW: Final = 32 * 1024
"""Bytes up to which copying head and body together is cheaper than a second system call."""
STALLED_AFTER: Final = 30.0
"""Seconds without a byte taken by the client, after which the connection is cut."""

_BODILESS: Final = frozenset({204, 304})


class Reply(web.StreamResponse):
    """A whole answer. `fields` are complete header lines, each ended by CRLF.

    `length` announces a body that is not sent (HEAD); -1 leaves it open how long that would be.
    `close` ends the connection afterwards.
    """

    def __init__(
        self,
        status: int,
        fields: bytes = b"",
        content: Buffer = b"",
        *,
        length: int | None = None,
        close: bool = False,
    ) -> None:
        super().__init__(status=status)
        self.fields = fields
        self.content = content
        self._announced = len(content) if length is None else length
        self._closing = close

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send it, in one write unless it is large."""
        if self._eof_sent:
            return None
        self._keep_alive = request.keep_alive and not self._closing
        silent = self._status in _BODILESS or self._announced < 0
        framing = b"" if silent else b"Content-Length: %d\r\n" % self._announced
        head = head_of(self._status, framing + self.fields, request, self._keep_alive)
        content = b"" if request.method == "HEAD" else self.content
        if len(content) < JOIN_BELOW:
            send(request, b"".join((head, content)))
        else:
            send(request, head)
            send(request, content)
        self._eof_sent = True
        self._body_length = len(content)
        await drain(request)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""


class Stream(web.StreamResponse):
    """An answer whose body follows piece by piece; without a `length`, chunked."""

    def __init__(self, status: int, fields: bytes, length: int | None) -> None:
        super().__init__(status=status)
        self._fields = fields
        self._announced = length

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the head, unless it was."""
        if self._eof_sent or self._payload_writer is not None:
            return None
        http11 = request.version >= (1, 1)
        self._chunked = self._announced is None and http11
        self._keep_alive = request.keep_alive and (http11 or self._announced is not None)
        if self._announced is not None:
            framing = b"Content-Length: %d\r\n" % self._announced
        else:
            framing = b"Transfer-Encoding: chunked\r\n" if http11 else b""
        self._payload_writer = request.writer
        head = head_of(self._status, framing + self._fields, request, self._keep_alive)
        send(request, head)
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to send."""

    async def send_all(self, request: web.BaseRequest, pieces: AsyncIterator[Buffer]) -> None:
        """Send head and pieces. A piece may be overwritten once the next one is asked for.

        A failure after the head can only be told by cutting the connection, so that what was sent
        is never taken for the whole. Ours are logged then, for no other answer is possible.
        """
        transport = request.transport
        if transport is None:
            raise ConnectionResetError
        transport.set_write_buffer_limits(high=0)  # drained means sent: pieces are reused
        try:
            await self.prepare(request)
            async for piece in pieces:
                self._body_length += len(piece)
                await self._send_piece(request, piece)
            if self._chunked:
                send(request, b"0\r\n\r\n")
            transport.set_write_buffer_limits()
        except BaseException as error:
            transport.abort()
            self._keep_alive = False
            if isinstance(error, ParcheminError):
                log.error("an answer was cut short: %s", error)
            elif not isinstance(error, ConnectionError):
                raise
            error.__traceback__ = None  # the connection keeps the error, and that what waited
        finally:
            self._eof_sent = True
            await end(pieces)

    async def _send_piece(self, request: web.BaseRequest, piece: Buffer) -> None:
        if self._chunked and len(piece):
            piece = b"".join((b"%x\r\n" % len(piece), piece, b"\r\n"))
        send(request, piece)
        await drain(request)


def head_of(status: int, fields: bytes, request: web.BaseRequest, keep_alive: bool) -> bytes:
    """Status line, Date (RFC 9110 section 6.6.1), the fields, Connection, and the blank line."""
    parts = [_beginning(status, int(time.time())), fields]
    named = request_id.get()
    if named:
        parts.append(b"X-Request-Id: %b\r\n" % named.encode())
    if not keep_alive:
        parts.append(b"Connection: close\r\n")
    elif request.version < (1, 1):
        parts.append(b"Connection: keep-alive\r\n")
    parts.append(b"\r\n")
    return b"".join(parts)


@lru_cache(maxsize=64)
def _beginning(status: int, second: int) -> bytes:
    line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"
    return f"{line}\r\nDate: {http_date_of_second(second)}\r\n".encode()


def send(request: web.BaseRequest, data: Buffer) -> None:
    """Hand bytes to the connection; raises ConnectionResetError if it is gone."""
    transport = request.transport
    if transport is None or transport.is_closing():
        raise ConnectionResetError("The client has gone.")
    if data:
        request.writer.output_size += len(data)
        transport.write(data)


async def drain(request: web.BaseRequest) -> None:
    """Wait until the connection takes more, and cut it when the client takes nothing at all."""
    transport = request.transport
    if transport is None or not request.protocol.writing_paused:
        return
    waiting = asyncio.ensure_future(request.writer.drain())
    left = transport.get_write_buffer_size()
    try:
        while not (await asyncio.wait({waiting}, timeout=STALLED_AFTER))[0]:
            if transport.get_write_buffer_size() >= left:
                transport.abort()
                raise ConnectionResetError("The client takes no more bytes.")
            left = transport.get_write_buffer_size()
        waiting.result()
    finally:
        waiting.cancel()


async def send_text(
    request: web.BaseRequest, status: int, fields: bytes, parts: Iterable[str], step: int = 65536
) -> web.StreamResponse:
    """Answer with text that is made while it is sent, about `step` characters at a time.

    What fits into one step is a whole Reply; memory stays flat for what does not.
    """
    pieces = _steps(iter(parts), step)
    first = next(pieces, b"")
    second = next(pieces, None)
    if second is None:
        return Reply(status, fields, first)

    async def every() -> AsyncIterator[Buffer]:
        yield first
        yield second
        for piece in pieces:
            yield piece
            await asyncio.sleep(0)  # other requests get their turn

    stream = Stream(status, fields, None)
    await stream.send_all(request, every())
    return stream


def _steps(parts: Iterator[str], step: int) -> Iterator[bytes]:
    pending: list[str] = []
    size = 0
    for part in parts:
        pending.append(part)
        size += len(part)
        if size >= step:
            yield "".join(pending).encode()
            pending.clear()
            size = 0
    if pending:
        yield "".join(pending).encode()
