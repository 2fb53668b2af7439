"""Browsers that an account came in by, known by a cookie: floods of guesses spare them."""

from __future__ import annotations

import hashlib
from typing import Final

from vault_core.errors import AccessDenied
from vault_core.signin.tickets import Tickets

DAYS: Final = 400
"""How long a browser is remembered: as long as browsers keep a cookie at most."""


class Browsers:
    """The cookie opens nothing: it only says that this browser's mistakes are its owner's own."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    def remember(self, account: str) -> str:
        """The value of the cookie for a browser that this account just came in by."""
        return self._tickets.issue("browser", {"account": account}, DAYS * 86_400)

    def known(self, account: str, cookie: str) -> str:
        """A name for the browser if that account came in by it, else ""."""
        if not cookie:
            return ""
        try:
            facts = self._tickets.read("browser", cookie)
        except AccessDenied:
            return ""
        if facts.get("account") != account.strip().casefold():
            return ""
        return hashlib.sha256(cookie.encode()).hexdigest()[:32]
