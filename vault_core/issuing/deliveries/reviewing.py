"""The review queue: rows about somebody doubtful or unknown, decided by a person, one by one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from vault_core.api import Clock, Random, Reason
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import BadRequest, CorruptCiphertext, NodeNotFound
from vault_core.issuing.deliveries.delivering import Deliveries
from vault_core.issuing.deliveries.ledger import Decision, Ledger, place
from vault_core.issuing.deliveries.matching import FIELDS
from vault_core.issuing.deliveries.outcomes import Outcome
from vault_core.issuing.deliveries.recognising import Doubt
from vault_core.issuing.input.intake import Row
from vault_core.issuing.reasons import DAMAGED, joined
from vault_core.store import batches, reviews
from vault_core.store.batches import BatchId, batch_id
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import milliseconds
from vault_core.store.reviews import ReviewRow
from vault_core.store.sound import Damaged
from vault_core.vault.persons.person import Person
from vault_core.vault.persons.register import Persons

_LARGE = 64 * 1024
"""Bytes of a sealed row that is opened in a thread."""


@dataclass(frozen=True, slots=True)
class Review:
    """One row: what it says, who may be meant, and how each field agrees.

    Of a damaged one it is known whose it is, and no more: it can be refused.
    """

    batch: str
    line: int
    verdict: Literal["doubtful", "unknown", "damaged"]
    record: Mapping[str, str]
    candidates: Sequence[Mapping[str, Any]]
    reasons: tuple[str, ...]
    """Why nobody was certain, in English."""
    doubt: Doubt | None
    """The same for pages; None of rows from before it was kept."""
    since: int
    """When it began to wait, in ms."""

    @property
    def id(self) -> str:
        """`BATCH-LINE`."""
        return f"{self.batch}-{self.line}"


@dataclass(frozen=True, slots=True)
class Reviews:
    """What waits for a decision."""

    _catalog: Catalog
    _institution: ServerKeyring
    _deliveries: Deliveries
    _persons: Persons
    _clock: Clock
    _random: Random

    async def waiting(self, batch: str | None = None) -> AsyncIterator[Review]:
        """All of them (of one batch), oldest first."""
        key = batch_id(batch) if batch else None
        async for row in reviews.waiting(self._catalog, key):
            if isinstance(row, ReviewRow) and len(row.sealed) > _LARGE:
                yield await asyncio.to_thread(self._review, row)
            else:
                yield self._review(row)

    async def oldest(self) -> int | None:
        """Since when (ms) the row waits that has waited longest; None if none does."""
        return await reviews.oldest(self._catalog)

    async def count(self) -> int:
        """How many wait."""
        return await reviews.count(self._catalog)

    async def find(self, review: str) -> Review:
        """Raises BadRequest for what is no id, NodeNotFound if it does not wait (any more)."""
        try:
            return self._review(await self._row(review))
        except CorruptCiphertext:
            return _damaged(Damaged(await self._waiting(review)))

    async def accept(self, review: str, username: str, by: str) -> Outcome:
        """The row is about that person: deliver it to them.

        The name that the row gives is kept with the person, and so is its INE if they have none,
        so that the next file is certain.
        Raises PersonNotFound, and what `find` raises.
        """
        person = await self._persons.find(username)
        return await self._decide(await self._row(review), person, by)

    async def welcome(self, review: str, by: str) -> Outcome:
        """The row is about somebody new: make them a locked vault and a letter.

        Raises BadRequest where the settings name nobody whom letters are for.
        """
        return await self._decide(await self._row(review), None, by)

    async def refuse(self, review: str, by: str) -> None:
        """Deliver the row to nobody."""
        batch, line = await self._waiting(review)
        at = milliseconds(self._clock())
        await self._catalog.commit(_refuse, batch, line, by, at)

    async def _decide(self, row: ReviewRow, person: Person | None, by: str) -> Outcome:
        opened = self._opened(row)
        batch = await batches.by_id(self._catalog, row.batch)
        if batch is None:
            raise NodeNotFound("There is no such batch.")
        facts = json.loads(self._institution.open(b"batch" + row.batch, batch.sealed))
        decision = Decision(person, row.batch, row.line, by)
        ledger = Ledger(
            self._catalog, self._institution, row.batch, -1, b"", {}, self._clock, self._random,
            decision,
        )  # fmt: skip
        rows = [Row(row.line, opened["values"])]
        (outcome,) = await self._deliveries.part(facts["type"], rows, ledger=ledger)
        if outcome.fate == "unknown":
            raise BadRequest(
                Reason(
                    "Un coffre ne peut être créé pour quelqu'un de nouveau que si "
                    "issuing.letters_recipient est défini.",
                    "A vault can be made for somebody new only where issuing.letters_recipient is "
                    "set.",
                )
            )
        if outcome.fate == "refused":
            raise BadRequest(joined(outcome.reasons))
        if person is not None:
            said = opened["record"]
            await self._persons.learned(person, said["family_name"].split(" / "), said["ine"])
        return outcome

    def _review(self, row: ReviewRow | Damaged) -> Review:
        if isinstance(row, Damaged):
            return _damaged(row)
        try:
            opened = self._opened(row)
        except CorruptCiphertext:
            return _damaged(Damaged((row.batch, row.line)))
        kind = opened.get("doubt")
        return Review(
            row.batch.hex(), row.line, row.verdict, opened["record"], opened["candidates"],
            tuple(opened["reasons"]), Doubt(kind[0], tuple(kind[1:])) if kind else None,
            row.created_at,
        )  # fmt: skip

    def _opened(self, row: ReviewRow) -> dict[str, Any]:
        sealed = self._institution.open(b"review" + place(row.batch, row.line), row.sealed)
        found: dict[str, Any] = json.loads(sealed)
        return found

    async def _row(self, review: str) -> ReviewRow:
        row = await reviews.one(self._catalog, *await self._waiting(review))
        if row is None:
            raise _nothing_waits()
        return row

    async def _waiting(self, review: str) -> tuple[BatchId, int]:
        """Batch and line of what waits, sound or not. Raises as `find` does."""
        batch, _, line = review.partition("-")
        try:
            key, number = BatchId(bytes.fromhex(batch)), int(line)
        except ValueError:
            raise BadRequest(f"'{review}' is no id of a review (BATCH-LINE).") from None
        if not await reviews.waits(self._catalog, key, number):
            raise _nothing_waits()
        return key, number


def _refuse(batch: BatchId, line: int, by: str, at: int) -> Unit[None]:
    yield from reviews.decide(batch, line, "refused", by, at)
    yield from batches.count(batch, {"review": -1, "refused": 1})


def _nothing_waits() -> NodeNotFound:
    return NodeNotFound(
        Reason(
            "Aucune ligne de cet identifiant n'attend de décision.",
            "No row of that id waits for a decision.",
        )
    )


def _damaged(row: Damaged) -> Review:
    batch, line = row.key
    nothing = dict.fromkeys(FIELDS, "")
    return Review(batch.hex(), line, "damaged", nothing, (), (DAMAGED,), None, row.made_at)
