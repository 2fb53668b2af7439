"""Figures of the institution as a whole, read from the catalog at most twice a minute.

In a large one they are those that were counted last (store/sums.py), and say how old they are.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_core.api import Clock
from vault_core.errors import ParcheminError
from vault_core.store import sums
from vault_core.store.catalog import Catalog

if TYPE_CHECKING:
    from prometheus_client.core import Metric

EVERY = 30.0


@dataclass(frozen=True, slots=True)
class Said:
    """What the catalog said last."""

    up: bool
    numbers: sums.Sums | None = None
    """None where it did not answer."""
    age: float = 0.0
    """Seconds since they were counted."""

    def collect(self) -> Iterator[Metric]:
        """As Prometheus' client wants it."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        yield GaugeMetricFamily("parchemin_catalog_up", "Whether it answers.", float(self.up))
        if self.numbers is None:
            return
        found = self.numbers
        for name, text, number in (
            ("persons", "Persons.", found.persons),
            ("vaults", "Vaults.", found.vaults),
            ("used_bytes", "Space used in all vaults.", found.used),
            ("quota_bytes", "Space allowed in all vaults.", found.quota),
            ("waiting_deliveries", "Delivered, and the vault not opened since.", found.waiting),
            ("sums_age_seconds", "Time since these were counted.", self.age),
        ):
            yield GaugeMetricFamily(f"parchemin_{name}", text, float(number))
        delivered = float(found.delivered)
        yield CounterMetricFamily("parchemin_deliveries", "Documents delivered.", delivered)

    def describe(self) -> list[Metric]:
        """Nothing: the names are checked by a test."""
        return []


class InstitutionFigures:
    """Asks the catalog, one question at a time, and remembers the answer for a while."""

    def __init__(
        self, catalog: Catalog, clock: Clock, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._catalog = catalog
        self._clock = clock
        self._monotonic = monotonic
        self._asked_at = -EVERY
        self._said = Said(False)
        self._asking = asyncio.Lock()

    async def read(self) -> Said:
        """The figures, at most half a minute old; a catalog that fails is a figure, too."""
        async with self._asking:
            if self._monotonic() - self._asked_at >= EVERY:
                try:
                    counted = await sums.of_institution(self._catalog)
                    now = self._clock()
                    since = now if counted.at is None else counted.at / 1000
                    self._said = Said(True, counted.sums, max(0.0, now - since))
                    self._asked_at = self._monotonic()
                except ParcheminError:
                    self._said = Said(False)
        return self._said
