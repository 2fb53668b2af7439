"""The books of one part of a batch: what was delivered before, and what is noted with it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vault_core.api import Clock, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.issuing.certificates.making import Made
from vault_core.issuing.deliveries.outcomes import Fate, Outcome
from vault_core.issuing.input.intake import Row
from vault_core.issuing.reasons import packed
from vault_core.store import batch_lines, batch_parts, batches, notices, reviews
from vault_core.store.batch_lines import ReceiptRow
from vault_core.store.batch_parts import Finish
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.certificates import CertificateRow
from vault_core.store.ids import VaultId, milliseconds
from vault_core.store.sound import Damaged
from vault_core.vault.persons.person import Person

_NAMES = {"unknown": "review"}


@dataclass(frozen=True, slots=True)
class Decision:
    """What an operator decided about one row; `person` None: somebody new."""

    person: Person | None
    batch: BatchId
    line: int
    by: str


class Ledger:
    """Of the part `number` that `owner` holds; `rows` are kept for whom has to be reviewed."""

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        batch: BatchId,
        number: int,
        owner: bytes,
        rows: Mapping[int, Row],
        clock: Clock,
        random: Random,
        decision: Decision | None = None,
    ) -> None:
        self.batch = batch
        self.finished = False
        self._catalog = catalog
        self._institution = institution
        self._number = number
        self._owner = owner
        self._rows = rows
        self._clock = clock
        self._random = random
        self._decision = decision

    async def delivered_before(self, lines: Sequence[int]) -> Mapping[int, Fate]:
        """Lines of this part that were delivered before its process died."""
        if not lines:
            return {}
        found = await batch_lines.receipts_between(
            self._catalog, self.batch, min(lines), max(lines)
        )
        return {line: _fate(fate) for line, fate in found}

    async def lines_of(
        self, newest: Mapping[bytes, CertificateRow | Damaged]
    ) -> Mapping[bytes, tuple[int, Fate]]:
        """Line of this batch that each of the certificates came from, and its fate."""
        ids = [row.id for row in newest.values() if isinstance(row, CertificateRow)]
        found = await batch_lines.lines_of(self._catalog, self.batch, ids)
        return {certificate: (line, _fate(fate)) for certificate, (line, fate) in found.items()}

    @property
    def chosen(self) -> Person | None:
        """Whom an operator said the row is about; None where the rules decide."""
        return self._decision.person if self._decision else None

    @property
    def is_new(self) -> bool:
        """Whether an operator said that the row is about somebody new."""
        return self._decision is not None and self._decision.person is None

    def receipt(self, outcome: Outcome, made: Made, vault: VaultId, at: int) -> ReceiptRow:
        """What is noted of a delivery in the transaction that delivers it."""
        digest = hashlib.sha256(made.pdf).digest()
        return ReceiptRow(self.batch, outcome.line, outcome.fate, made.row.id, vault, digest, at)

    def finish(self, outcomes: Sequence[Outcome]) -> Unit[None]:
        """Count the part as done. Raises PartLost if it is somebody else's by now.

        Of a row that was decided: close its review, unless it still is not delivered.
        """
        if self._decision is not None:
            yield from self._decided(self._decision, outcomes)
            return
        counts = Counter(_NAMES.get(one.fate, one.fate) for one in outcomes)
        counts["opened"] = sum(one.opened for one in outcomes)
        faults = [
            (one.line, self._sealed(b"fault", one.line, packed(one.reasons)))
            for one in outcomes
            if one.fate == "refused"
        ]
        reviews = [
            (one.line, one.review["verdict"], self._review(one))
            for one in outcomes
            if one.review is not None
        ]
        at = milliseconds(self._clock())
        finish = Finish(counts, faults, reviews)
        yield from batch_parts.finish_part(self.batch, self._number, self._owner, finish, at)
        yield from self._tell([one.line for one in outcomes], at)

    def _tell(self, lines: Sequence[int], at: int) -> Unit[None]:
        """Whoever has a contact is to be told of what these lines delivered."""
        if lines:
            yield from notices.note_lines(self.batch, min(lines), max(lines), at)

    def _decided(self, decision: Decision, outcomes: Sequence[Outcome]) -> Unit[None]:
        (outcome,) = outcomes
        if outcome.fate in ("unknown", "refused"):
            return
        at = milliseconds(self._clock())
        yield from reviews.decide(decision.batch, decision.line, "accepted", decision.by, at)
        counts = {"review": -1, outcome.fate: 1, "opened": int(outcome.opened)}
        yield from batches.count(decision.batch, counts)
        yield from self._tell([decision.line], at)

    def _review(self, outcome: Outcome) -> bytes:
        values = dict(self._rows[outcome.line].values)
        return self._sealed(b"review", outcome.line, {**(outcome.review or {}), "values": values})

    def _sealed(self, context: bytes, line: int, value: object) -> bytes:
        text = json.dumps(value, ensure_ascii=False).encode()
        return self._institution.seal(context + place(self.batch, line), text, self._random)


def _fate(stored: str) -> Fate:
    return "corrected" if stored == "corrected" else "delivered"


def place(batch: bytes, line: int) -> bytes:
    """What binds a sealed row to its batch and line."""
    return batch + line.to_bytes(8, "big")
