"""Delivering an issuer's own documents: matched and sealed to the vault, and nothing made of them.

There is no certificate, so each document is a transaction of its own together with its receipt:
what was delivered is known by it, whoever dies.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from vault_core.api import Issuer, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import Conflict, CryptoError, PersonExists
from vault_core.issuing.deliveries import welcoming
from vault_core.issuing.deliveries.ledger import Ledger
from vault_core.issuing.deliveries.matching import Match
from vault_core.issuing.deliveries.outcomes import Fate, Outcome
from vault_core.issuing.deliveries.recognising import Recognition
from vault_core.issuing.deliveries.welcoming import Arrival
from vault_core.issuing.input.intake import Parsed
from vault_core.issuing.input.own_documents import content_of
from vault_core.store import batch_lines, deliveries
from vault_core.store.batch_lines import ReceiptRow
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.deliveries import DeliveryRow
from vault_core.store.ids import milliseconds
from vault_core.store.nodes import NewBlob
from vault_core.vault.documents import delivered
from vault_core.vault.documents.delivered import Document
from vault_core.vault.persons.person import Person

Whom = Callable[
    [Parsed, Match | None, Ledger | None, float],
    Awaitable[tuple[Person, Arrival | None] | Outcome],
]
"""Decides whom a row is about, or what becomes of it otherwise."""


@dataclass(frozen=True, slots=True)
class OwnDeliveries:
    """Delivers rows of `OwnDocuments`."""

    catalog: Catalog
    institution: ServerKeyring
    recognition: Recognition
    random: Random

    async def rows(
        self,
        issuer: Issuer,
        rows: Sequence[Parsed],
        whom: Whom,
        ledger: Ledger | None,
        now: float,
        *,
        dry_run: bool,
    ) -> list[Outcome]:
        """What became of each row, once it is stored."""
        outcomes = []
        for row in rows:  # one after the other: two rows about somebody new must not make two
            (match,) = await self.recognition.match([row.record])
            found = await whom(row, match, ledger, now)
            if isinstance(found, Outcome):
                outcomes.append(found)
            elif dry_run:
                outcomes.append(Outcome(row.line, "delivered"))
            else:
                outcomes.append(await self._deliver(issuer, row, *found, ledger, now))
        return outcomes

    async def _deliver(
        self,
        issuer: Issuer,
        row: Parsed,
        person: Person,
        arrival: Arrival | None,
        ledger: Ledger | None,
        now: float,
    ) -> Outcome:
        data = content_of(row.record)
        name = row.record.facts["file"]
        key = self._key(issuer, person, name, data)
        if await deliveries.known(self.catalog, key):
            return Outcome(row.line, "already")
        document = Document(
            issuer.id, issuer.folder, row.record.type_id, "", name, "application/pdf", data, key
        )
        seal = partial(delivered.seal, person.id, person.recipient, document, now, self.random)
        try:
            stored, blob = await asyncio.to_thread(seal)
        except CryptoError:
            return Outcome(row.line, "refused", (_DAMAGED,))
        receipts = []
        if ledger is not None:
            hashed, at = hashlib.sha256(data).digest(), milliseconds(now)
            receipts.append(
                ReceiptRow(ledger.batch, row.line, "delivered", stored.id, person.id, hashed, at)
            )
        fate: Fate = "delivered"
        try:
            await self.catalog.commit(_store, arrival, stored, blob, receipts)
        except (Conflict, PersonExists):  # another process, or the same row before a crash
            fate = "already"
        return Outcome(row.line, fate, opened=arrival is not None and fate == "delivered")

    def _key(self, issuer: Issuer, person: Person, name: str, data: bytes) -> bytes:
        """The same document for the same person is delivered once."""
        about = "\0".join((issuer.id, person.id.hex(), name)).encode()
        return self.institution.mac(b"own-document", about + hashlib.sha256(data).digest())[:32]


_DAMAGED = "what is stored of this person is damaged: run 'parchemin check', restore a backup"


def _store(
    arrival: Arrival | None, row: DeliveryRow, blob: NewBlob, receipts: Sequence[ReceiptRow]
) -> Unit[None]:
    if arrival is not None:
        yield from welcoming.unit([arrival])
    yield from delivered.unit([(row, blob)])
    if receipts:
        yield from batch_lines.note_receipts(receipts)
