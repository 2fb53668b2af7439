"""Slowing guessers and sparing owners: failed attempts counted by account and by address.

They are counted in the catalog, for all processes of all nodes; accounts and addresses stand there
as keyed digests only.
"""

from __future__ import annotations

import hashlib
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from vault_core.api import Clock
from vault_core.errors import TooManyAttempts
from vault_core.store import guesses
from vault_core.store.catalog import Catalog
from vault_core.store.guesses import Count


@dataclass(frozen=True, slots=True)
class ThrottleLimits:
    """Failures allowed in a row, and how fast they are forgotten."""

    failures: int = 10
    """Per account and address together."""
    address_failures: int = 100
    """Per address, whatever the account."""
    recover_seconds: float = 30.0
    """Seconds after which one failure is forgotten."""


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt that is allowed, and not counted yet."""

    counts: tuple[Count, ...]
    """By the address; by the account and the address."""
    mistyped: bool
    """Whether that account failed at that address before."""


class Throttle:
    """A leaky bucket a key. An owner at another address is not slowed by a guesser's."""

    def __init__(
        self,
        catalog: Catalog,
        clock: Clock,
        limits: ThrottleLimits | None = None,
        *,
        about: str = "vault",
        key: Callable[[bytes], bytes] | None = None,
    ) -> None:
        """What is `about` something else is counted apart; `key` is a keyed hash."""
        self._catalog = catalog
        self._clock = clock
        self.limits = limits or ThrottleLimits()
        self._about = about
        self._key = key or plain_key

    async def begin(self, account: str, address: str) -> Try:
        """Raises TooManyAttempts while too many attempts failed; costs no attempt itself.

        Without an address (a command of the institution's own) nothing is counted.
        """
        if not address:
            return Try((), False)
        counts = self.counts(account, address)
        wait, known = await guesses.wait(self._catalog, counts, self.now())
        if wait > 0:
            raise TooManyAttempts(
                "Too many failed attempts: wait, then try again.", retry_after=wait // 1000 + 1
            )
        return Try(counts, counts[1].key in known)

    async def failed(self, attempt: Try) -> None:
        """The attempt failed."""
        if attempt.counts:
            await self._catalog.commit(guesses.add, attempt.counts, self.now())

    async def succeeded(self, attempt: Try) -> None:
        """The owner came: what they mistyped before is forgotten."""
        if attempt.mistyped:
            await self._catalog.commit(guesses.forgive, attempt.counts[1].key)

    def counts(self, account: str, address: str) -> tuple[Count, Count]:
        """What an attempt at that account from there is counted by: the address first."""
        limits, network = self.limits, network_of(address)
        step = max(1, int(limits.recover_seconds * 1000))
        return (
            Count(self._named("address", network), step, limits.address_failures),
            Count(self._named("pair", account, network), step, limits.failures),
        )

    def now(self) -> int:
        """Milliseconds since the epoch, by the clock that failures are counted by."""
        return int(self._clock() * 1000)

    def _named(self, *words: str) -> bytes:
        return self._key("\0".join((self._about, *words)).encode())


def network_of(address: str) -> str:
    """What one client can take addresses from: an IPv4 address, or the /64 of an IPv6 one."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, 64), strict=False))


def plain_key(data: bytes) -> bytes:
    """For an institution without a key of its own."""
    return hashlib.sha256(data).digest()
