"""What is stored of a part: its deliveries, certificates and receipts, with few statements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from vault_core.issuing.deliveries import welcoming
from vault_core.issuing.deliveries.outcomes import Outcome
from vault_core.issuing.deliveries.welcoming import Arrival
from vault_core.store import batch_lines, certificates
from vault_core.store.batch_lines import ReceiptRow
from vault_core.store.catalog import Unit
from vault_core.store.certificates import CertificateKey, CertificateRow
from vault_core.store.deliveries import DeliveryRow
from vault_core.store.nodes import NewBlob
from vault_core.vault.documents import delivered


@dataclass(frozen=True, slots=True)
class Finished:
    """One certificate ready to be stored, and all that is stored with it."""

    outcome: Outcome
    certificate: CertificateRow
    before: CertificateKey | None
    """Which one it replaces."""
    parcel: tuple[DeliveryRow, NewBlob]
    receipt: ReceiptRow | None
    arrival: Arrival | None
    """Who is registered with it."""

    @property
    def line(self) -> int:
        """Of the input."""
        return self.outcome.line


def unit(finished: Sequence[Finished], end: Callable[[], Unit[None]] | None) -> Unit[set[int]]:
    """Store all of them, and then `end`, but for those whose place somebody has by now.

    The lines of these; `end` is not run if there is one, for they have to be made again. Two parts
    that are made at the same time draw the same place once in thirty times. Raises Conflict if
    anything else was stored before, PersonExists if somebody was registered.
    """
    lost = yield from _without_place(finished)
    kept = [one for one in finished if one.line not in lost]
    if kept:
        yield from _stored(kept)
    if end is not None and not lost:
        yield from end()
    return lost


def _stored(finished: Sequence[Finished]) -> Unit[None]:
    arrivals = [one.arrival for one in finished if one.arrival is not None]
    if arrivals:
        yield from welcoming.unit(arrivals)
    yield from delivered.unit([one.parcel for one in finished])
    yield from certificates.issue([(one.certificate, one.before) for one in finished])
    receipts = [one.receipt for one in finished if one.receipt is not None]
    if receipts:
        yield from batch_lines.note_receipts(receipts)


def _without_place(finished: Sequence[Finished]) -> Unit[set[int]]:
    by_list: dict[tuple[str, int], dict[int, int]] = {}
    for one in finished:
        row = one.certificate
        by_list.setdefault((row.issuer, row.list), {})[row.place] = one.line
    lost = set()
    for (issuer, number), lines in by_list.items():
        taken = yield from certificates.taken_places(issuer, number, list(lines))
        lost |= {lines[place] for place in taken}
    return lost
