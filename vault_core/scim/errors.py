"""Errors as RFC 7644 section 3.12 has them."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from vault_core.errors import AccessDenied, BadRequest, ParcheminError, PersonExists

MEDIA_TYPE: Final = "application/scim+json"
SCHEMA: Final = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(BadRequest):
    """A request that SCIM has a word for: `kind` is its scimType."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def answer(body: Any, status: int = 200, **headers: str) -> web.Response:
    """A JSON answer that nobody keeps."""
    named = {"Cache-Control": "no-store", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return web.json_response(body, status=status, content_type=MEDIA_TYPE, headers=named)


def problem(error: ParcheminError) -> web.Response:
    """The answer to an error."""
    body: dict[str, Any] = {
        "schemas": [SCHEMA], "status": str(error.status), "detail": str(error),
    }  # fmt: skip
    if isinstance(error, ScimError):
        body["scimType"] = error.kind
    elif isinstance(error, PersonExists):
        body["scimType"] = "uniqueness"
    elif isinstance(error, BadRequest):
        body["scimType"] = "invalidValue"
    headers = {}
    if isinstance(error, AccessDenied):
        headers["WWW_Authenticate"] = 'Bearer realm="scim"'
    if error.retry_after is not None:
        headers["Retry_After"] = str(error.retry_after)
    return answer(body, error.status, **headers)
