"""Figures of the institution as a whole, read from the catalog at most twice a minute."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vault_core.errors import ParcheminError
from vault_core.store.catalog import Catalog

if TYPE_CHECKING:
    from prometheus_client.core import Metric

EVERY = 30.0
_SUMS = (
    "SELECT (SELECT COUNT(*) FROM persons), (SELECT COUNT(*) FROM vaults),"
    " (SELECT COALESCE(SUM(used), 0) FROM vaults), (SELECT COALESCE(SUM(quota), 0) FROM vaults),"
    " (SELECT COUNT(*) FROM deliveries),"
    " (SELECT COUNT(*) FROM deliveries WHERE accepted_at IS NULL)"
)


@dataclass(frozen=True, slots=True)
class Sums:
    """What the catalog said last; None where it did not answer."""

    up: bool
    numbers: tuple[int, ...] = ()

    def collect(self) -> Iterator[Metric]:
        """As Prometheus' client wants it."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        yield GaugeMetricFamily("parchemin_catalog_up", "Whether it answers.", float(self.up))
        if not self.numbers:
            return
        persons, vaults, used, quota, delivered, waiting = map(float, self.numbers)
        yield GaugeMetricFamily("parchemin_persons", "Persons.", persons)
        yield GaugeMetricFamily("parchemin_vaults", "Vaults.", vaults)
        yield GaugeMetricFamily("parchemin_used_bytes", "Space used in all vaults.", used)
        yield GaugeMetricFamily("parchemin_quota_bytes", "Space allowed in all vaults.", quota)
        yield CounterMetricFamily("parchemin_deliveries", "Documents delivered.", delivered)
        yield GaugeMetricFamily(
            "parchemin_waiting_deliveries", "Delivered, and the vault not opened since.", waiting
        )

    def describe(self) -> list[Metric]:
        """Nothing: the names are checked by a test."""
        return []


class InstitutionFigures:
    """Asks the catalog, one question at a time, and remembers the answer for a while."""

    def __init__(self, catalog: Catalog, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._catalog = catalog
        self._monotonic = monotonic
        self._asked_at = -EVERY
        self._sums = Sums(False)
        self._asking = asyncio.Lock()

    async def read(self) -> Sums:
        """The figures, at most half a minute old; a catalog that fails is a figure, too."""
        async with self._asking:
            if self._monotonic() - self._asked_at >= EVERY:
                try:
                    rows = await self._catalog.fetch(_SUMS)
                    self._sums = Sums(True, tuple(int(value) for value in rows[0]))
                    self._asked_at = self._monotonic()
                except ParcheminError:
                    self._sums = Sums(False)
        return self._sums
