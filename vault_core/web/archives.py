"""Folders and selections as one zip archive."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import BadRequest
from vault_core.http import archives, zips
from vault_core.http.zips import Entry
from vault_core.vault.nodes.names import normalise
from vault_core.web.sending import disposition, send
from vault_core.web.visit import Visit


async def download(visit: Visit) -> web.StreamResponse:
    """The folder in the address, or only the items named, with everything below."""
    return await _send(visit, visit.request.query.getall("item", []))


async def download_picked(visit: Visit) -> web.StreamResponse:
    """The same for a form: what was picked may be more than an address can name."""
    names = (await visit.form()).getall("item", [])
    if not names:
        raise BadRequest
    return await _send(visit, names)


async def _send(visit: Visit, items: list[str]) -> web.StreamResponse:
    path = visit.path("/zip")
    names = [normalise(name) for name in items]
    places = [(*path, name) for name in names] or [path]
    entries = await archives.below(visit.vault, places, path)
    title = names[0] if len(names) == 1 else path[-1] if path else visit.t("files.root")
    return await send_entries(visit, entries, f"{title}.zip")


async def send_entries(visit: Visit, entries: list[Entry], name: str) -> web.StreamResponse:
    """Stream the archive."""
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": disposition(name, inline=False),
        "Cache-Control": "no-store",
    }
    return await send(visit, zips.archive(entries), headers, zips.length(entries))
