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

from vault_core.api import Clock, DocumentType, Issuer, Random, Record
from vault_core.errors import Conflict, CryptoError, InvalidRecord, PersonExists, PluginError
from vault_core.issuing import intake
from vault_core.issuing.intake import Parsed, Row, RowError
from vault_core.issuing.ledger import Ledger
from vault_core.issuing.making import Indexes, Maker, certificate_id
from vault_core.issuing.matching import Match
from vault_core.issuing.outcomes import Fate, Outcome, Summary
from vault_core.issuing.recognising import Recognition, doubt, side_by_side
from vault_core.issuing.register import Desk
from vault_core.issuing.status import StatusPlace
from vault_core.issuing.welcoming import Arrival, Welcome
from vault_core.plugins import Plugins
from vault_core.store import certificates
from vault_core.store.batches import PartLost
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.certificates import CertificateRow
from vault_core.store.ids import milliseconds
from vault_core.vault import delivered
from vault_core.vault.delivered import Document
from vault_core.vault.persons import Person, Persons

__all__ = ["Deliveries", "Outcome", "Summary"]
TOGETHER = 64
"""Rows in a part: one durable commit each, and little enough to keep memory flat."""
ATTEMPTS = 8
_DAMAGED = "what is stored of this person is damaged: run 'parchemin check', restore a backup"
_LATER = "a later row of the same file is about the same fact"


_NOWHERE = (0, StatusPlace("", 0))


@dataclass(frozen=True, slots=True)
class _Order:
    """One certificate to be made: for whom, and in whose place."""

    line: int
    record: Record
    person: Person
    arrival: Arrival | None
    before: CertificateRow | None
    place: tuple[int, StatusPlace]


@dataclass(frozen=True, slots=True)
class _Finished:
    """One certificate ready to be stored."""

    order: _Order
    outcome: Outcome
    unit: Callable[[], Unit[None]]


class Deliveries:
    """Reads, matches, renders, seals and delivers."""

    def __init__(
        self,
        catalog: Catalog,
        plugins: Plugins,
        persons: Persons,
        maker: Maker,
        welcome: Welcome,
        clock: Clock,
        random: Random,
    ) -> None:
        self._catalog = catalog
        self._plugins = plugins
        self._recognition = Recognition(persons)
        self._maker = maker
        self._welcome = welcome
        self._clock = clock
        self._random = random

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
        for _ in range(ATTEMPTS):
            if not left:
                break
            left = await self._round(document_type, left, outcomes, ledger, dry_run)
        if left:
            raise Conflict
        if ledger is not None and not ledger.finished:
            await self._catalog.commit(ledger.finish, outcomes)
        return outcomes

    # -- one round: everything that can be done at once -------------------------------------

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
        if dry_run:  # makes no key, and takes no place in a status list
            nowhere = itertools.repeat(_NOWHERE)
            rehearsed = await self._orders(issuer, nowhere, turn, outcomes, ledger, now)
            outcomes += await asyncio.to_thread(
                lambda: [self._rehearsed(order, document_type, issuer, now) for order in rehearsed]
            )
            return later
        desk = await self._maker.desk(issuer)
        places = iter(await self._maker.places(desk, len(turn)))
        orders = await self._orders(issuer, places, turn, outcomes, ledger, now)
        made = await asyncio.to_thread(
            lambda: [self._made(order, document_type, desk, ledger, now) for order in orders]
        )
        finished = [one for one in made if isinstance(one, _Finished)]
        outcomes += [one for one in made if isinstance(one, Outcome)]
        again = await self._store(finished, outcomes, ledger, not later)
        return later + [row for row in turn if row.line in again]

    async def _orders(
        self,
        issuer: Issuer,
        places: Iterator[tuple[int, StatusPlace]],
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
            before = newest.get(indexes[row.line].record)
            found = await self._whom(row, match, ledger, now)
            if isinstance(found, Outcome):
                outcomes.append(found)
            elif before and before.id in noted and noted[before.id][0] >= row.line:
                outcomes.append(_noted(row.line, *noted[before.id]))
            elif (
                before and before.content_index == indexes[row.line].content and not before.lost_at
            ):
                outcomes.append(Outcome(row.line, "already"))
            else:
                person, arrival = found
                orders.append(_Order(row.line, row.record, person, arrival, before, next(places)))
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

    # -- in a thread: what takes the processor, and no I/O ----------------------------------

    def _made(
        self,
        order: _Order,
        document_type: DocumentType,
        desk: Desk,
        ledger: Ledger | None,
        now: float,
    ) -> _Finished | Outcome:
        person, before, issuer = order.person, order.before, desk.issuer
        try:
            made = self._maker.make(desk, order.record, document_type, person.id, order.place, now)
            document = Document(
                issuer.id, issuer.folder, document_type.id, made.certificate, made.name,
                "application/pdf", made.pdf, made.row.id,
                certificate_id(before.id) if before and not before.lost_at else "",
            )  # fmt: skip
            row, blob = delivered.seal(person.id, person.recipient, document, now, self._random)
        except (InvalidRecord, PluginError) as error:
            return Outcome(order.line, "refused", (str(error),))
        except CryptoError:
            return Outcome(order.line, "refused", (_DAMAGED,))
        fate: Fate = "corrected" if before and not before.lost_at else "delivered"
        outcome = Outcome(order.line, fate, opened=order.arrival is not None)
        noting: list[Callable[[], Unit[None]]] = [
            partial(certificates.issue, made.row, before.id if before else None)
        ]
        if ledger is not None:
            noting.append(ledger.receipt(outcome, made, person.id, milliseconds(now)))
        deliver = partial(delivered.unit, row, blob, noting)
        if order.arrival is None:
            return _Finished(order, outcome, deliver)
        return _Finished(order, outcome, partial(_in_turn, [order.arrival.addition, deliver]))

    def _rehearsed(
        self, order: _Order, document_type: DocumentType, issuer: Issuer, now: float
    ) -> Outcome:
        try:
            self._maker.rehearse(order.record, document_type, issuer, now)
        except (InvalidRecord, PluginError) as error:
            return Outcome(order.line, "refused", (str(error),))
        return Outcome(order.line, "corrected" if order.before else "delivered")

    # -- storing ----------------------------------------------------------------------------

    async def _store(
        self, finished: list[_Finished], outcomes: list[Outcome], ledger: Ledger | None, last: bool
    ) -> set[int]:
        """All in one transaction, with the end of the part if this is its last round.

        Where one row cannot be stored, each by itself; the lines that another process was faster
        with.
        """
        done = [*outcomes, *(one.outcome for one in finished)]
        units = [one.unit for one in finished]
        if ledger is not None and last:
            units.append(partial(ledger.finish, done))
        if not units:
            return set()
        try:
            await self._catalog.commit(_in_turn, units)
        except PartLost:
            raise
        except (Conflict, PersonExists):
            return await self._one_by_one(finished, outcomes)
        outcomes += [one.outcome for one in finished]
        if ledger is not None and last:
            ledger.finished = True
        return set()

    async def _one_by_one(self, finished: list[_Finished], outcomes: list[Outcome]) -> set[int]:
        again = set()
        for one in finished:
            try:
                await self._catalog.commit(one.unit)
            except (Conflict, PersonExists):
                again.add(one.order.line)
            else:
                outcomes.append(one.outcome)
        return again


def _noted(line: int, by: int, fate: Fate) -> Outcome:
    """This very row was delivered by a process that lost its part; or a later row of the file."""
    return Outcome(line, fate) if by == line else Outcome(line, "already", (_LATER,))


def _same(before: CertificateRow, indexes: Indexes) -> bool:
    return before.content_index == indexes.content


def _in_turn(units: Sequence[Callable[[], Unit[None]]]) -> Unit[None]:
    for unit in units:
        yield from unit()


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
