"""Rows that nobody decided: what they say of somebody is forgotten after a while, told before.

An expired row is refused, with a reason that says what to do, in the batch's report and in the
institution's record of acts.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vault_core.api import Clock, Random, Reason
from vault_core.crypto.sealed import ServerKeyring
from vault_core.issuing.deliveries.ledger import place
from vault_core.issuing.reasons import packed
from vault_core.store import batch_lines, batches, reviews
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import milliseconds
from vault_core.store.outbox import happened
from vault_core.store.roles import Act, record

WARNING: Final = 7
"""Days before their end that the institution's programs are told of rows."""
ACTOR: Final = "maintenance"
_AT_ONCE: Final = 200
_DAY: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ReviewExpiry:
    """Lets rows go. Rows leave one transaction after another, so it may be cut off anywhere."""

    _catalog: Catalog
    _institution: ServerKeyring
    _clock: Clock
    _random: Random

    async def expire(self, days: int) -> int:
        """Forget rows that have waited for so many days; how many. First warn of those to come."""
        now = milliseconds(self._clock())
        await self._catalog.commit(_warn, now, now - max(0, days - WARNING) * _DAY)
        reason = Reason(
            f"personne n'a décidé en {days} jours qui cette ligne concerne, elle a donc été "
            "oubliée : remettez-la, avec l'INE",
            f"nobody decided within {days} days whom this row is about, so it was forgotten:"
            " deliver it again, with the INE",
        )
        count = 0
        while rows := await reviews.older(self._catalog, now - days * _DAY, _AT_ONCE):
            for batch, found in itertools.groupby(rows, key=lambda row: row[0]):
                lines = [line for _, line in found]
                count += await self._catalog.commit(self._forget, batch, lines, reason, now)
        return count

    def _forget(self, batch: BatchId, lines: Sequence[int], reason: Reason, at: int) -> Unit[int]:
        gone = yield from reviews.expire(batch, lines, at)
        faults = [(line, self._fault(batch, line, reason)) for line in gone]
        yield from batch_lines.add_faults(batch, faults)
        yield from batches.count(batch, {"review": -len(gone), "refused": len(gone)})
        if gone:
            detail = {"batch": batch.hex(), "rows": len(gone)}
            yield from record(Act(ACTOR, "review-expire", None, at, detail))
        return len(gone)

    def _fault(self, batch: BatchId, line: int, reason: Reason) -> bytes:
        text = json.dumps(packed([reason])).encode()
        return self._institution.seal(b"fault" + place(batch, line), text, self._random)


def _warn(at: int, before: int) -> Unit[None]:
    """Tell of rows that came before then, once of each; one call for each batch."""
    for batch in (yield from reviews.warn(before, at)):
        event = f"batch-reviews-expiring-{batch.hex()}-{at}"
        yield from happened(event, "batch.reviews-expiring", batch, at)
