"""The whole vault to take away: plain age files, an index, and the identity that opens them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from vault_core.api import Buffer
from vault_core.crypto.age import Payload, encrypt
from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.vault import content, export
from vault_core.vault.node import Node
from vault_core.vault.vault import Vault
from vault_core.web import passwords
from vault_core.web.archives import MOST, send_entries
from vault_core.web.entry import refused
from vault_core.web.visit import Visit
from vault_core.web.zips import Entry


async def page(visit: Visit) -> web.StreamResponse:
    """What the archive holds, and the form that asks for the password."""
    return visit.page("leaving.html", section="account", problem="")


async def download(visit: Visit) -> web.StreamResponse:
    """The archive, for who knows the password: it holds the key to everything."""
    fields = await visit.form()
    try:
        await passwords.confirm(visit, fields.get("password", ""))
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, "leaving.html", "password.wrong", section="account")
    entries = await _entries(visit.vault)
    return await send_entries(visit, entries, f"parchemin-{visit.vault.username}.zip")


async def _entries(vault: Vault) -> list[Entry]:
    at, identity = vault.actor().at, vault.opened.identity
    key = f"# public key: {identity.recipient}\n{identity}\n"
    entries = [_text(export.IDENTITY, key, at), _text(export.README, export.ADVICE, at)]
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
