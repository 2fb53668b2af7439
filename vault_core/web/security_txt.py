"""Whom to tell of a hole in this server: `/.well-known/security.txt` (RFC 9116)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from vault_core.errors import NodeNotFound
from vault_core.web.visit import Visit

HOLDS: Final = dt.timedelta(days=180)
"""For how long a reader may keep it; the RFC recommends less than a year."""


async def page(visit: Visit) -> web.Response:
    """The institution's contact, for whoever looks there. Raises NodeNotFound without one."""
    rules, now = visit.settings.institution, visit.site.vaults.services.clock()
    contact = contact_uri(rules.contact)
    if not contact:
        raise NodeNotFound
    address = f"{visit.server_url}/.well-known/security.txt"
    text = security_txt(contact, address, rules.languages, dt.datetime.fromtimestamp(now, dt.UTC))
    return web.Response(text=text, content_type="text/plain", charset="utf-8")


def contact_uri(contact: str) -> str:
    """The contact of the settings as an address that programs know; "" where it is words."""
    if contact.startswith("https://") and contact.isprintable() and " " not in contact:
        return contact
    is_mail = "@" in contact and contact.isprintable() and " " not in contact
    return f"mailto:{contact}" if is_mail else ""


def security_txt(contact: str, address: str, languages: Sequence[str], now: dt.datetime) -> str:
    """The file, the same for a whole day."""
    ends = (now + HOLDS).replace(hour=0, minute=0, second=0, microsecond=0)
    return (
        f"Contact: {contact}\nExpires: {ends:%Y-%m-%dT%H:%M:%SZ}\n"
        f"Preferred-Languages: {', '.join(languages)}\nCanonical: {address}\n"
    )
