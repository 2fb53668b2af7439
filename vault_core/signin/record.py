"""Whether the record of acts still is what was recorded: as a whole each hour, what is new at once.

The chain of hashes shows an act that was altered or taken out. Following all of it takes longer the
longer the record is, so a look continues from the last act that was followed, and the whole is
followed anew beside it, once an hour or when somebody asks.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from vault_core.api import Clock
from vault_core.errors import ParcheminError
from vault_core.store import roles
from vault_core.store.catalog import Catalog
from vault_core.store.ids import milliseconds

log = logging.getLogger(__name__)
HOUR = 3_600_000
PATIENCE = 2.0
"""Seconds that a look waits for the first round through the whole record."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known: when (ms) a round through the whole record ended, and its fault, if any."""

    whole_at: int
    fault: str | None


class ActsRecord:
    """Verifies the record, for one process."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock
        self._head = roles.BEGINNING
        self._verdict: Verdict | None = None
        self._round: asyncio.Task[None] | None = None

    async def verdict(self) -> Verdict | None:
        """Of every act there is now; None while the first round is on its way.

        A fault that was found stays told until a round through the whole finds none.
        """
        known = self._verdict
        if known is None or known.whole_at < milliseconds(self._clock()) - HOUR:
            self.begin()
        if known is None and self._round is not None:
            await asyncio.wait({self._round}, timeout=PATIENCE)
        if self._verdict is not None and self._verdict.fault is None and self._round is None:
            self._head, fault = await roles.follow(self._catalog, self._head)
            if fault is not None:
                self._verdict = Verdict(self._verdict.whole_at, fault)
        return self._verdict

    def begin(self) -> None:
        """Begin a round through the whole record, unless one is on its way."""
        if self._round is None:
            self._round = asyncio.create_task(self._whole())

    async def _whole(self) -> None:
        try:
            head, fault = await roles.follow(self._catalog, roles.BEGINNING)
            self._head = head
            self._verdict = Verdict(milliseconds(self._clock()), fault)
        except ParcheminError as error:
            log.warning("the record of acts was not verified: %s", error)
        finally:
            self._round = None
