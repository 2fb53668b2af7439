"""What an operator does without any person's key: check, repair, and let old things go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vault_core.api import BlobStore, Clock
from vault_core.errors import Conflict
from vault_core.store import changes, nodes, replies, request_keys, shared_links, uploads
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import BlobId, NodeId, VaultId
from vault_core.vault import uploading
from vault_core.vault.documents.trash import destroy
from vault_core.vault.persons import closing
from vault_core.vault.upkeep.checking import Checking, Examine, Report


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what was deleted or replaced is kept, in days."""

    trash_days: int = 30
    version_days: int = 90


class Maintenance:
    """Works on rows and ciphertext only; `examine` looks at the register of certificates."""

    def __init__(
        self, catalog: Catalog, blobs: BlobStore, clock: Clock, examine: Examine | None = None
    ) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock
        self.checking = Checking(catalog, blobs, clock, examine)

    async def check(
        self, repair: bool = False, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Look at everything, and keep no note of it: `Checking.whole`."""
        return await self.checking.whole(repair, progress)

    async def expire(self, retention: Retention) -> int:
        """Destroy trash and versions past their time, and vaults that their owners closed; drop
        expired slots and abandoned uploads. How many went.
        """
        now, day = self._now(), 86_400_000
        count = 0
        dead = await self._catalog.fetch(
            "SELECT vault, id FROM nodes WHERE trashed_at < ? LIMIT 10000",
            (now - retention.trash_days * day,),
        )
        for vault, node in dead:
            count += await self._destroy(vault, node)
        old = await self._catalog.fetch(
            "SELECT vault, node, number FROM versions WHERE created_at < ? LIMIT 10000",
            (now - retention.version_days * day,),
        )
        for vault, node, number in old:
            garbage = await self._catalog.commit(
                _drop_version, Actor(vault, None, now), node, number
            )
            await self._discard(garbage)
        slots = await self._catalog.fetch(
            "SELECT vault FROM slots WHERE expires_at <= ? LIMIT 10000", (now,)
        )
        for vault in {row[0] for row in slots}:
            await self._catalog.commit(_drop_slots, Actor(vault, None, now))
        await self._catalog.commit(shared_links.forget, now)
        await self._catalog.commit(replies.expire, now)
        await self._catalog.commit(request_keys.expire, now)
        for vault, upload in await uploads.expired(self._catalog, now):
            actor = Actor(vault, None, now)
            parts: list[BlobId] | None = await self._catalog.commit(uploading.drop, actor, upload)
            await self._discard(parts or [])
            count += 1
        return count + len(old) + len(slots) + await self._close_vaults()

    async def _close_vaults(self) -> int:
        """Carry out the closings whose waiting time is over. How many."""
        count = 0
        for vault in await closing.due(self._catalog, self._now()):
            try:
                garbage = await self._catalog.commit(closing.destroy, vault, self._now())
            except Conflict:  # its owner thought better of it meanwhile
                continue
            await self._discard(garbage)
            count += 1
        return count

    async def _destroy(self, vault: VaultId, node: NodeId) -> int:
        try:
            garbage = await self._catalog.commit(destroy, Actor(vault, None, self._now()), node)
        except Conflict:  # its owner restored or purged it meanwhile
            return 0
        await self._discard(garbage)
        return 1

    async def _discard(self, garbage: list[BlobId]) -> None:
        for blob in garbage:
            await self._blobs.delete(blob.hex())

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _drop_version(actor: Actor, node: NodeId, number: int) -> Unit[list[BlobId]]:
    change = yield from changes.begin(actor)
    freed, garbage = yield from nodes.delete_versions(actor.vault, node, [number])
    change.charge(-freed)
    yield from changes.finish(change, Entry("expire-version", node, {"bytes": freed}))
    return garbage


def _drop_slots(actor: Actor) -> Unit[None]:
    change = yield from changes.begin(actor)
    change.protect()
    rows = yield (
        "DELETE FROM slots WHERE vault = ? AND expires_at <= ? RETURNING id",
        (actor.vault, actor.at),
    )
    yield from changes.finish(change, Entry("slot-expire", None, {"slots": len(rows)}))
