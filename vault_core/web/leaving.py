"""The whole vault to take away: as it is, or as age files with the identity that opens them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

from aiohttp import web

from vault_core.api import Buffer
from vault_core.crypto.age import Payload, encrypt
from vault_core.errors import BadRequest
from vault_core.vault import content, export
from vault_core.vault.node import Node
from vault_core.vault.vault import Vault
from vault_core.web import telling
from vault_core.web.archives import MOST, entry, send_entries
from vault_core.web.sending import disposition
from vault_core.web.visit import Visit
from vault_core.web.zips import Entry

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
    entries = await (_sealed(visit.vault) if kind == "sealed" else _plain(visit))
    return await send_entries(visit, entries, f"parchemin-{visit.vault.username}.zip")


def _key(visit: Visit) -> web.Response:
    name = f"parchemin-{visit.vault.username}-identity.txt"
    headers = {
        "Content-Disposition": disposition(name, inline=False), "Cache-Control": "no-store",
    }  # fmt: skip
    return web.Response(
        text=_identity(visit.vault), content_type="text/plain", charset="utf-8", headers=headers
    )


def _identity(vault: Vault) -> str:
    """The identity file that the age program reads."""
    identity = vault.opened.identity
    return f"# public key: {identity.recipient}\n{identity}\n"


async def _plain(visit: Visit) -> list[Entry]:
    """Documents as they are, an index of all of them, and the journal."""
    vault, at = visit.vault, visit.vault.actor().at
    entries, index = [], []
    for path, node in await vault.walk((), MOST):
        if path:
            entries.append(entry(vault, ("documents", *path), node))
            index.append(export.describe(path, node))
    listed = json.dumps(index, ensure_ascii=False, indent=1) + "\n"
    journal = await telling.everything(visit)
    readme = visit.t("leaving.readme")
    return [
        _text("README.txt", readme, at), *entries, _text(export.INDEX, listed, at),
        _text("journal.json", journal, at),
    ]  # fmt: skip


async def _sealed(vault: Vault) -> list[Entry]:
    """Each document as an age file, an index, and the identity that opens them."""
    at = vault.actor().at
    entries = [
        _text(export.IDENTITY, _identity(vault), at),
        _text(export.README, export.ADVICE, at),
    ]
    index: list[dict[str, Any]] = []
    taken: set[str] = set()
    for path, node in await vault.walk((), MOST):
        if not path:
            continue
        described = export.describe(path, node)
        if not node.is_folder:
            name = _free("/".join(("documents", *path)), taken)
            described["file"] = name
            entries.append(_document(vault, node, name))
        index.append(described)
    listed = json.dumps(index, ensure_ascii=False, indent=1) + "\n"
    return [*entries, _text(export.INDEX, listed, at)]


def _free(name: str, taken: set[str]) -> str:
    """`name.age`, or with a tilde where a document of that name lies there too."""
    folder, _, last = name.rpartition("/")
    while f"{folder}/{last}.age" in taken:
        last = f"~{last}"
    taken.add(f"{folder}/{last}.age")
    return f"{folder}/{last}.age"


def _text(name: str, text: str, at: int) -> Entry:
    return _bytes(name, text.encode(), at)


def _bytes(name: str, data: bytes, at: int) -> Entry:
    async def read() -> AsyncIterator[Buffer]:
        yield data

    return Entry(name, len(data), at, read)


def _document(vault: Vault, node: Node, name: str) -> Entry:
    if node.content is None:
        nothing = encrypt(b"", vault.opened.recipients, vault.opened.services.random)
        return _bytes(name, nothing, node.modified_at)
    payload = Payload(node.content.key, node.content.header_size, node.size)
    return Entry(
        name, payload.cipher_size, node.modified_at,
        lambda: content.age_file(vault.opened, node),
    )  # fmt: skip
