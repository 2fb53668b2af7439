"""The whole vault to take away: as it is, or as age files with the identity that opens them."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from vault_core.errors import BadRequest
from vault_core.http import archives
from vault_core.http.zips import Entry
from vault_core.web import telling
from vault_core.web.archives import send_entries
from vault_core.web.sending import disposition
from vault_core.web.visit import Visit

KINDS: Final = ("plain", "sealed", "key")
"""Documents as they are; each as an age file, with the key; the key alone."""


async def page(visit: Visit) -> web.StreamResponse:
    """What can be taken away."""
    return visit.page("leaving.html", section="account", kind=KINDS[0])


async def download(visit: Visit) -> web.StreamResponse:
    """What was chosen, for who just proved who they are: it is everything, or its key."""
    fields = await visit.form()
    kind = fields.get("kind", "sealed")
    if kind not in KINDS:
        raise BadRequest
    if kind == "key":
        return _key(visit)
    entries = await (archives.sealed(visit.vault) if kind == "sealed" else _plain(visit))
    return await send_entries(visit, entries, f"parchemin-{visit.vault.username}.zip")


def _key(visit: Visit) -> web.Response:
    name = f"parchemin-{visit.vault.username}-identity.txt"
    headers = {
        "Content-Disposition": disposition(name, inline=False), "Cache-Control": "no-store",
    }  # fmt: skip
    return web.Response(
        text=archives.identity(visit.vault), content_type="text/plain", charset="utf-8",
        headers=headers,
    )  # fmt: skip


async def _plain(visit: Visit) -> list[Entry]:
    """Documents as they are, an index of all of them, and the journal."""
    at = visit.vault.actor().at
    return [
        archives.text("README.txt", visit.t("leaving.readme"), at),
        *await archives.plain(visit.vault),
        archives.text("journal.json", await telling.everything(visit), at),
    ]
