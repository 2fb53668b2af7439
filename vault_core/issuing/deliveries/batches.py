"""Batches: an issuer's file taken in as a durable job, which can be followed and stopped.

Taking in reads the file once for its hash and once for its rows, piece by piece, so that memory
stays flat; rows wait sealed, a part at a time, and are gone once they were delivered.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import itertools
import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, BinaryIO, Literal

from vault_core.api import Clock, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import BadRequest, CorruptCiphertext, NodeNotFound
from vault_core.issuing.deliveries.ledger import place
from vault_core.issuing.input import intake, parts
from vault_core.issuing.input.intake import Intake
from vault_core.issuing.reasons import DAMAGED, packed, unpacked
from vault_core.plugins import Plugins
from vault_core.store import batch_lines, batch_parts, batches, sound
from vault_core.store.batches import BatchId, BatchRow, State, Way, batch_id
from vault_core.store.catalog import Catalog
from vault_core.store.ids import milliseconds, new_id
from vault_core.store.sound import Damaged

PIECE = 1 << 20
READER_MS = 10_000
"""A reader that stored nothing for so long is taken for dead."""
AT_ONCE = 16
"""Parts that are read between two commits."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as its issuer sees it. `read` says whether all of the input was taken in.

    Of a damaged one only its id is known, and when it was made.
    """

    id: str
    issuer: str
    type: str
    name: str
    way: Way
    state: State | Literal["damaged"]
    read: bool
    rows: int
    counts: Mapping[str, int]
    sha256: str
    warnings: tuple[str, ...]
    created_at: dt.datetime
    ended_at: dt.datetime | None
    earlier: str = ""
    """Id of a batch of the same file that was delivered before."""

    @property
    def settled(self) -> int:
        """Rows of which it is known what became."""
        return sum(self.counts[name] for name in batches.COUNTS if name != "opened")


@dataclass(frozen=True, slots=True)
class Batches:
    """Takes files in, and says what became of them."""

    _catalog: Catalog
    _institution: ServerKeyring
    _plugins: Plugins
    _clock: Clock
    _random: Random

    async def submit(
        self,
        type_id: str,
        source: BinaryIO,
        name: str,
        way: Way,
        *,
        held: bool = False,
        request: str = "",
        begun: Callable[[Batch], None] | None = None,
    ) -> Batch:
        """Take in `source` (binary, seekable); when it returns, every row is stored durably.

        A file that was begun before and not finished goes on where it stopped. `held` waits for
        `resume` before anything is delivered; `request` is the caller's idempotency key; `begun`
        is told as soon as the batch exists. Raises PluginError for an unknown type, InvalidInput
        for a file that is no such table.
        """
        document_type = self._plugins.document_type(type_id)
        issuer = self._plugins.issuer_of(type_id).id
        hashed = await asyncio.to_thread(_sha256, source)
        digest = self._institution.mac(b"batch", f"{type_id}\0".encode() + hashed)[:16]
        earlier = await batches.by_digest(self._catalog, digest)
        others = [other for other in self._plugins.document_types.values() if other.id != type_id]
        opened = await asyncio.to_thread(intake.read, source, document_type, others)
        facts = {
            "type": type_id, "name": name, "sha256": hashed.hex(),
            "warnings": packed(opened.warnings),
            "earlier": earlier.id.hex() if earlier and earlier.ended_at else "",
        }  # fmt: skip
        if earlier is not None and earlier.ended_at is None and not request:
            row = earlier
        else:
            row = await self._begin(issuer, way, digest, facts, held, request)
        if begun is not None:
            begun(self._batch(row))
        if row.read_at is None:
            await self._read(row.id, opened, facts)
        return await self.find(row.id.hex())

    async def _begin(
        self,
        issuer: str,
        way: Way,
        digest: bytes,
        facts: Mapping[str, Any],
        held: bool,
        request: str,
    ) -> BatchRow:
        now = self._clock()
        batch = BatchId(new_id(now, self._random))
        key = self.request_key(issuer, request) if request else None
        state: State = "held" if held else "open"
        row = BatchRow(
            batch, issuer, way, state, digest, key, self._sealed(batch, facts), None, None,
            0, 0, 0, 0, 0, 0, 0, milliseconds(now), None,
        )  # fmt: skip
        return await self._catalog.commit(batches.insert, row)

    async def _read(self, batch: BatchId, opened: Intake, facts: dict[str, Any]) -> None:
        if not await self._may_read(batch):
            return
        numbered = enumerate(parts.split(opened))
        lines = 0
        while piece := await asyncio.to_thread(self._seal_some, batch, numbered):
            lines += sum(count for _, _, count in piece)
            until = milliseconds(self._clock()) + READER_MS
            sealed = [(number, data) for number, data, _ in piece]
            if not await self._catalog.commit(batch_parts.add_parts, batch, sealed, lines, until):
                return  # cancelled
        facts["warnings"] = packed(opened.warnings)
        at = milliseconds(self._clock())
        await self._catalog.commit(batch_parts.end_reading, batch, self._sealed(batch, facts), at)

    async def _may_read(self, batch: BatchId) -> bool:
        """Wait for somebody else who reads the same file; False if they came to its end."""
        while True:
            now = milliseconds(self._clock())
            if await self._catalog.commit(batch_parts.take_reading, batch, now, now + READER_MS):
                return True
            row = await batches.by_id(self._catalog, batch)
            if row is None or row.read_at is not None or row.ended_at is not None:
                return False
            await asyncio.sleep(READER_MS / 20_000)

    def _seal_some(
        self, batch: BatchId, numbered: Iterator[tuple[int, parts.Rows]]
    ) -> list[tuple[int, bytes, int]]:
        """The next parts, in a thread: number, sealed rows, and how many rows."""
        return [
            (number, parts.seal(self._institution, batch, number, rows, self._random), len(rows))
            for number, rows in itertools.islice(numbered, AT_ONCE)
        ]

    async def find(self, batch: str) -> Batch:
        """The batch whose id begins so. Raises BadRequest, NodeNotFound."""
        return self._batch(await self._row(batch))

    async def requested(self, issuer: str, request: str) -> Batch | None:
        """The batch of that idempotency key."""
        row = await batches.by_request(self._catalog, self.request_key(issuer, request))
        return self._batch(row) if row else None

    async def unfinished(self) -> int:
        """How many have not ended."""
        return await batches.unfinished(self._catalog)

    async def newest(self, limit: int = 200, issuer: str | None = None) -> list[Batch]:
        """The newest first; of that issuer, if one is named. Damaged ones are marked as such."""
        return [self._listed(row) for row in await batches.newest(self._catalog, limit, issuer)]

    async def faults(self, batch: str) -> AsyncIterator[tuple[int, tuple[str, ...]]]:
        """Line and reasons of every row that was refused."""
        key = (await self._row(batch)).id
        async for line, sealed in batch_lines.faults(self._catalog, key):
            try:
                text = self._institution.open(b"fault" + place(key, line), sealed)
            except CorruptCiphertext:
                yield line, (DAMAGED,)
            else:
                yield line, unpacked(json.loads(text))

    async def pause(self, batch: str) -> Batch:
        """Begin no further part. Raises BadRequest if it has ended, NodeNotFound."""
        return await self._move(batch, ("open", "paused"), "paused")

    async def resume(self, batch: str) -> Batch:
        """Go on, or begin what was held. Raises BadRequest if it has ended, NodeNotFound."""
        return await self._move(batch, ("open", "paused", "held"), "open")

    async def cancel(self, batch: str) -> Batch:
        """Deliver no further row and forget the input; what was delivered stays.

        Raises BadRequest if it has ended, NodeNotFound.
        """
        return await self._move(batch, ("open", "paused", "held"), "cancelled")

    async def _move(self, batch: str, states: tuple[State, ...], to: State) -> Batch:
        row = await self._row(batch)
        at = milliseconds(self._clock())
        if not await self._catalog.commit(batches.move, row.id, states, to, at):
            raise BadRequest(f"The batch {row.id.hex()} is {row.state}: it cannot be {to}.")
        return await self.find(row.id.hex())

    async def _row(self, batch: str) -> BatchRow:
        key = batch_id(batch)
        row = await batches.by_id(self._catalog, key)
        if row is None:
            raise NodeNotFound(f"There is no batch {batch}.")
        return row

    def request_key(self, issuer: str, request: str) -> bytes:
        """What finds a batch by its issuer's idempotency key."""
        return self._institution.mac(b"batch-request", f"{issuer}\0{request}".encode())[:16]

    def _sealed(self, batch: BatchId, facts: Mapping[str, Any]) -> bytes:
        text = json.dumps(facts, ensure_ascii=False).encode()
        return self._institution.seal(b"batch" + batch, text, self._random)

    def _listed(self, row: BatchRow | Damaged) -> Batch:
        if isinstance(row, Damaged):
            return _damaged(row)
        try:
            return self._batch(row)
        except CorruptCiphertext:
            return _damaged(Damaged((row.id,)))

    def _batch(self, row: BatchRow) -> Batch:
        facts = json.loads(self._institution.open(b"batch" + row.id, row.sealed))
        counts = {name: getattr(row, name) for name in batches.COUNTS}
        return Batch(
            row.id.hex(), row.issuer, facts["type"], facts["name"], row.way, row.state,
            row.read_at is not None, row.lines, counts, facts["sha256"],
            unpacked(facts["warnings"]), _moment(row.created_at),
            _moment(row.ended_at) if row.ended_at is not None else None, facts["earlier"],
        )  # fmt: skip


def _damaged(row: Damaged) -> Batch:
    return Batch(
        row.key[0].hex(), "", "", "", "command", "damaged", False, 0,
        dict.fromkeys(batches.COUNTS, 0), "", (DAMAGED,), _moment(row.made_at), None,
    )  # fmt: skip


def _moment(at: int) -> dt.datetime:
    return sound.moment(at)


def _sha256(source: BinaryIO) -> bytes:
    source.seek(0)
    digest = hashlib.sha256()
    for piece in iter(partial(source.read, PIECE), b""):
        digest.update(piece)
    source.seek(0)
    return digest.digest()
