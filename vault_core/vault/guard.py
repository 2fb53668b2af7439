"""Guarding passwords: guessers are slowed at one account from all addresses together, and its owner
comes in from a browser that they came in by before.

Three counts, each a leaky bucket: of an account and an address, of an address whatever the account
(both in this process), and of an account whatever the address (in the catalog, for all processes).
A browser that proves by a cookie that this account came in by it has a count of its own instead of
the account's, so that a flood of guesses does not shut its owner out. An attempt is counted before
it is made, and given back if it was right.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from vault_core.errors import TooManyAttempts
from vault_core.store import guesses
from vault_core.store.catalog import Catalog
from vault_core.vault.throttle import Throttle


@dataclass(frozen=True, slots=True)
class AccountLimits:
    """Failures allowed at one account from browsers that never came in by it."""

    failures: int = 50
    recover_seconds: float = 1800.0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was counted, to be given back if it succeeds."""

    key: bytes
    step: int
    account: str
    address: str | None
    """None: nothing was counted by address."""


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
        local = self._throttle.limits
        key = self._key(f"password\0{account}\0{device}".encode())
        if device:
            return await self._charge(key, local.failures, local.recover_seconds, account, None)
        self._throttle.check(account, address)
        self._throttle.fail(account, address)
        limits = self.limits
        try:
            return await self._charge(
                key, limits.failures, limits.recover_seconds, account, address
            )
        except TooManyAttempts:
            self._throttle.refund(account, address)
            raise

    async def factor(self, account: str) -> Attempt:
        """Count an attempt at a second factor: six digits, so few, whatever browser and address."""
        key = self._key(f"factor\0{account}".encode())
        return await self._charge(key, 10, 900, account, None)

    async def _charge(
        self, key: bytes, most: int, seconds: float, account: str, address: str | None
    ) -> Attempt:
        step = max(1, int(seconds * 1000))
        now = int(self._throttle.now() * 1000)
        wait = await self._catalog.commit(guesses.charge, key, now, step, most)
        if wait:
            raise TooManyAttempts(retry_after=wait // 1000 + 1)
        return Attempt(key, step, account, address)

    async def succeeded(self, attempt: Attempt) -> None:
        """The secret was right: the attempt counts no more."""
        await self._catalog.commit(guesses.refund, attempt.key, attempt.step)
        if attempt.address is not None:
            self._throttle.refund(attempt.account, attempt.address)
