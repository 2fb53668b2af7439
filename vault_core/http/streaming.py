"""A long answer, piece by piece, whose end cannot be missed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from typing import Final

from aiohttp import web

from vault_core.api import Buffer
from vault_core.errors import ParcheminError
from vault_core.pieces import end

log = logging.getLogger(__name__)
_STALLED_AFTER: Final = 120.0
"""Seconds in which a client must take one piece, of up to 1 MiB."""


async def stream(
    request: web.BaseRequest, pieces: AsyncIterator[Buffer], headers: Mapping[str, str],
    length: int | None, *, status: int = 200,
) -> web.StreamResponse:  # fmt: skip
    """Stream the pieces. What fails before the first one is an ordinary error.

    Later the connection is cut, so that what was sent is never taken for the whole.
    """
    head_only = request.method == "HEAD"
    first = b"" if head_only else bytes(await anext(pieces, b""))
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = length
    try:
        await response.prepare(request)
        if head_only:
            return response
        await _write(response, first)
        del first
        async for piece in pieces:
            await _write(response, bytes(piece))  # the next piece may overwrite this one
        await response.write_eof()
    except (ParcheminError, TimeoutError) as error:
        log.error("an answer was cut short: %s", error)
        if request.transport is not None:
            request.transport.abort()
    finally:
        await end(pieces)
    return response


async def _write(response: web.StreamResponse, piece: bytes) -> None:
    if piece:
        async with asyncio.timeout(_STALLED_AFTER):
            await response.write(piece)
