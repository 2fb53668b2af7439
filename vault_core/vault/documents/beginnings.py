"""Beginnings of age files: made when they are needed, or ahead by a process of their own.

Wrapping a file key for a hybrid recipient and writing the header takes the interpreter longer than
all else of a small document. So while documents come into a vault one after another, the headers
of its next ones are made on another core. A lone document makes its own, and so do all of them when
that process is lost: nothing but speed depends on it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from vault_core.api import Random
from vault_core.crypto import age
from vault_core.crypto.age import Beginning
from vault_core.crypto.keys import Recipient
from vault_core.vault.documents import beginning_process

log = logging.getLogger(__name__)
TOGETHER = 0.25
"""Seconds between two documents that belong to one stream of them."""
STREAM = 8
"""Documents that make a stream."""
ORDER = 64
"""Beginnings that are made at a time."""
KEPT = 128
"""Beginnings of one vault, there and ordered, below which more are ordered."""
VAULTS = 16
"""Vaults that have a stock; 256 KiB each at most."""
IDLE = 60.0
"""Seconds without an order after which the process ends."""

Recipients = tuple[Recipient, ...]


@dataclass(slots=True)
class _Stock:
    made: deque[Beginning] = field(default_factory=deque)
    ordered: int = 0
    stream: int = 0
    used_at: float = 0.0


class Beginnings:
    """Gives every document its own beginning. `ahead`: whether there is a core to spare."""

    def __init__(self, random: Random = os.urandom, *, ahead: bool = False) -> None:
        self._random = random
        self._ahead = ahead
        self._stocks: OrderedDict[Recipients, _Stock] = OrderedDict()
        self._orders: asyncio.Queue[Recipients] = asyncio.Queue()
        self._making: asyncio.Task[None] | None = None
        self.pid: int | None = None
        """The process that works ahead, while there is one."""
        self.ready = 0
        """How many documents found their beginning made."""

    def take(self, recipients: Sequence[Recipient]) -> Beginning:
        """A beginning that nobody else gets."""
        if not self._ahead:
            return age.begin(recipients, self._random)
        names = tuple(recipients)
        stock = self._stock_of(names)
        now = time.monotonic()
        stock.stream = stock.stream + 1 if now - stock.used_at < TOGETHER else 0
        stock.used_at = now
        if stock.stream >= STREAM and len(stock.made) + stock.ordered < KEPT:
            self._order(names, stock)
        if not stock.made:
            return age.begin(recipients, self._random)
        self.ready += 1
        return stock.made.popleft()

    async def close(self) -> None:
        """End the process, and forget what it made."""
        self._ahead = False
        self._stocks.clear()
        if self._making is not None:
            self._making.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._making

    def _stock_of(self, names: Recipients) -> _Stock:
        stock = self._stocks.get(names)
        if stock is None:
            stock = self._stocks[names] = _Stock()
            if len(self._stocks) > VAULTS:
                self._stocks.popitem(last=False)
        else:
            self._stocks.move_to_end(names)
        return stock

    def _order(self, names: Recipients, stock: _Stock) -> None:
        stock.ordered += ORDER
        self._orders.put_nowait(names)
        if self._making is None or self._making.done():
            self._making = asyncio.get_running_loop().create_task(self._make())

    async def _make(self) -> None:
        try:
            async with beginning_process.started() as process:
                self.pid = process.pid
                while True:
                    names = await asyncio.wait_for(self._orders.get(), IDLE)
                    made = await process.make(ORDER, names)
                    stock = self._stocks.get(names)
                    if stock is not None:
                        stock.made.extend(made)
                        stock.ordered -= ORDER
        except TimeoutError:
            pass
        except (OSError, EOFError) as error:
            log.warning("beginnings are not made ahead for now: %s", error or type(error).__name__)
        finally:
            self.pid = None
            self._orders = asyncio.Queue()
            self._stocks.clear()
