"""What keeps other sites, and documents themselves, from acting in the reader's name."""

from __future__ import annotations

import hmac
from typing import Final

from aiohttp import hdrs, web

from vault_core.errors import Forbidden
from vault_core.vault.vault import Vault

CSRF_FIELD: Final = "csrf"
CSRF_HEADER: Final = "X-CSRF-Token"
PAGE_POLICY: Final = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; media-src 'self'; connect-src 'self'; "
    "frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Of our own pages: nothing inline, nothing from elsewhere."""
CONTENT_POLICY: Final = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
"""Of people's documents: an origin of their own, without scripts."""

_DEFAULTS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
SCANNING: Final = {
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()"
}
"""Of the pages that scan codes: the camera, if the reader allows it, for nobody but this site."""
READER_POLICY: Final = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"
)
"""Of the worker that reads codes: it compiles the WebAssembly that it fetches here."""
_HSTS: Final = "max-age=31536000"


class FormExpired(Forbidden):
    """This form is from another session: go back, reload the page, then try again."""


async def protect(request: web.Request, response: web.StreamResponse) -> None:
    """An aiohttp `on_response_prepare` signal: the headers that every answer carries."""
    for name, value in _DEFAULTS.items():
        response.headers.setdefault(name, value)
    response.headers.pop(hdrs.SERVER, None)  # which library of which age is nobody's business
    if is_secure(request):
        response.headers.setdefault("Strict-Transport-Security", _HSTS)


def is_secure(request: web.BaseRequest, public_url: str = "") -> bool:
    """Whether the reader came by https, as far as proxy and settings say."""
    if public_url:
        return public_url.startswith("https://")
    return request.scheme == "https" or request.headers.get("X-Forwarded-Proto") == "https"


def csrf_token(vault: Vault) -> str:
    """What forms of this session carry; only who holds the session can make it."""
    return vault.opened.keyring.mac(b"web-form", vault.slot_id).hex()[:32]


def check_token(vault: Vault, token: str) -> None:
    """Raises Forbidden if the form was not made for this session."""
    if not hmac.compare_digest(token.encode("utf-8", "replace"), csrf_token(vault).encode()):
        raise FormExpired


def check_same_site(request: web.BaseRequest, public_url: str = "") -> None:
    """Raises Forbidden if a browser says that another site sent the request.

    Browsers say so with Sec-Fetch-Site and Origin, which no page can forge.
    """
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get(hdrs.ORIGIN)
    if site not in ("same-origin", "none"):
        raise Forbidden("Another site sent this request; it was refused.")
    if origin is None:
        return
    here = {f"http://{request.host}", f"https://{request.host}", public_url.rstrip("/")}
    if origin not in here:
        raise Forbidden("Another site sent this request; it was refused.")
