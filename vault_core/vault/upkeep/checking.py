"""Is what is stored sound? A round compares journals, quotas, trees, blobs and the blob store.

A round has five stages, each in the order of ids, page by page. It may stop after any page and go
on another day: ids are random, so nothing is looked at more often than something else. It reads
rows and ciphertext only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from vault_core.api import BlobInfo, BlobStore, Clock
from vault_core.crypto.keys import parse_recipient
from vault_core.errors import BlobNotFound, MalformedAge, StoreError
from vault_core.store import changes, nodes, rounds
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import BlobId
from vault_core.store.rounds import Ended, Place
from vault_core.vault.journal import journal
from vault_core.vault.upkeep import soundness

Kind = Literal["journal", "quota", "key", "node", "blob", "unreferenced", "certificate"]
Examine = Callable[[bytes], Awaitable[tuple[list[str], bytes | None]]]
"""What is wrong with the certificates after that id, a page of them, and the id of its last one."""
GRACE = 3600.0
"""Seconds for which a blob may lie in the store before anything refers to it."""
STAGES: Final = ("vaults", "blobs", "unnamed blobs", "stored blobs", "certificates")
VAULTS: Final = 100
BLOBS: Final = 100
ROWS: Final = 5000
"""How many of each are looked at between two moments at which a round may stop."""
AT_ONCE = 16
"""Blobs that the store is asked for together: most of the time is its answer's way."""
_END: Final = b"\xff" * 32


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
    stopped: Place | None = None
    """Where the round goes on another time; None: it looked at everything."""

    @property
    def clean(self) -> bool:
        """Whether nothing is left that needs somebody to act."""
        return all(problem.repaired for problem in self.problems)

    def add(self, kind: Kind, sentence: str, repaired: bool = False) -> None:
        """One more problem."""
        self.problems.append(Problem(kind, sentence, repaired))


class Checking:
    """With `repair`, wrong quotas are counted anew and unreferenced blobs older than an hour
    removed; what may have lost content is only ever reported.
    """

    def __init__(
        self, catalog: Catalog, blobs: BlobStore, clock: Clock, examine: Examine | None = None
    ) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock
        self._examine = examine

    async def whole(
        self, repair: bool = False, progress: Callable[[int], None] | None = None
    ) -> Report:
        """Look at everything; `progress` hears how many vaults were looked at. Keeps no note."""
        report, place = Report(), Place(self._now())
        while place.stage < len(STAGES):
            place = await self._step(report, place, repair)
            if progress is not None:
                progress(report.vaults)
        return report

    async def round(self, repair: bool = False) -> Report:
        """Look at everything from the beginning, and note that it was done."""
        began = self._now()
        report = await self.whole(repair)
        with suppress(StoreError):  # a catalog that a move has frozen can be checked as well
            await self._end(Place(began, left=_left(report.problems)))
        return report

    async def go_on(self, seconds: float, repair: bool = False) -> Report:
        """Go on where the last call stopped, for so long, or until this round's end.

        At least one page is looked at, and the stored blobs are listed in one go, for a store has
        no order. Whoever stops it loses a page. Of two at once, one is remembered.
        """
        until, report = self._clock() + seconds, Report()
        known = await rounds.known(self._catalog)
        place = known.place or Place(self._now())
        while place.stage < len(STAGES):
            place = await self._step(report, place, repair)
            if place.stage == len(STAGES):
                await self._end(place)
                break
            await self._catalog.commit(rounds.note, replace(known, place=place))
            if self._clock() >= until:
                report.stopped = place
                break
        return report

    async def _end(self, place: Place) -> None:
        known = await rounds.known(self._catalog)
        last = Ended(place.began_at, self._now(), place.left)
        await self._catalog.commit(rounds.note, rounds.ended(known, last))

    async def _step(self, report: Report, place: Place, repair: bool) -> Place:
        """One page of one stage, and where to go on."""
        stages: tuple[Callable[[Report, bytes, bool], Awaitable[bytes]], ...] = (
            self._vaults, self._blob_rows, self._unnamed, self._store, self._certificates,
        )  # fmt: skip
        if STAGES[place.stage] not in ("vaults", "blobs"):
            # A reference that leads nowhere may be damaged, and an unreferenced blob what it meant.
            repair = repair and not place.lost
        known = len(report.problems)
        last = await stages[place.stage](report, bytes.fromhex(place.after), repair)
        new = report.problems[known:]
        place = replace(
            place,
            left=place.left + _left(new),
            lost=place.lost + sum(problem.kind == "blob" for problem in new),
        )
        if last == _END:
            return replace(place, stage=place.stage + 1, after="")
        return replace(place, after=last.hex())

    async def _vaults(self, report: Report, after: bytes, repair: bool) -> bytes:
        rows = await self._catalog.fetch(
            "SELECT id, used, journal_head, journal_size, recipient FROM vaults WHERE id > ?"
            " ORDER BY id LIMIT ?",
            (after, VAULTS),
        )
        for row in rows:
            await self._vault(report, row, repair)
            report.vaults += 1
        last: bytes = rows[-1][0] if len(rows) == VAULTS else _END
        await self._references(report, after, last)
        return last

    async def _vault(self, report: Report, row: Row, repair: bool) -> None:
        vault, used, head, size, recipient = row
        name = f"Vault {vault.hex()}"
        try:
            parse_recipient(recipient)
        except MalformedAge:
            report.add("key", f"{name}: its public key was altered; nothing can be delivered.")
        fault = await journal.verify(self._catalog, vault, head, size)
        if fault is not None:
            report.add("journal", f"{name}: {fault}.")
        tree = await self._catalog.fetch("SELECT id, parent FROM nodes WHERE vault = ?", (vault,))
        circling = soundness.circling(dict(tree))
        if circling:
            told = soundness.short(circling)
            report.add("node", f"{name}: nodes lie within one another in a circle: {told}.")
        count, real = (await self._catalog.fetch(_COUNTS, (vault,) * 5))[0]
        report.nodes += count
        if real != used:
            if repair:
                await self._catalog.commit(_recount, Actor(vault, None, self._now()))
            report.add("quota", f"{name}: {used} bytes are counted, {real} are there.", repair)

    async def _references(self, report: Report, after: bytes, last: bytes) -> None:
        """What names a node, a vault or a blob that is not there, in vaults between these ids."""
        between = (after, last)
        for vault, node in await self._catalog.fetch(_ORPHANS, (*between, bytes(16))):
            told = f"node {node.hex()} lies in a folder that is gone"
            report.add("node", f"Vault {vault.hex()}: {told}.")
        for vault, node, what in await self._catalog.fetch(_STRAYS, between * 3):
            report.add("node", f"Vault {vault.hex()}: {what} {node.hex()}.")
        for (blob,) in await self._catalog.fetch(_NOWHERE, between * 4):
            report.add("blob", f"Blob {blob.hex()} is not in the catalog.")

    async def _blob_rows(self, report: Report, after: bytes, repair: bool) -> bytes:
        rows = await self._catalog.fetch(_BLOBS, (after, BLOBS))
        turns = asyncio.Semaphore(AT_ONCE)

        async def fault(row: Row) -> str | None:
            async with turns:
                return await self._blob_fault(*row)

        faults = await asyncio.gather(*map(fault, rows))
        report.blobs += len(rows)
        for row, found in zip(rows, faults, strict=True):
            if found is not None:
                report.add("blob", f"Blob {row[0].hex()} {found}.")
        return rows[-1][0] if len(rows) == BLOBS else _END

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

    async def _unnamed(self, report: Report, after: bytes, repair: bool) -> bytes:
        """Blobs of the catalog that no document, delivery or upload names."""
        end = await self._catalog.fetch(
            "SELECT id FROM blobs WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", (after, ROWS)
        )
        last: bytes = end[0][0] if end else _END
        for (blob,) in await self._catalog.fetch(_UNNAMED, (after, last)):
            if repair:
                for garbage in await self._catalog.commit(_drop_blob, blob):
                    await self._blobs.delete(garbage.hex())
            report.add("unreferenced", f"Blob {blob.hex()} belongs to no document.", repair)
        return last

    async def _store(self, report: Report, after: bytes, repair: bool) -> bytes:
        """Blobs of the store that the catalog does not know."""
        limit = self._clock() - GRACE
        if repair:
            await self._blobs.sweep(limit)
        page: list[BlobInfo] = []
        async for info in self._blobs.list():
            page.append(info)
            if len(page) == BLOBS:
                await self._stored(report, page, limit, repair)
                page = []
        await self._stored(report, page, limit, repair)
        return _END

    async def _stored(
        self, report: Report, page: Sequence[BlobInfo], limit: float, repair: bool
    ) -> None:
        if not page:
            return
        marks = ", ".join("?" * len(page))
        rows = await self._catalog.fetch(
            f"SELECT id FROM blobs WHERE id IN ({marks}) AND data IS NULL",  # noqa: S608
            [bytes.fromhex(info.key) for info in page],
        )
        known = {row[0].hex() for row in rows}
        for info in page:
            if info.key in known or info.modified > limit:
                continue
            if repair:
                await self._blobs.delete(info.key)
            told = f"Stored blob {info.key} is not in the catalog."
            report.add("unreferenced", told, repair)

    async def _certificates(self, report: Report, after: bytes, repair: bool) -> bytes:
        if self._examine is None:
            return _END
        faults, last = await self._examine(after)
        for fault in faults:
            report.add("certificate", fault)
        return _END if last is None else last

    def _now(self) -> int:
        return int(self._clock() * 1000)


def _left(problems: Sequence[Problem]) -> int:
    return sum(not problem.repaired for problem in problems)


_ORPHANS = (
    "SELECT n.vault, n.id FROM nodes n WHERE n.vault > ? AND n.vault <= ? AND n.parent <> ?"
    " AND NOT EXISTS (SELECT 1 FROM nodes p WHERE p.vault = n.vault AND p.id = n.parent)"
    " LIMIT 1000"
)
_STRAYS = (
    "SELECT n.vault, n.id, 'there is no such vault, but node' FROM nodes n"
    " WHERE n.vault > ? AND n.vault <= ?"
    " AND NOT EXISTS (SELECT 1 FROM vaults v WHERE v.id = n.vault AND v.id > ? AND v.id <= ?)"
    " UNION ALL SELECT e.vault, e.node, 'a version is kept of the missing node' FROM versions e"
    " WHERE e.vault > ? AND e.vault <= ?"
    " AND NOT EXISTS (SELECT 1 FROM nodes n WHERE n.vault = e.vault AND n.id = e.node)"
    " LIMIT 1000"
)
_NOWHERE = (
    "SELECT r.blob FROM ("
    "SELECT blob FROM nodes WHERE vault > ? AND vault <= ? AND blob IS NOT NULL"
    " UNION SELECT blob FROM versions WHERE vault > ? AND vault <= ? AND blob IS NOT NULL"
    " UNION SELECT blob FROM deliveries WHERE vault > ? AND vault <= ? AND accepted_at IS NULL"
    " UNION SELECT p.blob FROM uploads u JOIN upload_parts p ON p.upload = u.id"
    " WHERE u.vault > ? AND u.vault <= ?"
    ") r WHERE NOT EXISTS (SELECT 1 FROM blobs b WHERE b.id = r.blob) LIMIT 1000"
)
_BLOBS = (
    "SELECT b.id, b.size, b.data, COALESCE("
    "(SELECT MIN(size) FROM nodes WHERE blob = b.id),"
    " (SELECT MIN(size) FROM versions WHERE blob = b.id),"
    " (SELECT MIN(size) FROM deliveries WHERE blob = b.id),"
    " (SELECT MIN(size) FROM upload_parts WHERE blob = b.id))"
    " FROM blobs b WHERE b.id > ? ORDER BY b.id LIMIT ?"
)
_UNNAMED = (
    "SELECT b.id FROM blobs b WHERE b.id > ? AND b.id <= ?"
    " AND NOT EXISTS (SELECT 1 FROM nodes WHERE blob = b.id)"
    " AND NOT EXISTS (SELECT 1 FROM versions WHERE blob = b.id)"
    " AND NOT EXISTS (SELECT 1 FROM deliveries WHERE blob = b.id AND accepted_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM upload_parts WHERE blob = b.id)"
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
