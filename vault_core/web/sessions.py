"""A session: one key slot that a cookie's secret opens, for some hours."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from vault_core.crypto import codes
from vault_core.errors import AccessDenied, ParcheminError
from vault_core.vault import keyslots
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults

HOURS: Final = 12
"""How long a session lasts, used or not."""
_COOKIE: Final = "parchemin-session"
_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS: Final = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip


def cookie_name(secure: bool) -> str:
    """`__Host-` makes browsers refuse a cookie that a neighbouring host planted."""
    return f"__Host-{_COOKIE}" if secure else _COOKIE


async def begin(vault: Vault, user_agent: str) -> str:
    """A new session of an opened vault: the token for its cookie. It is durable."""
    token = codes.new_session_token(vault.opened.services.random)
    expires = vault.actor().at + HOURS * 3_600_000
    secret = codes.parse_session_token(token)
    await keyslots.add(vault, "session", secret, device_name(user_agent), expires)
    return token


async def opened(request: web.BaseRequest, vaults: Vaults, secure: bool) -> Vault | None:
    """The vault that the request's cookie opens, as it is now; None without a live session."""
    token = request.cookies.get(cookie_name(secure))
    if not token:
        return None
    try:
        vault = await vaults.open_session(token)
        await vault.refresh()
    except AccessDenied:
        return None
    return vault


def set_cookie(response: web.StreamResponse, token: str, secure: bool) -> None:
    """Hand the token to the browser, for as long as it stays open."""
    response.set_cookie(
        cookie_name(secure), token, path="/", secure=secure, httponly=True, samesite="Lax"
    )


async def end(vault: Vault) -> None:
    """Revoke the session's slot; a session that is gone already is no error."""
    try:
        await keyslots.revoke(vault, vault.slot_id)
    except ParcheminError as error:
        if error.status != 404:
            raise


def forget_cookie(response: web.StreamResponse, secure: bool) -> None:
    """Take the token from the browser."""
    response.del_cookie(cookie_name(secure), path="/", secure=secure, httponly=True, samesite="Lax")


def device_name(user_agent: str) -> str:
    """`Firefox · Windows`: enough to know one's own devices by; "" if it says nothing."""
    text = re.sub(r"[^\x20-\x7e]", "", user_agent[:400])
    browser = next((name for mark, name in _BROWSERS if mark in text), "")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    return " · ".join(part for part in (browser, system) if part)
