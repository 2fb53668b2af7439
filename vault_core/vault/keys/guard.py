"""Guarding passwords: guessers are slowed at one account from all addresses together, and its owner
comes in from a browser that they came in by before.

Three counts, each a leaky bucket: of an address whatever the account, of an account and an address
(`Throttle`), and of an account whatever the address; all in the catalog, for all processes.
A browser that proves by a cookie that this account came in by it has a count of its own instead,
so that a flood of guesses does not shut its owner out. An attempt is counted before it is made, and
given back if it was right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vault_core.errors import TooManyAttempts
from vault_core.store import guesses
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.guesses import Count
from vault_core.vault.keys.throttle import Throttle


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Failures allowed at one account from browsers that never came in by it."""

    failures: int = 50
    recover_seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was counted, to be given back if it succeeds."""

    counts: tuple[Count, ...]
    pair: bytes | None = None
    """The key by which the account and the address are counted; None: they are not."""


class Guard:
    """Counts attempts at secrets that people choose or that are short."""

    def __init__(
        self,
        catalog: Catalog,
        throttle: Throttle,
        key: Callable[[bytes], bytes],
        limits: AccountLimits | None = None,
    ) -> None:
        self._catalog = catalog
        self._throttle = throttle
        self._key = key
        self.limits = limits or AccountLimits()

    async def password(self, account: str, address: str, device: str = "") -> Attempt:
        """Count an attempt at a password. Raises TooManyAttempts; then nothing is counted.

        `device` names a browser that this account came in by before.
        """
        key, near = self._key(f"password\0{account}\0{device}".encode()), self._throttle.limits
        if device:
            return await self._charge(_count(key, near.failures, near.recover_seconds))
        everywhere = _count(key, self.limits.failures, self.limits.recover_seconds)
        by_address, by_both = self._throttle.counts(account, address)
        return await self._charge(by_address, by_both, everywhere, pair=by_both.key)

    async def factor(self, account: str) -> Attempt:
        """Count an attempt at a second factor: six digits, so few, whatever browser and address."""
        return await self._charge(_count(self._key(f"factor\0{account}".encode()), 10, 900))

    async def _charge(self, *counts: Count, pair: bytes | None = None) -> Attempt:
        wait = await self._catalog.commit(guesses.charge, counts, self._throttle.now())
        if wait:
            raise TooManyAttempts(retry_after=wait // 1000 + 1)
        return Attempt(counts, pair)

    async def succeeded(self, attempt: Attempt) -> None:
        """The secret was right: the attempt counts no more, nor what was mistyped before there."""
        await self._catalog.commit(_give_back, attempt)


def _count(key: bytes, most: int, seconds: float) -> Count:
    return Count(key, max(1, int(seconds * 1000)), most)


def _give_back(attempt: Attempt) -> Unit[None]:
    yield from guesses.refund(attempt.counts)
    if attempt.pair is not None:
        yield from guesses.forgive(attempt.pair)
