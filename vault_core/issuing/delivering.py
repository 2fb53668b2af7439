"""From an issuer's file into vaults that nobody has open."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Literal

from vault_core.api import Clock, Random, Record
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import Conflict
from vault_core.issuing import intake
from vault_core.issuing.intake import Parsed, RowError
from vault_core.issuing.making import Maker
from vault_core.plugins import Plugins
from vault_core.store import deliveries
from vault_core.store.catalog import Catalog
from vault_core.vault import delivered
from vault_core.vault.delivered import Document
from vault_core.vault.persons import Person, Persons

TOGETHER = 32
"""Rows worked on at once: enough to fill a group commit, few enough to keep memory flat."""
Fate = Literal["delivered", "already", "unknown", "refused"]


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
        default_factory=lambda: {"delivered": 0, "already": 0, "unknown": 0, "refused": 0}
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
        institution: ServerKeyring,
        plugins: Plugins,
        persons: Persons,
        maker: Maker,
        clock: Clock,
        random: Random,
    ) -> None:
        self._catalog = catalog
        self._institution = institution
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

        Raises PluginError for an unknown type, InvalidInput for a file that is no such table.
        """
        document_type = self._plugins.document_type(type_id)
        others = [other for other in self._plugins.document_types.values() if other.id != type_id]
        opened = intake.read(source, document_type, others)
        summary = Summary()
        rows = intake.parse(opened, document_type)
        while batch := await asyncio.to_thread(_take, rows):
            work = (self._row(row, dry_run) for row in batch)
            for outcome in await asyncio.gather(*work):
                summary.add(outcome)
            if progress is not None:
                progress(summary)
        summary.warnings = opened.warnings
        return summary

    async def _row(self, row: Parsed | RowError, dry_run: bool) -> Outcome:
        if isinstance(row, RowError):
            return Outcome(row.line, "refused", row.reasons)
        found = await self._match(row.record)
        if not isinstance(found, Person):
            return Outcome(row.line, "unknown", (found,))
        key = self._record_key(row.record)
        if await deliveries.known(self._catalog, key):
            return Outcome(row.line, "already")
        if not dry_run:
            try:
                await self._hand_over(row.record, found, key)
            except Conflict:  # the same row twice in one batch, or in another process
                return Outcome(row.line, "already")
        return Outcome(row.line, "delivered")

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

    def _record_key(self, record: Record) -> bytes:
        facts = json.dumps(dict(record.facts), sort_keys=True, default=str).encode()
        text = "\0".join((record.type_id, record.key, hashlib.sha256(facts).hexdigest()))
        return self._institution.mac(b"record", text.encode())

    async def _hand_over(self, record: Record, person: Person, key: bytes) -> None:
        document_type = self._plugins.document_type(record.type_id)
        issuer = self._plugins.issuer_of(record.type_id)
        now = self._clock()
        made = await self._maker.make(record, document_type, issuer, now)
        document = Document(
            issuer.id, issuer.folder, record.type_id, made.certificate, made.name,
            "application/pdf", made.pdf, key,
        )  # fmt: skip
        row, blob = delivered.seal(person.id, person.recipient, document, now, self._random)
        await delivered.deliver(self._catalog, row, blob)


def _take(rows: Iterator[Parsed | RowError]) -> list[Parsed | RowError]:
    """The next rows; in a thread, for reading and validating them takes a while."""
    return list(itertools.islice(rows, TOGETHER))
