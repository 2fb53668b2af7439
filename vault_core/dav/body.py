"""Bodies of requests: read with bounds of size and of time, and only once they are wanted."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import hdrs, web

from vault_core.api import Buffer
from vault_core.dav.call import Limits
from vault_core.dav.errors import RefusedError
from vault_core.dav.reply import send
from vault_core.errors import BadRequest, TooLarge
from vault_core.http.pace import Pace

_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"


def announced(request: web.BaseRequest) -> int | None:
    """The body's length in bytes as announced; None if it comes in chunks.

    Finder sends chunks and says the length beside them (X-Expected-Entity-Length), which is used
    to refuse early and not believed. Raises BadRequest if the field is no length.
    """
    length = request.headers.get(hdrs.CONTENT_LENGTH)
    if length is None:
        return None if request.body_exists else 0
    if not (length.isascii() and length.isdigit()):
        raise BadRequest("Content-Length is no length.")
    return int(length)


def waits_for_continue(request: web.BaseRequest) -> bool:
    """Whether the client holds the body back until it is told to send it (RFC 9110 10.1.1)."""
    expect = request.headers.get(hdrs.EXPECT)
    return expect is not None and expect.strip().lower() == "100-continue"


def refuse_encoded(request: web.BaseRequest) -> None:
    """Raises RefusedError (415) for a Content-Encoding, which would be stored undecoded."""
    encoding = request.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower()
    if encoding not in ("identity", ""):
        raise RefusedError(415, "Send the content without Content-Encoding.")


async def read(request: web.BaseRequest, limits: Limits, limit: int) -> bytes:
    """The whole body. Raises TooLarge beyond `limit` bytes, before reading more of it."""
    refuse_encoded(request)
    too_large = TooLarge(f"The body of this request may have {limit} bytes.")
    if (announced(request) or 0) > limit:
        raise too_large
    parts: list[Buffer] = []
    size = 0
    async for piece in stream(request, limits):
        parts.append(piece)
        size += len(piece)
        if size > limit:
            raise too_large
    return b"".join(parts)


async def stream(request: web.BaseRequest, limits: Limits) -> AsyncIterator[Buffer]:
    """The body as it arrives; asking for the first piece is what sends 100 Continue.

    Raises RefusedError (408) if less than `limits.body_progress` bytes come in
    `limits.body_idle` seconds, BadRequest if the body is not framed as HTTP asks for, and
    ConnectionError if the client goes before the body's end.
    """
    content = request.content
    if content.at_eof():
        return
    if waits_for_continue(request):
        send(request, _CONTINUE)
    pace = Pace(limits.body_idle, limits.body_progress)
    try:
        while not content.at_eof():
            piece = content.read_nowait()
            if piece:
                pace.came(len(piece))
            else:
                piece = await pace.next(content.readany)
            if piece:
                yield piece
    except TimeoutError:
        raise RefusedError(408, "The content came too slowly; send it again.") from None
    except web.RequestPayloadError:
        raise BadRequest("The content is not framed as HTTP asks for.") from None
