"""Slowing guessers and sparing owners: failed attempts counted by account and by address."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.api import Clock
from vault_core.errors import TooManyAttempts


@dataclass(frozen=True, slots=True)
class ThrottleLimits:
    """Failures allowed in a row, and how fast they are forgotten."""

    failures: int = 10
    """Per account and address together."""
    address_failures: int = 100
    """Per address, whatever the account."""
    recover_seconds: float = 30.0
    """Seconds after which one failure is forgotten."""


class Throttle:
    """A leaky bucket a key. An owner at another address is not slowed by a guesser's."""

    def __init__(self, clock: Clock, limits: ThrottleLimits | None = None) -> None:
        self._clock = clock
        self.limits = limits or ThrottleLimits()
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def check(self, account: str, address: str) -> None:
        """Raises TooManyAttempts while too many attempts failed; costs no attempt itself."""
        limits = self.limits
        for key, most in (
            ((account, address), limits.failures),
            (("", address), limits.address_failures),
        ):
            level = self._level(key)
            if level >= most:
                wait = (level - most + 1) * limits.recover_seconds
                raise TooManyAttempts(
                    "Too many failed attempts: wait, then try again.", retry_after=int(wait) + 1
                )

    def fail(self, account: str, address: str) -> None:
        """An attempt failed."""
        now = self._clock()
        for key in ((account, address), ("", address)):
            self._buckets[key] = (self._level(key) + 1, now)
        if len(self._buckets) > 100_000:
            self._forget()

    def now(self) -> float:
        """Seconds since the epoch, by the clock that failures are counted by."""
        return self._clock()

    def refund(self, account: str, address: str) -> None:
        """An attempt that was counted as failed succeeded."""
        self.succeed(account, address)
        level = self._level(("", address)) - 1
        if level > 0:
            self._buckets["", address] = (level, self._clock())
        else:
            self._buckets.pop(("", address), None)

    def succeed(self, account: str, address: str) -> None:
        """The owner came: what they mistyped before is forgotten."""
        self._buckets.pop((account, address), None)

    def _level(self, key: tuple[str, str]) -> float:
        level, at = self._buckets.get(key, (0.0, 0.0))
        return max(0.0, level - (self._clock() - at) / self.limits.recover_seconds)

    def _forget(self) -> None:
        self._buckets = {key: held for key, held in self._buckets.items() if self._level(key) > 0}
