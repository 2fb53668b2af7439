"""The user's way out: every document as a plain age file, an index, and the identity."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from vault_core.errors import CorruptCiphertext, StoreError
from vault_core.vault.documents import content
from vault_core.vault.nodes.names import MAX_BYTES
from vault_core.vault.nodes.names import Path as NodePath
from vault_core.vault.nodes.node import Node
from vault_core.vault.vault import Vault

log = logging.getLogger(__name__)
INDEX, IDENTITY, README = "index.json", "identity.txt", "README.txt"
ADVICE = """\
Every document of this vault, as it is stored: one age file each, under documents/.
identity.txt opens them; keep it as you would keep the documents. With the age program
(1.3 or newer for keys that begin with AGE-SECRET-KEY-PQ-):

    age --decrypt -i identity.txt -o NAME documents/PATH/NAME.age

index.json lists paths, types, times, sizes and SHA-256 digests, and the file of each document:
one whose path is longer than file systems can hold may be documents/~ID.age.
"""
MOST_PATH = 900
"""Bytes of a path below `documents/`: with the folder's own, what macOS can hold."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What an export wrote."""

    documents: int
    size: int
    """Bytes of plaintext."""
    damaged: int = 0
    """Documents that cannot be read any more; the index says which."""


async def export(vault: Vault, to: Path, progress: Callable[[int], None] | None = None) -> Exported:
    """Write the whole vault into the folder `to`, which must not exist or be empty.

    Raises StoreError if it is not, or cannot be written.
    """
    try:
        _prepare(to)
        return await _export(vault, to, progress)
    except OSError as error:
        raise StoreError(f"'{to}' cannot be written: {error.strerror}.") from error


def _prepare(to: Path) -> None:
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(to.iterdir()):
        raise StoreError(f"'{to}' is not empty; name a new folder.")
    (to / "documents").mkdir(mode=0o700)  # the names in it are nobody else's business


async def _export(vault: Vault, to: Path, progress: Callable[[int], None] | None) -> Exported:
    _write(to / IDENTITY, f"# public key: {vault.opened.identity.recipient}\n"
           f"{vault.opened.identity}\n")  # fmt: skip
    _write(to / README, ADVICE)
    index: list[dict[str, Any]] = []
    documents = size = damaged = 0
    for path, node in await vault.walk((), 10_000_000):
        if not path:
            continue
        entry = describe(path, node)
        target = to.joinpath("documents", *path)
        fits = len(os.fsencode("/".join(path))) <= MOST_PATH
        if node.is_folder:
            if fits:
                target.mkdir(mode=0o700, parents=True, exist_ok=True)
        else:
            target = _age_file(target if fits else to / "documents" / f"~{node.id.hex()}")
            if await _document(vault, node, target):
                entry["file"] = str(target.relative_to(to))
                documents, size = documents + 1, size + node.size
            else:
                entry["damaged"], damaged = True, damaged + 1
            if progress is not None:
                progress(documents)
        index.append(entry)
    _write(to / INDEX, json.dumps(index, ensure_ascii=False, indent=1) + "\n")
    return Exported(documents, size, damaged)


def _age_file(document: Path) -> Path:
    """Where the document goes: its name and `.age`, made to fit and to be free."""
    name = document.name
    while len(name.encode()) > MAX_BYTES - len(".age") - 1:
        name = name[:-1]
    target = document.with_name(name + ".age")
    while target.exists():
        target = target.with_name("~" + target.name[-(MAX_BYTES // 4) :])
    return target


async def _document(vault: Vault, node: Node, target: Path) -> bool:
    """Whether it could be written: one damaged document does not keep back the others."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with _create(target) as file:
            async for piece in content.age_file(vault.opened, node):
                file.write(piece)
    except (CorruptCiphertext, StoreError) as error:
        log.error("vault %s: node %s: %s", vault.id.hex(), node.id.hex(), error)
        target.unlink()  # noqa: ASYNC240
        return False
    return True


def describe(path: NodePath, node: Node) -> dict[str, Any]:
    """A node's entry of the index."""
    entry: dict[str, Any] = {
        "path": "/".join(path),
        "kind": "folder" if node.is_folder else "document",
        "created_at": node.created_at,
        "modified_at": node.modified_at,
    }
    if not node.is_folder:
        entry |= {
            "size": node.size,
            "media_type": node.media_type,
            "sha256": node.sha256.hex() if node.sha256 else None,
        }
    if node.origin is not None:
        entry |= {"issuer": node.origin.issuer, "certificate": node.origin.certificate}
    return entry


def _create(path: Path) -> IO[bytes]:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _write(path: Path, text: str) -> None:
    with _create(path) as file:
        file.write(text.encode())
