"""From rows of an issuer's file into vaults that nobody has open, a part at a time.

A part is read, matched, made and stored with one question to the catalog for each step and one
durable commit; a row that fails stops no other. Whoever delivers a part of a batch finishes that
part in the same transaction.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO

from vault_core.api import Clock, DocumentType, Issuer, Random, Reason, Record
from vault_core.errors import Conflict, CryptoError, InvalidRecord, PersonExists, PluginError
from vault_core.issuing.certificates.making import Indexes, Maker, certificate_id
from vault_core.issuing.certificates.register import Desk
from vault_core.issuing.credentials.status import StatusPlace
from vault_core.issuing.deliveries import storing
from vault_core.issuing.deliveries.ledger import Ledger
from vault_core.issuing.deliveries.matching import Match
from vault_core.issuing.deliveries.outcomes import Fate, Outcome, Summary
from vault_core.issuing.deliveries.own_deliveries import OwnDeliveries
from vault_core.issuing.deliveries.recognising import Recognition, doubt, side_by_side
from vault_core.issuing.deliveries.storing import Finished
from vault_core.issuing.deliveries.welcoming import Arrival, Welcome
from vault_core.issuing.input import intake
from vault_core.issuing.input.intake import Parsed, Row, RowError
from vault_core.issuing.input.own_documents import OwnDocuments
from vault_core.issuing.reasons import CERTIFICATE_DAMAGED
from vault_core.plugins import Plugins
from vault_core.store import certificates
from vault_core.store.batch_parts import PartLost
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow
from vault_core.store.ids import milliseconds
from vault_core.store.sound import Damaged
from vault_core.vault.documents import delivered
from vault_core.vault.documents.delivered import Document
from vault_core.vault.persons.person import Person
from vault_core.vault.persons.register import Persons

__all__ = ["Deliveries", "Outcome", "Summary"]
TOGETHER = 64
"""Rows in a part: one durable commit each, and little enough to keep memory flat."""
ATTEMPTS = 8
_DAMAGED = Reason(
    "ce qui est gardé de cette personne est endommagé : lancez « parchemin check », restaurez une "
    "sauvegarde",
    "what is stored of this person is damaged: run 'parchemin check', restore a backup",
)
_LATER = Reason(
    "une ligne suivante du même fichier concerne le même fait",
    "a later row of the same file is about the same fact",
)


@dataclass(frozen=True, slots=True)
class _Order:
    """One certificate to be made: for whom, and in whose place."""

    line: int
    record: Record
    indexes: Indexes
    person: Person
    arrival: Arrival | None
    before: CertificateRow | None


class Deliveries:
    """Reads, matches, renders, seals and delivers."""

    def __init__(
        self,
        catalog: Catalog,
        plugins: Plugins,
        persons: Persons,
        maker: Maker,
        welcome: Welcome,
        own: OwnDeliveries,
        clock: Clock,
        random: Random,
    ) -> None:
        self._catalog = catalog
        self._plugins = plugins
        self._own = own
        self._recognition = Recognition(persons)
        self._maker = maker
        self._welcome = welcome
        self._clock = clock
        self._random = random
        self._making = asyncio.Lock()
        """One part at a time: two would only take the interpreter from one another."""

    async def deliver(
        self,
        type_id: str,
        source: BinaryIO,
        *,
        dry_run: bool = False,
        progress: Callable[[Summary], None] | None = None,
    ) -> Summary:
        """Deliver every good row of `source` in this process, without making a batch of it.

        Delivering the same file again changes nothing; a row about a fact that was certified
        before, in other words, corrects that certificate. Raises PluginError for an unknown
        type, InvalidInput for a file that is no such table.
        """
        document_type = self._plugins.document_type(type_id)
        others = [other for other in self._plugins.document_types.values() if other.id != type_id]
        opened = intake.read(source, document_type, others)
        summary = Summary()
        rows = iter(opened)
        while part := await asyncio.to_thread(_take, rows):
            for outcome in await self.part(type_id, part, dry_run=dry_run):
                summary.add(outcome)
            if progress is not None:
                progress(summary)
        summary.failed.sort(key=lambda outcome: outcome.line)
        summary.warnings = opened.warnings
        return summary

    async def part(
        self,
        type_id: str,
        rows: Sequence[Row | RowError],
        *,
        ledger: Ledger | None = None,
        dry_run: bool = False,
    ) -> list[Outcome]:
        """Deliver some rows; with a ledger, as the part of a batch that it finishes.

        Raises PartLost if the part has become somebody else's.
        """
        document_type = self._plugins.document_type(type_id)
        parsed = await asyncio.to_thread(lambda: list(intake.parse(iter(rows), document_type)))
        outcomes = [
            Outcome(row.line, "refused", row.reasons) for row in parsed if isinstance(row, RowError)
        ]
        before = await ledger.delivered_before([row.line for row in parsed]) if ledger else {}
        outcomes += [Outcome(line, fate) for line, fate in before.items()]
        left = [row for row in parsed if isinstance(row, Parsed) and row.line not in before]
        if isinstance(document_type, OwnDocuments):
            outcomes += await self._own.rows(
                self._plugins.issuer_of(type_id), left, self._whom, ledger, self._clock(),
                dry_run=dry_run,
            )  # fmt: skip
            left = []
        for _ in range(ATTEMPTS):
            if not left:
                break
            left = await self._round(document_type, left, outcomes, ledger, dry_run)
        if left:
            raise Conflict
        if ledger is not None and not ledger.finished:
            await self._catalog.commit(ledger.finish, outcomes)
        return outcomes

    # One round: everything that can be done at once.

    async def _round(
        self,
        document_type: DocumentType,
        rows: list[Parsed],
        outcomes: list[Outcome],
        ledger: Ledger | None,
        dry_run: bool,
    ) -> list[Parsed]:
        """Deliver what can be; the rows that have to be looked at again."""
        turn, later = _one_each(rows)
        issuer, now = self._plugins.issuer_of(document_type.id), self._clock()
        orders = await self._orders(issuer, turn, outcomes, ledger, now)
        if dry_run:  # makes no key, and takes no place in a status list
            outcomes += await asyncio.to_thread(
                lambda: [self._rehearsed(order, document_type, issuer, now) for order in orders]
            )
            return later
        made = await self._make(orders, document_type, issuer, ledger, now) if orders else []
        finished = [one for one in made if isinstance(one, Finished)]
        outcomes += [one for one in made if isinstance(one, Outcome)]
        again = await self._store(finished, outcomes, ledger, not later)
        return later + [row for row in turn if row.line in again]

    async def _orders(
        self,
        issuer: Issuer,
        rows: Sequence[Parsed],
        outcomes: list[Outcome],
        ledger: Ledger | None,
        now: float,
    ) -> list[_Order]:
        """What is to be made; rows about nobody, or that change nothing, become outcomes."""
        indexes = {row.line: self._maker.indexes(row.record, issuer.id) for row in rows}
        newest = await certificates.newest_of(
            self._catalog, [both.record for both in indexes.values()]
        )
        noted = await ledger.lines_of(newest) if ledger else {}
        matches = await self._recognition.match([row.record for row in rows])
        orders = []
        for row, match in zip(rows, matches, strict=True):
            both = indexes[row.line]
            before = newest.get(both.record)
            if isinstance(before, Damaged):
                outcomes.append(Outcome(row.line, "refused", (CERTIFICATE_DAMAGED,)))
                continue
            found = await self._whom(row, match, ledger, now)
            if isinstance(found, Outcome):
                outcomes.append(found)
            elif before and before.id in noted and noted[before.id][0] >= row.line:
                outcomes.append(_noted(row.line, *noted[before.id]))
            elif before and before.content_index == both.content and not before.lost_at:
                outcomes.append(Outcome(row.line, "already"))
            else:
                person, arrival = found
                orders.append(_Order(row.line, row.record, both, person, arrival, before))
        return orders

    async def _whom(
        self, row: Parsed, match: Match | None, ledger: Ledger | None, now: float
    ) -> tuple[Person, Arrival | None] | Outcome:
        if match is None:
            return Outcome(row.line, "refused", (_DAMAGED,))
        if ledger is not None and ledger.chosen is not None:
            return ledger.chosen, None
        if match.verdict == "certain":
            return match.person, None
        is_new = match.verdict == "unknown" or (ledger is not None and ledger.is_new)
        if is_new and ledger is not None and self._welcome.open_to(row.record, ledger.is_new):
            arrival = await self._welcome.prepare(row.record, ledger.batch, milliseconds(now))
            return arrival.person, arrival
        review = {"verdict": match.verdict, **side_by_side(row.record, match)}
        return Outcome(row.line, "unknown", (doubt(match).sentence,), review)

    # In a thread: what takes the processor, and no I/O.

    async def _make(
        self,
        orders: Sequence[_Order],
        document_type: DocumentType,
        issuer: Issuer,
        ledger: Ledger | None,
        now: float,
    ) -> list[Finished | Outcome]:
        async with self._making:
            desk = await self._maker.desk(issuer)
            places = await self._maker.places(desk, len(orders))
            return await asyncio.to_thread(
                lambda: [
                    self._made(order, place, document_type, desk, ledger, now)
                    for order, place in zip(orders, places, strict=True)
                ]
            )

    def _made(
        self,
        order: _Order,
        place: tuple[int, StatusPlace],
        document_type: DocumentType,
        desk: Desk,
        ledger: Ledger | None,
        now: float,
    ) -> Finished | Outcome:
        person, before, issuer = order.person, order.before, desk.issuer
        try:
            made = self._maker.make(
                desk, order.record, order.indexes, document_type, person.id, place, now
            )
            document = Document(
                issuer.id, issuer.folder, document_type.id, made.certificate, made.name,
                "application/pdf", made.pdf, made.row.id,
                certificate_id(before.id) if before and not before.lost_at else "",
            )  # fmt: skip
            parcel = delivered.seal(person.id, person.recipient, document, now, self._random)
        except (InvalidRecord, PluginError) as error:
            return Outcome(order.line, "refused", _why(error))
        except CryptoError:
            return Outcome(order.line, "refused", (_DAMAGED,))
        fate: Fate = "corrected" if before and not before.lost_at else "delivered"
        outcome = Outcome(order.line, fate, opened=order.arrival is not None)
        return Finished(
            outcome, made.row, before.id if before else None, parcel,
            ledger.receipt(outcome, made, person.id, milliseconds(now)) if ledger else None,
            order.arrival,
        )  # fmt: skip

    def _rehearsed(
        self, order: _Order, document_type: DocumentType, issuer: Issuer, now: float
    ) -> Outcome:
        try:
            self._maker.rehearse(order.record, document_type, issuer, now)
        except (InvalidRecord, PluginError) as error:
            return Outcome(order.line, "refused", _why(error))
        return Outcome(order.line, "corrected" if order.before else "delivered")

    async def _store(
        self, finished: list[Finished], outcomes: list[Outcome], ledger: Ledger | None, last: bool
    ) -> set[int]:
        """All in one transaction, with the end of the part if this is its last round.

        The lines that have to be looked at again, for another process was faster with them.
        """
        end = None
        if ledger is not None and last:
            end = partial(ledger.finish, [*outcomes, *(one.outcome for one in finished)])
        if not finished and end is None:
            return set()
        try:
            again = await self._catalog.commit(storing.unit, finished, end)
        except PartLost:
            raise
        except (Conflict, PersonExists):
            again = await self._one_by_one(finished)
        else:
            if ledger is not None and end is not None:
                ledger.finished = not again
        outcomes += [one.outcome for one in finished if one.line not in again]
        return again

    async def _one_by_one(self, finished: list[Finished]) -> set[int]:
        """Each by itself, though all may be in one transaction; the lines that cannot be stored."""
        stored = await asyncio.gather(
            *(self._catalog.commit(storing.unit, [one], None) for one in finished),
            return_exceptions=True,
        )
        again = set[int]()
        for one, result in zip(finished, stored, strict=True):
            if isinstance(result, Conflict | PersonExists):
                again.add(one.line)
            elif isinstance(result, BaseException):
                raise result
            else:
                again |= result
        return again


def _noted(line: int, by: int, fate: Fate) -> Outcome:
    """This very row was delivered by a process that lost its part; or a later row of the file."""
    return Outcome(line, fate) if by == line else Outcome(line, "already", (_LATER,))


def _one_each(rows: Sequence[Parsed]) -> tuple[list[Parsed], list[Parsed]]:
    """Rows about different facts and different persons, and the ones that take their turn later.

    Rows about one fact have to be delivered in their order, for the last one wins; two rows about
    somebody who has no vault yet must not make two.
    """
    seen: set[str] = set()
    turn: list[Parsed] = []
    later: list[Parsed] = []
    for row in rows:
        subject = row.record.subject
        keys = {f"k{row.record.key}", f"i{subject.ine}" if subject.ine else f"l{row.line}"}
        (later if keys & seen else turn).append(row)
        seen |= keys
    return turn, later


def _take(rows: Iterator[Row | RowError]) -> list[Row | RowError]:
    """The next rows; in a thread, for reading them takes a while."""
    return list(itertools.islice(rows, TOGETHER))


def _why(error: InvalidRecord | PluginError) -> tuple[str, ...]:
    return error.reasons if isinstance(error, InvalidRecord) else (error.args[0],)
