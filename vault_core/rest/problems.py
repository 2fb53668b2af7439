"""Errors as RFC 9457 has them: `application/problem+json`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from aiohttp import web

from vault_core.errors import ParcheminError
from vault_core.roles import open_to, roles_of

log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def problem(error: ParcheminError) -> web.Response:
    """The answer to an error: `type` names its class, `detail` is its sentence."""
    headers = {"Cache-Control": "no-store"}
    if error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    found = {
        "type": f"urn:parchemin:error:{type(error).__name__}",
        "title": (type(error).__doc__ or "").splitlines()[0],
        "status": error.status,
        "detail": str(error),
    }
    return web.json_response(
        found, status=error.status, headers=headers, content_type="application/problem+json"
    )


def answering(handler: Handler) -> Handler:
    """The handler, whose errors become problems."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ParcheminError as error:
            if error.status >= 500:
                log.error("%s %s: %s", request.method, type(error).__name__, error)
            return problem(error)

    return open_to(*(roles_of(handler) or ()))(answer)
