"""Vaults as server processes have them: each with its own catalog connection and memory.

Several workers over one folder stand for several processes: they share the catalog and the blob
store, nothing else.
"""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests import stores
from vault_core.api import BlobStore, Buffer
from vault_core.crypto.keys import IdentityKind
from vault_core.crypto.sealed import ServerKeyring
from vault_core.store.catalog import Catalog
from vault_core.store.ids import VaultId
from vault_core.vault.documents import delivered
from vault_core.vault.documents.ciphertext import CiphertextCache
from vault_core.vault.documents.delivered import Document
from vault_core.vault.documents.opened import Limits, Services
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.throttle import Throttle
from vault_core.vault.nodes.names import Path as NodePath
from vault_core.vault.nodes.node import Node
from vault_core.vault.persons.person import Facts
from vault_core.vault.persons.register import Persons
from vault_core.vault.upkeep.maintenance import Maintenance
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults

KEY = bytes(range(32))
GIGABYTE = 10**9
DAY = 86_400.0


@dataclass
class Clock:
    """Real time, moved forward at will or stopped; shared by all workers of a test."""

    offset: float = 0.0
    stopped_at: float | None = None

    def stop(self) -> None:
        """From now on time passes by `offset` alone, however long a test takes."""
        self.stopped_at = time.time()

    def __call__(self) -> float:
        now = time.time() if self.stopped_at is None else self.stopped_at
        return now + self.offset


@dataclass(frozen=True, slots=True)
class Rules:
    """What differs from test to test."""

    quota: int = GIGABYTE
    kind: IdentityKind = "x25519"
    versions: int = 10


@dataclass
class Worker:
    """One process's view of the institution."""

    catalog: Catalog
    blobs: BlobStore
    vaults: Vaults
    persons: Persons
    maintenance: Maintenance
    clock: Clock

    async def add(self, username: str, facts: Facts | None = None) -> str:
        """A new person; the activation code."""
        new = await self.persons.add(username, facts or Facts())
        assert new.activation_code is not None
        return new.activation_code

    async def enrol(self, username: str) -> tuple[Vault, str]:
        """A new person's vault, opened by an app password, and that."""
        vault = await self.vaults.open_by_code("activation", username, await self.add(username))
        _, token = await keyslots.add_app_password(vault, "a device")
        return await self.open(username, token), token

    async def open(self, username: str, token: str) -> Vault:
        """The vault as a request gets it."""
        vault = await self.vaults.open_app_password(username, token)
        await vault.refresh()
        return vault

    async def deliver(
        self, username: str, name: str = "Diplôme.pdf", data: bytes = b"%PDF", **more: str
    ) -> Document:
        """Deliver one document into the vault, which may be locked."""
        person = await self.persons.find(username)
        key = os.urandom(32)
        document = Document(
            "exams", "Examens", "bac", more.get("certificate", key.hex()), name,
            "application/pdf", data, key, more.get("replaces", ""),
        )  # fmt: skip
        await self.hand_over(person.recipient, person.id, document)
        return document

    async def hand_over(self, recipient: str, vault: bytes, document: Document) -> None:
        """Deliver exactly this. Raises Conflict if it was delivered before."""
        row, blob = delivered.seal(VaultId(vault), recipient, document, self.clock(), os.urandom)
        await delivered.deliver(self.catalog, row, blob)


@asynccontextmanager
async def worker(
    data: Path, clock: Clock | None = None, rules: Rules | None = None
) -> AsyncIterator[Worker]:
    """Open what is in the folder `data`, making it if need be."""
    clock = clock or Clock()
    catalog = await stores.open_catalog(data, clock)
    async with working(catalog, stores.open_blobs(data), clock, rules) as found:
        yield found


@asynccontextmanager
async def working(
    catalog: Catalog, blobs: BlobStore, clock: Clock, rules: Rules | None = None
) -> AsyncIterator[Worker]:
    """A worker over these stores, which it closes."""
    rules = rules or Rules()
    limits = Limits(versions=rules.versions)
    services = Services(catalog, blobs, CiphertextCache(), clock, os.urandom, limits)
    vaults = Vaults(services, AccessLog(catalog, clock), Throttle(catalog, clock))
    keyring = ServerKeyring(KEY)
    persons = Persons(catalog, keyring, clock, os.urandom, rules.quota, rules.kind)
    try:
        yield Worker(catalog, blobs, vaults, persons, Maintenance(catalog, blobs, clock), clock)
    finally:
        await vaults.close()
        await blobs.close()
        await catalog.close()


@dataclass
class Pieces:
    """Content in pieces of `step` bytes, as a socket would bring it."""

    data: bytes
    step: int = 100_000
    asked: int = field(default=0)
    """How many pieces were asked for."""

    async def __aiter__(self) -> AsyncIterator[Buffer]:
        for start in range(0, len(self.data), self.step):
            self.asked += 1
            yield self.data[start : start + self.step]


def pieces(data: bytes, step: int = 100_000) -> AsyncIterator[Buffer]:
    """The content as an iterator."""
    return aiter(Pieces(data, step))


async def content(vault: Vault, node: Node, offset: int = 0, length: int | None = None) -> bytes:
    """A range of the document."""
    return b"".join([bytes(piece) async for piece in vault.read(node, offset, length)])


async def at(vault: Vault, *path: str) -> bytes:
    """The document's content."""
    return await content(vault, await vault.find(path))


async def names(vault: Vault, *path: str) -> list[str]:
    """What a folder holds."""
    return [node.name for node in await vault.children(await vault.find(path))]


async def tree(vault: Vault) -> dict[NodePath, bytes | None]:
    """Every path, with the content of documents."""
    found: dict[NodePath, bytes | None] = {}
    for path, node in await vault.walk((), 1_000_000):
        if path:
            found[path] = None if node.is_folder else await content(vault, node)
    return found
