"""What goes into a zip archive: documents as they are, or each as an age file with the identity."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

from vault_core.api import Buffer
from vault_core.crypto.age import Payload, encrypt
from vault_core.http.zips import Entry
from vault_core.vault import export
from vault_core.vault.documents import content
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.vault.vault import Vault

MOST: Final = 100_000
"""Nodes of one archive."""


async def below(vault: Vault, places: Sequence[Path], base: Path) -> list[Entry]:
    """The nodes at these places with everything below, named from `base`, which is left out.

    Raises NodeNotFound, and TooLarge beyond MOST nodes.
    """
    entries: list[Entry] = []
    for place in places:
        for path, node in await vault.walk(place, MOST - len(entries)):
            if path != base:
                entries.append(entry(vault, path[len(base) :], node))
    return entries


def entry(vault: Vault, path: Path, node: Node) -> Entry:
    """The member for a node."""
    name = "/".join(path)
    if node.is_folder:
        return Entry(f"{name}/", 0, node.modified_at, None)

    def read() -> AsyncIterator[Buffer]:
        return vault.read(node)

    return Entry(name, node.size, node.modified_at, read)


def text(name: str, words: str, at: int) -> Entry:
    """A member that is a text; `at` is its time, in milliseconds since the epoch."""
    return _bytes(name, words.encode(), at)


def _bytes(name: str, data: bytes, at: int) -> Entry:
    async def read() -> AsyncIterator[Buffer]:
        yield data

    return Entry(name, len(data), at, read)


def identity(vault: Vault) -> str:
    """The identity file that the age program reads."""
    found = vault.opened.identity
    return f"# public key: {found.recipient}\n{found}\n"


async def plain(vault: Vault) -> list[Entry]:
    """All documents as they are, below `documents/`, and an index of them."""
    entries, index = [], []
    for path, node in await vault.walk((), MOST):
        if path:
            entries.append(entry(vault, ("documents", *path), node))
            index.append(export.describe(path, node))
    return [*entries, _index(vault, index)]


async def sealed(vault: Vault) -> list[Entry]:
    """Each document as an age file, an index, and the identity that opens them."""
    at = vault.actor().at
    entries = [text(export.IDENTITY, identity(vault), at), text(export.README, export.ADVICE, at)]
    index: list[dict[str, Any]] = []
    taken: set[str] = set()
    for path, node in await vault.walk((), MOST):
        if not path:
            continue
        described = export.describe(path, node)
        if not node.is_folder:
            name = _free("/".join(("documents", *path)), taken)
            described["file"] = name
            entries.append(_age_file(vault, node, name))
        index.append(described)
    return [*entries, _index(vault, index)]


def _index(vault: Vault, index: list[dict[str, Any]]) -> Entry:
    listed = json.dumps(index, ensure_ascii=False, indent=1) + "\n"
    return text(export.INDEX, listed, vault.actor().at)


def _free(name: str, taken: set[str]) -> str:
    """`name.age`, or with a tilde where a document of that name lies there too."""
    folder, _, last = name.rpartition("/")
    while f"{folder}/{last}.age" in taken:
        last = f"~{last}"
    taken.add(f"{folder}/{last}.age")
    return f"{folder}/{last}.age"


def _age_file(vault: Vault, node: Node, name: str) -> Entry:
    if node.content is None:
        nothing = encrypt(b"", vault.opened.recipients, vault.opened.services.random)
        return _bytes(name, nothing, node.modified_at)
    payload = Payload(node.content.key, node.content.header_size, node.size)
    return Entry(
        name, payload.cipher_size, node.modified_at,
        lambda: content.age_file(vault.opened, node),
    )  # fmt: skip
