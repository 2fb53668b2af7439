"""A session: one key slot that a cookie's secret opens, for some hours."""

from __future__ import annotations

import re
from typing import Final

from aiohttp import web

from vault_core.errors import AccessDenied, ParcheminError
from vault_core.signin.browsers import DAYS
from vault_core.signin.entering import Entered
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults
from vault_core.web import cookies

_SYSTEMS: Final = (
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Macintosh", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip
_BROWSERS: Final = (
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chromium/", "Chromium"), ("Chrome/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip


async def opened(request: web.BaseRequest, vaults: Vaults, secure: bool) -> Vault | None:
    """The vault that the request's cookie opens, as it is now; None without a live session."""
    token = cookies.value(request, "session", secure)
    if not token:
        return None
    try:
        vault = await vaults.open_session(token)
        await vault.refresh()
    except AccessDenied:
        return None
    return vault


def hand_over(response: web.StreamResponse, entered: Entered, secure: bool) -> None:
    """Give the browser its session, for as long as it stays open, and what it is known by."""
    cookies.hand_over(response, "session", entered.token, secure)
    cookies.hand_over(response, "browser", entered.browser, secure, DAYS * 86_400)


async def end(vault: Vault) -> None:
    """Revoke the session's slot; a session that is gone already is no error."""
    try:
        await keyslots.revoke(vault, vault.slot_id)
    except ParcheminError as error:
        if error.status != 404:
            raise


def forget_cookie(response: web.StreamResponse, secure: bool) -> None:
    """Take the token from the browser."""
    cookies.take_back(response, "session", secure)


def device_name(user_agent: str) -> str:
    """`Firefox · Windows`: enough to know one's own devices by; "" if it says nothing."""
    text = re.sub(r"[^\x20-\x7e]", "", user_agent[:400])
    browser = next((name for mark, name in _BROWSERS if mark in text), "")
    system = next((name for mark, name in _SYSTEMS if mark in text), "")
    return " · ".join(part for part in (browser, system) if part)
