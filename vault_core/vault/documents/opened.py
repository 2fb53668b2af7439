"""A vault that is open in this process: its keys, its tree, and how both keep up.

Shared by all credentials that have it open. Other processes change the same vault; `refresh`
asks the catalog what changed since the version known here, which costs microseconds when
nothing did.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from vault_core.api import BlobStore, Clock, Random
from vault_core.crypto.keys import Identity
from vault_core.crypto.sealed import Keyring
from vault_core.crypto.stream import CHUNK, SEALED_CHUNK
from vault_core.errors import CorruptCiphertext, NodeNotFound
from vault_core.memory import Portions
from vault_core.store import locks, nodes
from vault_core.store.catalog import Catalog, Row
from vault_core.store.ids import ROOT, NodeId, SlotId, VaultId
from vault_core.store.locks import LockRow
from vault_core.store.nodes import NodeRow
from vault_core.vault.documents.beginnings import Beginnings
from vault_core.vault.documents.ciphertext import CiphertextCache
from vault_core.vault.nodes import metadata
from vault_core.vault.nodes.node import Lock, Node, Quota
from vault_core.vault.nodes.tree import Tree

log = logging.getLogger(__name__)
BREATH = 500
"""Nodes opened between two chances for other requests to run."""


@dataclass(slots=True)
class Limits:
    """What the institution's settings allow a vault; changes with them while running."""

    inline: int = 64 * 1024
    """Bytes of ciphertext up to which a blob lies in the catalog."""
    versions: int = 10
    """Earlier contents kept of a document."""
    document: int = 1 << 62
    """Bytes of plaintext that one document may have."""


@dataclass(frozen=True, slots=True)
class Services:
    """What every open vault works with."""

    catalog: Catalog
    blobs: BlobStore
    cache: CiphertextCache
    clock: Clock
    random: Random
    limits: Limits
    beginnings: Beginnings = field(default_factory=Beginnings)
    sealing: Portions = field(default_factory=lambda: Portions(CHUNK, 8, 64))
    """Batches that are encrypted in one step, in a thread: 512 KiB, 64 KiB beyond 64 uploads."""
    reading: Portions = field(default_factory=lambda: Portions(SEALED_CHUNK, 16, 64))
    """Ciphertext that is decrypted in one step: 1 MiB, 64 KiB beyond 64 readers."""


class OpenedVault:
    """One person's vault while some credential keeps it open."""

    def __init__(
        self, services: Services, vault: VaultId, identity: Identity, created_at: int
    ) -> None:
        self.services = services
        self.id = vault
        self.identity = identity
        self.keyring = Keyring(identity, vault)
        self.tree = Tree(metadata.root_node(self.keyring, ROOT, created_at))
        self.version = -1
        self.guard = -1
        self.space = Quota(0, 0)
        """What was used and allowed at the last look."""
        self.restated = -1
        """The version that this vault's shares were last made to show, from here."""
        self.locks: list[Lock] = []
        self.slots: frozenset[SlotId] = frozenset()
        self.is_suspended = False
        """Whether the institution lets nobody in for now: then no slot opens."""
        self.recipients = [identity.recipient]
        self.must_accept = True
        """Whether deliveries may be waiting."""
        self.accepting = asyncio.Lock()
        self._generation: object = None
        self._applied: set[int] = set()
        self._purged = 0
        """The vault's version at its last destruction of nodes, as far as known here."""
        self._refreshing = asyncio.Lock()
        self._loading_locks = asyncio.Lock()
        self._damaged = False
        """Whether a row that could not be opened was met."""

    async def refresh(self) -> None:
        """Take over what other processes committed. Raises NodeNotFound if the vault is gone."""
        generation = self.services.catalog.generation()
        if generation == self._generation:
            return
        row = await self.services.catalog.point(
            "SELECT version, guard, purged, used, quota FROM vaults WHERE id = ?", (self.id,)
        )
        if row is None:
            raise NodeNotFound("This vault was closed for good.")
        self.space = Quota(row[3], row[4])
        if row[0] > self.version or row[1] > self.guard:
            async with self._refreshing:
                await self._catch_up(*row[:3])
        self._generation = generation

    def forget_generation(self) -> None:
        """Make the next `refresh` look, whatever the catalog's generation says."""
        self._generation = None

    async def _catch_up(self, version: int, guard: int, purged: int) -> None:
        if purged > max(self.version, self._purged):
            self._purged = purged
            self.tree = Tree(metadata.root_node(self.keyring, ROOT, self.tree.root.created_at))
            self.version = -1
        if guard > self.guard:
            await self.load_locks()
            rows = await self.services.catalog.fetch(
                "SELECT s.id, p.suspended_at FROM slots s JOIN persons p ON p.id = s.vault"
                " WHERE s.vault = ?",
                (self.id,),
            )
            self.is_suspended = any(row[1] is not None for row in rows)
            self.slots = frozenset() if self.is_suspended else frozenset(row[0] for row in rows)
            self.guard = max(self.guard, guard)
        if version > self.version:
            # What this process deletes between the reading and the taking over stays deleted.
            with self.tree.loading():
                await self._take_over(await self._rows_since(self.version))
            self.must_accept = True
            self.version = max(self.version, version)
            self._advance()

    async def _take_over(self, rows: Iterable[Row]) -> None:
        live = []
        for row in rows:
            if row[nodes.TRASHED_AT] is None:
                live.append(row)
            else:
                self.tree.bury(row[0], row[nodes.CHANGED])
        for node in await self._open_all(live):
            self.tree.apply(node)

    async def _rows_since(self, version: int) -> list[Row]:
        if version >= 0:
            return await nodes.changed_since(self.services.catalog, self.id, version)
        return await self.services.catalog.fetch(
            f"SELECT {nodes.COLUMNS} FROM nodes WHERE vault = ? AND id = ?",  # noqa: S608
            (self.id, ROOT),
        )

    def committed(self, version: int, *changed: Node) -> None:
        """Take over what this process itself just committed as `version`."""
        if version > self._purged:  # what is older may be gone already, and can be read again
            for node in changed:
                self.tree.apply(node)
        self._applied.add(version)
        self._advance()

    def _advance(self) -> None:
        while self.version + 1 in self._applied:
            self.version += 1
            self._applied.discard(self.version)
        if self._applied and min(self._applied) <= self.version:
            self._applied = {v for v in self._applied if v > self.version}

    async def load_locks(self) -> None:
        """Read the vault's locks anew. A damaged one protects nothing, and harms nothing else."""
        async with self._loading_locks:  # or what was read first could be taken over last
            now = int(self.services.clock() * 1000)
            self.locks = await self._open_locks(
                await locks.by_vault(self.services.catalog, self.id, now)
            )

    async def _open_locks(self, rows: Iterable[LockRow]) -> list[Lock]:
        found = []
        for row in rows:
            try:
                lock = await self._open_lock(row)
            except CorruptCiphertext:
                log.error("vault %s: a lock or what it locks is damaged", self.id.hex())
                continue
            if lock is not None:
                found.append(lock)
        return found

    async def _open_lock(self, row: LockRow) -> Lock | None:
        """The lock; None if what it locks is in the trash. Raises CorruptCiphertext."""
        node = await self.node(row.node)
        path = await self.path_of(node) if node is not None else None
        if path is None:
            return None
        owner = self.keyring.open(b"lock" + row.token.encode(), row.sealed).decode()
        return Lock(
            row.token, row.node, path, row.shared, row.infinite, row.slot, owner, row.expires_at
        )

    async def child(self, parent: Node, name: str) -> Node | None:
        """The node of that name in that folder.

        Raises CorruptCiphertext if its row was altered: a damaged document is never a missing one,
        for clients delete their own copy of what went missing.
        """
        tree = self.tree
        known = tree.child(parent.id, name)
        if known is not None or (tree.is_complete(parent.id) and not self._damaged):
            return known
        index = self.keyring.name_index(parent.id, name)
        with tree.loading():
            row = await nodes.child(self.services.catalog, self.id, parent.id, index)
            if row is None:
                return tree.child(parent.id, name)
            tree.apply(metadata.open_node(self.keyring, row))
        return tree.child(parent.id, name)

    async def children(self, folder: Node) -> list[Node]:
        """All that the folder holds, by name. A damaged node is left out and reported."""
        tree = self.tree
        if not tree.is_complete(folder.id):
            with tree.loading():
                rows = await nodes.children(self.services.catalog, self.id, folder.id)
                tree.complete(folder.id, await self._open_all(rows))
        return tree.children(folder.id)

    async def node(self, node: NodeId) -> Node | None:
        """The live node of that id, without looking whether its folder is live."""
        known = self.tree.node(node)
        if known is not None:
            return known
        with self.tree.loading():
            row = await nodes.by_id(self.services.catalog, self.id, node)
            if row is None or row.trashed_at is not None:
                return None
            self.tree.apply(metadata.open_node(self.keyring, row))
        return self.tree.node(node)

    async def path_of(self, node: Node) -> tuple[str, ...] | None:
        """Names from the root down; None if a folder on the way is in the trash."""
        current: Node | None = node
        while current is not None and current.id != ROOT:
            current = await self.node(current.parent)
        return self.tree.path(node) if current is not None else None

    async def _open_all(self, rows: Iterable[Row]) -> list[Node]:
        opened = []
        for count, row in enumerate(rows, 1):
            try:
                opened.append(metadata.open_node(self.keyring, NodeRow(*row)))
            except CorruptCiphertext:
                self._damaged = True
                log.error("vault %s: node %s is damaged", self.id.hex(), row[0].hex())
            if count % BREATH == 0:
                await asyncio.sleep(0)
        return opened
