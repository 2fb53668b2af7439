"""Folders and selections as one zip archive."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from aiohttp import web

from vault_core.api import Buffer
from vault_core.errors import BadRequest
from vault_core.vault.names import Path, normalise
from vault_core.vault.node import Node
from vault_core.vault.vault import Vault
from vault_core.web import zips
from vault_core.web.sending import disposition, send
from vault_core.web.visit import Visit
from vault_core.web.zips import Entry

MOST: Final = 100_000
"""Nodes of one archive."""


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
    entries: list[Entry] = []
    for place in places:
        for below, node in await visit.vault.walk(place, MOST - len(entries)):
            if below != path:
                entries.append(entry(visit.vault, below[len(path) :], node))
    title = names[0] if len(names) == 1 else path[-1] if path else visit.t("files.root")
    return await send_entries(visit, entries, f"{title}.zip")


def entry(vault: Vault, path: Path, node: Node) -> Entry:
    """The member for a node."""
    name = "/".join(path)
    if node.is_folder:
        return Entry(f"{name}/", 0, node.modified_at, None)

    def read() -> AsyncIterator[Buffer]:
        return vault.read(node)

    return Entry(name, node.size, node.modified_at, read)


async def send_entries(visit: Visit, entries: list[Entry], name: str) -> web.StreamResponse:
    """Stream the archive."""
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": disposition(name, inline=False),
        "Cache-Control": "no-store",
    }
    return await send(visit, zips.archive(entries), headers, zips.length(entries))
