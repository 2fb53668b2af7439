"""Room in a vault: the quota, and what gives way when it is reached."""

from __future__ import annotations

import logging

from vault_core.errors import NodeNotFound, QuotaExceeded, StoreError
from vault_core.store import changes, nodes
from vault_core.store.catalog import Row, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import BlobId
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.nodes.node import Quota

log = logging.getLogger(__name__)


async def quota(opened: OpenedVault) -> Quota:
    """Bytes used and allowed, now."""
    row = await opened.services.catalog.point(
        "SELECT used, quota FROM vaults WHERE id = ?", (opened.id,)
    )
    if row is None:
        raise NodeNotFound("This vault was closed for good.")
    return Quota(row[0], row[1])


async def require(opened: OpenedVault, size: int, actor: Actor) -> int:
    """Make room for `size` bytes: the oldest versions and trash go first. Gives the quota.

    Raises QuotaExceeded if all of them would not be enough; then nothing went.
    """
    now = opened.space
    if size > now.available:
        now = await quota(opened)
    if size > now.available:
        await reclaim(opened, size - now.available, actor)
    return now.limit


async def reclaim(opened: OpenedVault, need: int, actor: Actor) -> None:
    """Destroy earlier versions, then trash, oldest first, until `need` bytes are free."""
    garbage = await opened.services.catalog.commit(_reclaim, actor, need)
    await discard(opened, garbage)


async def discard(opened: OpenedVault, garbage: list[BlobId]) -> None:
    """Remove blobs that nothing refers to; what fails is collected by maintenance."""
    for blob in garbage:
        try:
            await opened.services.blobs.delete(blob.hex())
        except StoreError as error:  # the change itself is committed: it did not fail
            log.warning("blob %s stays for 'parchemin check --repair': %s", blob.hex(), error)


def _reclaim(actor: Actor, need: int) -> Unit[list[BlobId]]:
    change = yield from changes.begin(actor)
    old: list[Row] = yield (
        "SELECT node, number FROM versions WHERE vault = ? ORDER BY created_at LIMIT 10000",
        (actor.vault,),
    )
    dead: list[Row] = yield (
        "SELECT id FROM nodes WHERE vault = ? AND trashed_at IS NOT NULL ORDER BY trashed_at",
        (actor.vault,),
    )
    freed = 0
    garbage: list[BlobId] = []
    for node, number in old:
        if freed >= need:
            break
        size, blobs = yield from nodes.delete_versions(actor.vault, node, [number])
        freed, garbage = freed + size, garbage + blobs
    for (node,) in dead:
        if freed >= need:
            break
        change.destroyed()
        size, blobs = yield from nodes.destroy(actor.vault, node)
        freed, garbage = freed + size, garbage + blobs
    if freed < need:
        raise QuotaExceeded
    change.charge(-freed)
    yield from changes.finish(change, Entry("make-room", None, {"bytes": freed}))
    return garbage
