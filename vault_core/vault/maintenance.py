"""What an operator does without any person's key: check, repair, and let old things go."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal

from vault_core.api import BlobStore, Clock
from vault_core.crypto.keys import parse_recipient
from vault_core.errors import BlobNotFound, Conflict, MalformedAge
from vault_core.store import changes, nodes, replies, request_keys, shared_links, uploads
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import BlobId, NodeId, VaultId
from vault_core.vault import closing, journal, soundness, uploading
from vault_core.vault.trash import destroy

Kind = Literal["journal", "quota", "key", "node", "blob", "unreferenced"]
GRACE = 3600.0
"""Seconds for which a blob may lie in the store before anything refers to it."""
PAGE = 1000
_REFERENCED = (
    "SELECT blob FROM nodes WHERE blob IS NOT NULL UNION SELECT blob FROM versions"
    " WHERE blob IS NOT NULL UNION SELECT blob FROM deliveries WHERE accepted_at IS NULL"
    " UNION SELECT blob FROM upload_parts"
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is not as it should be."""

    kind: Kind
    sentence: str
    repaired: bool = False


@dataclass(slots=True)
class Report:
    """What a check looked at and found."""

    vaults: int = 0
    nodes: int = 0
    blobs: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether nothing is left that needs somebody to act."""
        return all(problem.repaired for problem in self.problems)


@dataclass(frozen=True, slots=True)
class Retention:
    """How long what was deleted or replaced is kept, in days."""

    trash_days: int = 30
    version_days: int = 90


class Maintenance:
    """Works on rows and ciphertext only."""

    def __init__(self, catalog: Catalog, blobs: BlobStore, clock: Clock) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock

    # -- checking ---------------------------------------------------------------------------

    async def check(
        self, repair: bool = False, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Compare journal, quotas, nodes, blob rows and stored blobs with one another.

        With `repair`, wrong quotas are counted anew and unreferenced blobs older than an hour
        removed; what may have lost content is only ever reported.
        """
        report = Report()
        async for row in self._vaults():
            await self._check_vault(report, row, repair)
            report.vaults += 1
            if progress is not None:
                progress(report.vaults)
        await self._check_references(report)
        await self._check_blobs(report, repair)
        await self._check_store(report, repair)
        return report

    async def _vaults(self) -> AsyncIterator[Row]:
        after = b""
        while rows := await self._catalog.fetch(
            "SELECT id, used, journal_head, journal_size, recipient FROM vaults WHERE id > ?"
            " ORDER BY id LIMIT ?",
            (after, PAGE),
        ):
            for row in rows:
                yield row
            after = rows[-1][0]

    async def _check_vault(self, report: Report, row: Row, repair: bool) -> None:
        vault, used, head, size, recipient = row
        try:
            parse_recipient(recipient)
        except MalformedAge:
            sentence = f"Vault {vault.hex()}: its public key was altered; nothing can be delivered."
            report.problems.append(Problem("key", sentence))
        fault = await journal.verify(self._catalog, vault, head, size)
        if fault is not None:
            report.problems.append(Problem("journal", f"Vault {vault.hex()}: {fault}."))
        tree = await self._catalog.fetch("SELECT id, parent FROM nodes WHERE vault = ?", (vault,))
        circling = soundness.circling(dict(tree))
        if circling:
            told = soundness.short(circling)
            sentence = f"Vault {vault.hex()}: nodes lie within one another in a circle: {told}."
            report.problems.append(Problem("node", sentence))
        count, real = (await self._catalog.fetch(_COUNTS, (vault,) * 5))[0]
        report.nodes += count
        if real != used:
            if repair:
                await self._catalog.commit(_recount, Actor(vault, None, self._now()))
            sentence = f"Vault {vault.hex()}: {used} bytes are counted, {real} are there."
            report.problems.append(Problem("quota", sentence, repair))

    async def _check_references(self, report: Report) -> None:
        rows = await self._catalog.fetch(
            "SELECT n.vault, n.id FROM nodes n LEFT JOIN nodes p"
            " ON p.vault = n.vault AND p.id = n.parent"
            " WHERE p.id IS NULL AND n.parent <> ? LIMIT 1000",
            (bytes(16),),
        )
        for vault, node in rows:
            sentence = f"Vault {vault.hex()}: node {node.hex()} lies in a folder that is gone."
            report.problems.append(Problem("node", sentence))
        rows = await self._catalog.fetch(_STRAYS)
        for vault, node, what in rows:
            sentence = f"Vault {vault.hex()}: {what} {node.hex()}."
            report.problems.append(Problem("node", sentence))
        rows = await self._catalog.fetch(
            f"SELECT r.blob FROM ({_REFERENCED}) r LEFT JOIN blobs b ON b.id = r.blob"  # noqa: S608
            " WHERE b.id IS NULL LIMIT 1000"
        )
        for (blob,) in rows:
            report.problems.append(Problem("blob", f"Blob {blob.hex()} is not in the catalog."))

    async def _check_blobs(self, report: Report, repair: bool) -> None:
        after = b""
        while rows := await self._catalog.fetch(_BLOBS, (after,)):
            for blob, size, data, plain in rows:
                report.blobs += 1
                fault = await self._blob_fault(blob, size, data, plain)
                if fault is not None:
                    report.problems.append(Problem("blob", f"Blob {blob.hex()} {fault}."))
            after = rows[-1][0]
        # A reference that leads nowhere may be damaged, and an unreferenced blob what it meant.
        repair = repair and not any(problem.kind == "blob" for problem in report.problems)
        dead = await self._catalog.fetch(
            f"SELECT id FROM blobs WHERE id NOT IN ({_REFERENCED}) LIMIT 100000"  # noqa: S608
        )
        for (blob,) in dead:
            if repair:
                await self._discard(await self._catalog.commit(_drop_blob, blob))
            sentence = f"Blob {blob.hex()} belongs to no document."
            report.problems.append(Problem("unreferenced", sentence, repair))

    async def _blob_fault(
        self, blob: BlobId, size: int, data: bytes | None, plain: int | None
    ) -> str | None:
        try:
            if data is None:
                info = await self._blobs.head(blob.hex())
                found, start = info.size, await self._blobs.get(blob.hex(), 0, 8192)
            else:
                found, start = len(data), data
        except BlobNotFound:
            return "is missing in the store"
        if found != size:
            return f"has {found} bytes instead of {size}"
        fault = soundness.blob_fault(start, size)
        holds = soundness.plain_bytes(start, size)
        if fault is None and plain is not None and holds != plain:
            return f"holds {holds} bytes, and its document has {plain}"
        return fault

    async def _check_store(self, report: Report, repair: bool) -> None:
        limit = self._clock() - GRACE
        if repair:
            await self._blobs.sweep(limit)
        async for info in self._blobs.list():
            blob = bytes.fromhex(info.key)
            row = await self._catalog.point(
                "SELECT 1 FROM blobs WHERE id = ? AND data IS NULL", (blob,)
            )
            if row is not None or info.modified > limit:
                continue
            if repair:
                await self._blobs.delete(info.key)
            sentence = f"Stored blob {info.key} is not in the catalog."
            report.problems.append(Problem("unreferenced", sentence, repair))

    # -- letting go -------------------------------------------------------------------------

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


_BLOBS = (
    "SELECT b.id, b.size, b.data, COALESCE("
    "(SELECT MIN(size) FROM nodes WHERE blob = b.id),"
    " (SELECT MIN(size) FROM versions WHERE blob = b.id),"
    " (SELECT MIN(size) FROM deliveries WHERE blob = b.id),"
    " (SELECT MIN(size) FROM upload_parts WHERE blob = b.id))"
    " FROM blobs b WHERE b.id > ? ORDER BY b.id LIMIT 100"
)
_STRAYS = (
    "SELECT n.vault, n.id, 'there is no such vault, but node' FROM nodes n"
    " WHERE NOT EXISTS (SELECT 1 FROM vaults v WHERE v.id = n.vault)"
    " UNION ALL SELECT e.vault, e.node, 'a version is kept of the missing node' FROM versions e"
    " WHERE NOT EXISTS (SELECT 1 FROM nodes n WHERE n.vault = e.vault AND n.id = e.node)"
    " LIMIT 1000"
)
_COUNTS = (
    "SELECT (SELECT COUNT(*) FROM nodes WHERE vault = ?),"
    " (SELECT COALESCE(SUM(size), 0) FROM nodes WHERE vault = ?)"
    " + (SELECT COALESCE(SUM(size), 0) FROM versions WHERE vault = ?)"
    " + (SELECT COALESCE(SUM(size), 0) FROM deliveries WHERE vault = ? AND accepted_at IS NULL)"
    " + (SELECT COALESCE(SUM(length), 0) FROM uploads WHERE vault = ? AND node IS NULL)"
)


def _recount(actor: Actor) -> Unit[None]:
    change = yield from changes.begin(actor)
    rows = yield (_COUNTS, (actor.vault,) * 5)
    detail = {"before": change.used, "after": rows[0][1]}
    change.used = rows[0][1]
    yield from changes.finish(change, Entry("repair-quota", None, detail))


def _drop_blob(blob: BlobId) -> Unit[list[BlobId]]:
    return (yield from nodes.release_blob(blob))


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
