"""From an issuer's file into vaults that nobody has open."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Literal

from vault_core.api import Clock, Random, Record
from vault_core.errors import Conflict, CryptoError, InvalidRecord, PluginError
from vault_core.issuing import intake
from vault_core.issuing.intake import Parsed, RowError
from vault_core.issuing.making import Made, Maker, certificate_id
from vault_core.plugins import Plugins
from vault_core.store import certificates
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow
from vault_core.vault import delivered
from vault_core.vault.delivered import Document
from vault_core.vault.persons import Person, Persons

TOGETHER = 32
"""Rows worked on at once: enough to fill a group commit, few enough to keep memory flat."""
ATTEMPTS = 5
_DAMAGED = "what is stored of this person is damaged: run 'parchemin check', restore a backup"
Fate = Literal["delivered", "corrected", "already", "unknown", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of the input: its line (from 1), and why if it was not delivered."""

    line: int
    fate: Fate
    reasons: tuple[str, ...] = ()


@dataclass(slots=True)
class Summary:
    """What became of a whole input; `failed` holds only what somebody has to look at."""

    counts: dict[Fate, int] = field(
        default_factory=lambda: {
            "delivered": 0,
            "corrected": 0,
            "already": 0,
            "unknown": 0,
            "refused": 0,
        }
    )
    failed: list[Outcome] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one row."""
        self.counts[outcome.fate] += 1
        if outcome.fate in ("unknown", "refused"):
            self.failed.append(outcome)

    @property
    def rows(self) -> int:
        """Rows read so far."""
        return sum(self.counts.values())


class Deliveries:
    """Reads, matches, renders, seals and delivers; a row that fails stops no other."""

    def __init__(
        self,
        catalog: Catalog,
        plugins: Plugins,
        persons: Persons,
        maker: Maker,
        clock: Clock,
        random: Random,
    ) -> None:
        self._catalog = catalog
        self._plugins = plugins
        self._persons = persons
        self._maker = maker
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
        """Deliver every good row of `source`; delivering the same file again changes nothing.

        A row about a fact that was certified before, in other words, corrects that certificate.
        Raises PluginError for an unknown type, InvalidInput for a file that is no such table.
        """
        document_type = self._plugins.document_type(type_id)
        others = [other for other in self._plugins.document_types.values() if other.id != type_id]
        opened = intake.read(source, document_type, others)
        summary = Summary()
        rows = intake.parse(opened, document_type)
        while batch := await asyncio.to_thread(_take, rows):
            work = (self._rows(rows, dry_run) for rows in self._by_record(batch))
            for outcome in itertools.chain(*await asyncio.gather(*work)):
                summary.add(outcome)
            if progress is not None:
                progress(summary)
        summary.failed.sort(key=lambda outcome: outcome.line)
        summary.warnings = opened.warnings
        return summary

    def _by_record(self, batch: list[Parsed | RowError]) -> list[list[Parsed | RowError]]:
        """Rows about the same fact together: they have to take their turns, the last one wins."""
        groups: dict[object, list[Parsed | RowError]] = {}
        for row in batch:
            key = row.record.key if isinstance(row, Parsed) else row
            groups.setdefault(key, []).append(row)
        return list(groups.values())

    async def _rows(self, rows: list[Parsed | RowError], dry_run: bool) -> list[Outcome]:
        return [await self._row(row, dry_run) for row in rows]

    async def _row(self, row: Parsed | RowError, dry_run: bool) -> Outcome:
        if isinstance(row, RowError):
            return Outcome(row.line, "refused", row.reasons)
        try:
            return await self._record(row, dry_run)
        except CryptoError:
            return Outcome(row.line, "refused", (_DAMAGED,))

    async def _record(self, row: Parsed, dry_run: bool) -> Outcome:
        found = await self._match(row.record)
        if not isinstance(found, Person):
            return Outcome(row.line, "unknown", (found,))
        for _ in range(ATTEMPTS):
            try:
                return Outcome(row.line, await self._certify(row.record, found, dry_run))
            except Conflict:  # another process was faster, or took the same place: look again
                continue
            except (InvalidRecord, PluginError) as error:
                return Outcome(row.line, "refused", (str(error),))
        raise Conflict

    async def _certify(self, record: Record, person: Person, dry_run: bool) -> Fate:
        issuer = self._plugins.issuer_of(record.type_id)
        indexes = self._maker.indexes(record, issuer.id)
        before = await certificates.newest(self._catalog, indexes.record)
        if before is not None and before.content_index == indexes.content:
            return "already"
        now = self._clock()
        document_type = self._plugins.document_type(record.type_id)
        if dry_run:
            await self._maker.rehearse(record, document_type, issuer, now)
        else:
            made = await self._maker.make(record, document_type, issuer, person.id, now)
            await self._hand_over(person, record, made, before, now)
        return "delivered" if before is None else "corrected"

    async def _match(self, record: Record) -> Person | str:
        """The one person the record is about, or why there is none. Never a guess."""
        subject = record.subject
        if subject.ine:
            person = await self._persons.by_ine(subject.ine)
            if person is not None:
                return person
        found = await self._persons.by_name(
            subject.family_name, subject.given_names[0], subject.birth_date
        )
        if len(found) > 1:
            return "several persons have these names and this birth date: give the INE"
        if not found:
            return "no person has this INE, nor these names and this birth date"
        known = found[0].facts.ine
        if subject.ine and known and known != subject.ine:
            return "a person of these names and birth date has another INE"
        return found[0]

    async def _hand_over(
        self, person: Person, record: Record, made: Made, before: CertificateRow | None, now: float
    ) -> None:
        issuer = self._plugins.issuer_of(record.type_id)
        document = Document(
            issuer.id, issuer.folder, record.type_id, made.certificate, made.name,
            "application/pdf", made.pdf, made.row.id,
            certificate_id(before.id) if before else "",
        )  # fmt: skip
        row, blob = delivered.seal(person.id, person.recipient, document, now, self._random)
        noting = partial(certificates.issue, made.row, before.id if before else None)
        await delivered.deliver(self._catalog, row, blob, noting)


def _take(rows: Iterator[Parsed | RowError]) -> list[Parsed | RowError]:
    """The next rows; in a thread, for reading and validating them takes a while."""
    return list(itertools.islice(rows, TOGETHER))
