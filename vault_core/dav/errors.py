"""Refusals: errors as statuses with the DAV:error bodies of RFC 4918 section 16."""

from __future__ import annotations

from typing import Final

from vault_core.dav.reply import Reply
from vault_core.dav.xml_out import DECLARATION, escape
from vault_core.errors import (
    AccessDenied,
    IsAFolder,
    Locked,
    NodeExists,
    ParcheminError,
    QuotaExceeded,
    StoreFull,
)

XML_FIELDS: Final = (
    b'Content-Type: application/xml; charset="utf-8"\r\n'
    b"Cache-Control: private, no-cache\r\nX-Content-Type-Options: nosniff\r\n"
)
ALLOWED: Final = (
    b"OPTIONS, GET, HEAD, PUT, DELETE, MKCOL, COPY, MOVE, PROPFIND, PROPPATCH, LOCK, UNLOCK"
)
REALM: Final = (
    "Parchemin: use an app password, not your main password. Make one at /account/devices"
)
_CHALLENGE: Final = (
    f'WWW-Authenticate: Basic realm="{REALM}", charset="UTF-8"\r\n'
    "Content-Type: text/plain; charset=utf-8\r\nX-Content-Type-Options: nosniff\r\n"
    "Cache-Control: no-store\r\n"
).encode()
_CHALLENGE_TEXT: Final = (
    "This address opens with your username and an app password, never with your main password.\n"
    "Make an app password for this device at /account/devices on this server.\n"
    "\n"
    "Cette adresse s'ouvre avec votre identifiant et un mot de passe d'application,\n"
    "jamais avec votre mot de passe principal. Créez-en un sur /account/devices.\n"
).encode()

_CONDITIONS: Final[dict[type[ParcheminError], str]] = {
    Locked: "lock-token-submitted",
    QuotaExceeded: "quota-not-exceeded",
    StoreFull: "sufficient-disk-space",
    NodeExists: "resource-must-be-null",
}


class RefusedError(ParcheminError):
    """WebDAV does not allow the request: a status and, where RFC 4918 names one, a condition."""

    def __init__(self, code: int, message: str, condition: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.condition = condition


def challenge(*, close: bool = False) -> Reply:
    """401, saying that an app password is needed and where it is made."""
    return Reply(401, _CHALLENGE, _CHALLENGE_TEXT, close=close)


def refusal(error: ParcheminError, hrefs: tuple[str, ...] = (), *, close: bool = False) -> Reply:
    """The answer for an error; `hrefs` are the locked resources of a 423 (section 16).

    The body repeats the error's sentence, which holds neither key nor token.
    """
    if isinstance(error, AccessDenied):
        return challenge(close=close)
    status, condition = error.status, _CONDITIONS.get(type(error), "")
    if isinstance(error, RefusedError):
        status, condition = error.code, error.condition
    fields = XML_FIELDS
    if error.retry_after is not None:
        fields += b"Retry-After: %d\r\n" % error.retry_after
    if isinstance(error, NodeExists | IsAFolder) or status == 405:
        fields += b"Allow: " + ALLOWED + b"\r\n"
    return Reply(status, fields, error_body(str(error), condition, hrefs), close=close)


def error_body(message: str, condition: str = "", hrefs: tuple[str, ...] = ()) -> bytes:
    """A DAV:error element with the condition's element, and the sentence for people."""
    inner = "".join([f"<D:href>{href}</D:href>" for href in hrefs])
    element = f"<D:{condition}>{inner}</D:{condition}>" if condition else ""
    return (
        f'{DECLARATION}<D:error xmlns:D="DAV:" xmlns:P="urn:parchemin">{element}'
        f"<P:message>{escape(message)}</P:message></D:error>"
    ).encode()
