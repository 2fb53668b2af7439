"""Errors as RFC 9457 has them: `application/problem+json`."""

from __future__ import annotations

import logging
from typing import Any, Final

from aiohttp import hdrs, web

from vault_core.errors import (
    AccessDenied,
    BadRequest,
    InvalidRequest,
    NodeNotFound,
    ParcheminError,
    SignatureRefused,
    StoreError,
)

log = logging.getLogger(__name__)
PROBLEM: Final = "application/problem+json"
ACCEPTED: Final = (
    'sig1=("@method" "@target-uri" "content-digest" "content-type" "idempotency-key")'
    ";created;keyid;nonce"
)
"""What a signature is to cover (RFC 9421 section 5.1); the last three where they are sent."""


def status_of(error: ParcheminError | type[ParcheminError]) -> int:
    """The error's status. 405 is how WebDAV says that something is in the way; here it is 409."""
    return 409 if error.status == 405 else error.status


def problem(error: ParcheminError) -> web.Response:
    """The answer to an error: `type` names its class, `detail` is its sentence."""
    headers: dict[str, str] = {hdrs.CACHE_CONTROL: "no-store"}
    if error.retry_after is not None:
        headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    if isinstance(error, AccessDenied):
        headers[hdrs.WWW_AUTHENTICATE] = 'Bearer realm="parchemin"'
    if isinstance(error, SignatureRefused):
        headers["Accept-Signature"] = ACCEPTED
    status = status_of(error)
    found: dict[str, Any] = {
        "type": f"urn:parchemin:error:{type(error).__name__}",
        "title": (type(error).__doc__ or "").splitlines()[0],
        "status": status,
        "detail": str(error),
    }
    if isinstance(error, InvalidRequest) and error.faults:
        found["faults"] = dict(error.faults)
    return web.json_response(found, status=status, headers=headers, content_type=PROBLEM)


def reported(request: web.BaseRequest, error: ParcheminError) -> web.Response:
    """The same, told to the operator where it is the server's fault. The path names ids only."""
    if status_of(error) >= 500 and error.status != 507:
        log.error("%s %s: %s", request.method, type(error).__name__, error)
    return problem(error)


def unexpected(request: web.BaseRequest) -> web.Response:
    """The answer to a mistake of ours, whose details only the log has."""
    log.exception("%s failed", request.method)
    return problem(StoreError("The server made a mistake; it was noted. Try again."))


def of_http(error: web.HTTPException) -> web.Response:
    """The router's own refusals: no such address, no such method, a body that is too large."""
    kind = NodeNotFound if error.status == 404 else BadRequest
    found = {
        "type": f"urn:parchemin:error:{kind.__name__}" if error.status == 404 else "about:blank",
        "title": error.reason,
        "status": error.status,
        "detail": _SENTENCES.get(error.status, f"{error.reason}."),
    }
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    for name in (hdrs.ALLOW, hdrs.CONTENT_RANGE):
        if name in error.headers:
            headers[name] = error.headers[name]
    return web.json_response(found, status=error.status, headers=headers, content_type=PROBLEM)


_SENTENCES: Final = {
    404: "There is nothing at this address; /api/docs lists what there is.",
    405: "This address has no such method; the Allow field lists those it has.",
    416: "The document has no such range of bytes.",
}
