"""Slowing whoever guesses from one address, whichever process or machine they reach.

Failures are counted in the catalog, as keyed hashes, so that no address is stored. This process's
own count is asked first: who is refused by it costs the catalog nothing.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from vault_core.errors import TooManyAttempts
from vault_core.store import guesses
from vault_core.store.catalog import Catalog
from vault_core.vault.throttle import Throttle, ThrottleLimits


class AddressThrottle:
    """Counts what failed; `what` names the kind of attempt, such as `code`.

    Without an address (a command of the institution's own) nothing is counted.
    """

    def __init__(self, catalog: Catalog, throttle: Throttle, key: Callable[[bytes], bytes]) -> None:
        self._catalog = catalog
        self._throttle = throttle
        self._key = key

    @property
    def limits(self) -> ThrottleLimits:
        """Those of one address and kind of attempt."""
        return self._throttle.limits

    @limits.setter
    def limits(self, limits: ThrottleLimits) -> None:
        self._throttle.limits = limits

    async def check(self, what: str, address: str) -> None:
        """Raises TooManyAttempts while too many failed; costs no attempt itself."""
        if not address:
            return
        network = network_of(address)
        self._throttle.check(what, network)
        wait = await guesses.wait(
            self._catalog, self._row(what, network), self._now(), self._step(), self.limits.failures
        )
        if wait:
            raise TooManyAttempts(
                "Too many failed attempts: wait, then try again.", retry_after=wait // 1000 + 1
            )

    async def fail(self, what: str, address: str) -> None:
        """An attempt failed."""
        if not address:
            return
        network = network_of(address)
        self._throttle.fail(what, network)
        await self._catalog.commit(
            guesses.charge,
            self._row(what, network), self._now(), self._step(), self.limits.failures,
        )  # fmt: skip

    def _row(self, what: str, network: str) -> bytes:
        return self._key(f"{what}\0{network}".encode())

    def _now(self) -> int:
        return int(self._throttle.now() * 1000)

    def _step(self) -> int:
        return max(1, int(self.limits.recover_seconds * 1000))


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
