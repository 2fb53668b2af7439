"""Working off parts of batches. Any number of processes and machines may do it at once."""

from __future__ import annotations

import asyncio
import json
import logging

from vault_core.api import Clock, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import Conflict, CorruptCiphertext, PluginError
from vault_core.issuing.deliveries.delivering import Deliveries
from vault_core.issuing.deliveries.ledger import Ledger
from vault_core.issuing.input import parts
from vault_core.issuing.input.intake import Row
from vault_core.store import batch_parts, batches
from vault_core.store.batch_parts import PartRow
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog
from vault_core.store.ids import milliseconds
from vault_core.vault.persons.register import Persons

log = logging.getLogger(__name__)
LEASE_MS = 120_000
"""How long a part may take before another process takes it for abandoned."""
AT_ONCE = 3
"""Parts that one process has in hand."""
OWNER = 8
"""Bytes of an owner that say which machine; as many more say which process."""


class Worker:
    """Takes parts one after another. `machine` is 8 bytes that no other machine has."""

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        deliveries: Deliveries,
        persons: Persons,
        machine: bytes,
        clock: Clock,
        random: Random,
    ) -> None:
        self.machine = machine
        self._catalog = catalog
        self._institution = institution
        self._deliveries = deliveries
        self._persons = persons
        self._owner = machine + random(OWNER)
        self._clock = clock
        self._random = random
        self._types: dict[BatchId, str] = {}

    async def parts_left(self) -> int:
        """How many parts wait, or are being worked on."""
        return await batch_parts.parts_left(self._catalog)

    async def forget_dead(self) -> None:
        """Give back at once what this machine's processes held.

        To be called when none of them is alive: who is sure of that need not wait for leases.
        """
        await self._catalog.commit(batch_parts.release, self.machine)
        await self._persons.complete_keys()

    async def work_off(self) -> None:
        """Until no part is left to take.

        Three parts at a time: while one is made, another is stored and the next one is matched.
        """
        await asyncio.gather(*(self._work_off() for _ in range(AT_ONCE)))

    async def _work_off(self) -> None:
        while await self.one():
            pass

    async def one(self) -> bool:
        """Work off one part; False if there is none to take. Raises StoreError."""
        if not await batch_parts.any_left(self._catalog):
            return False
        now = milliseconds(self._clock())
        part = await self._catalog.commit(batch_parts.lease, self._owner, now, now + LEASE_MS)
        if part is None:
            return False
        try:
            await self._deliver(part)
        except Conflict:  # it took so long that somebody else has it, or it was cancelled
            log.info("part %d of batch %s is somebody else's", part.number, part.batch.hex())
        except (PluginError, CorruptCiphertext) as error:
            log.error("batch %s is paused: %s", part.batch.hex(), error)
            await self._catalog.commit(batches.move, part.batch, ("open",), "paused", now)
        return True

    async def _deliver(self, part: PartRow) -> None:
        rows = parts.unseal(self._institution, part.batch, part.number, part.sealed)
        by_line = {row.line: row for row in rows if isinstance(row, Row)}
        ledger = Ledger(
            self._catalog, self._institution, part.batch, part.number, self._owner, by_line,
            self._clock, self._random,
        )  # fmt: skip
        await self._deliveries.part(await self._type(part.batch), rows, ledger=ledger)

    async def _type(self, batch: BatchId) -> str:
        known = self._types.get(batch)
        if known is None:
            row = await batches.by_id(self._catalog, batch)
            if row is None:
                raise Conflict
            facts = json.loads(self._institution.open(b"batch" + batch, row.sealed))
            known = self._types[batch] = facts["type"]
        return known
