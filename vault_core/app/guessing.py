"""How guessers are slowed, from the settings: at vaults, at links, at certificates."""

from __future__ import annotations

from collections.abc import Callable

from vault_core.app.foundation import Foundation
from vault_core.settings import Settings
from vault_core.vault.keys.guard import AccountLimits, Guard
from vault_core.vault.keys.throttle import Throttle, ThrottleLimits


def throttle_of(base: Foundation, about: str) -> Throttle:
    """Counts attempts at what `about` names, under the institution's key."""
    return Throttle(
        base.catalog, base.clock, throttle_limits(base.settings), about=about, key=_key(base)
    )


def guard_of(base: Foundation, throttle: Throttle) -> Guard:
    """Watches over passwords of accounts, beside the throttle."""
    return Guard(base.catalog, throttle, _key(base), account_limits(base.settings))


def throttle_limits(settings: Settings) -> ThrottleLimits:
    """How many attempts fail before one has to wait."""
    rules = settings.throttle
    return ThrottleLimits(rules.failures, rules.address_failures, rules.recover_seconds)


def account_limits(settings: Settings) -> AccountLimits:
    """The same for one account, from all addresses together."""
    rules = settings.throttle
    return AccountLimits(rules.account_failures, rules.account_recover_seconds)


def _key(base: Foundation) -> Callable[[bytes], bytes]:
    return lambda data: base.keyring.mac(b"attempt", data)
