"""Guessers are slowed, owners are spared: the guard by an injected clock, and over a real catalog.

`pytest -s tests/signin/test_guessing.py` prints the figures.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import zxcvbn.frequency_lists

from tests import stores
from tests.serving import Clock
from vault_core.errors import TooManyAttempts
from vault_core.signin.password_rules import weakness
from vault_core.store.catalog import Catalog
from vault_core.vault.guard import Guard
from vault_core.vault.throttle import Throttle

DAY = 86_400


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


@pytest.fixture
async def catalog(tmp_path: Path) -> AsyncIterator[Catalog]:
    found = await stores.open_catalog(tmp_path, time.time)
    yield found
    await found.close()


class StoppedClock(Clock):
    """Time that passes only when a test says so."""

    def __call__(self) -> float:
        return 1_800_000_000.0 + self.offset


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


async def test_ten_thousand_wrong_passwords_do_not_shut_the_owner_out(
    catalog: Catalog, clock: StoppedClock
) -> None:
    """From 10,000 addresses, within a day; the owner's browser came in before."""
    guard = Guard(catalog, Throttle(clock), digest)
    tried = refused = 0
    for number in range(10_000):
        clock.offset += DAY / 10_000
        try:
            await guard.password("ada", f"2001:db8::{number:x}")
            tried += 1
        except TooManyAttempts:
            refused += 1
    print(f"\n10,000 guesses from 10,000 addresses in a day: {tried} tried, {refused} refused")
    assert tried <= 50 + DAY // 1800 + 1
    attempt = await guard.password("ada", "198.51.100.7", device="a browser of ada's")
    await guard.succeeded(attempt)
    with pytest.raises(TooManyAttempts):
        await guard.password("ada", "198.51.100.7")


async def test_a_known_browser_is_slowed_on_its_own(catalog: Catalog, clock: StoppedClock) -> None:
    guard = Guard(catalog, Throttle(clock), digest)
    for _ in range(10):
        await guard.password("ada", "192.0.2.1", device="stolen")
    with pytest.raises(TooManyAttempts) as refusal:
        await guard.password("ada", "192.0.2.1", device="stolen")
    clock.offset += refusal.value.retry_after
    await guard.password("ada", "192.0.2.1", device="stolen")


async def test_all_processes_count_together(catalog: Catalog, clock: StoppedClock) -> None:
    workers = [Guard(catalog, Throttle(clock), digest) for _ in range(4)]
    tried = 0
    for number in range(400):
        try:
            await workers[number % 4].password("ada", f"203.0.113.{number}")
            tried += 1
        except TooManyAttempts:
            continue
    assert tried == 50


async def test_success_forgives_only_itself(catalog: Catalog, clock: StoppedClock) -> None:
    guard = Guard(catalog, Throttle(clock), digest)
    for number in range(49):
        await guard.password("ada", f"203.0.113.{number}")
    for _ in range(5):
        attempt = await guard.password("ada", "198.51.100.7")
        await guard.succeeded(attempt)
    await guard.password("ada", "203.0.113.200")
    with pytest.raises(TooManyAttempts):
        await guard.password("ada", "203.0.113.201")


def common(count: int) -> list[str]:
    """The most common passwords of known breaches, the first one first."""
    return list(zxcvbn.frequency_lists.FREQUENCY_LISTS["passwords"])[:count]


async def test_none_of_a_thousand_accounts_falls_to_the_thousand_most_common_passwords(
    catalog: Catalog, clock: StoppedClock
) -> None:
    """People choose what the rules let them; guessers with endless addresses try for thirty days.

    The rules alone suffice: none of the thousand, bare or lengthened as people do, can be chosen.
    The throttle is measured besides, on accounts whose passwords predate every rule.
    """
    guesses = common(1000)
    assert len(guesses) == 1000
    endings = ("", "1", "123", "2026", "!", "1234567890")
    choosable = [
        word + ending
        for word in random.Random(6).sample(guesses, 150)
        for ending in endings
        if not weakness(word + ending, ("ada",))
    ]
    assert not set(choosable) & set(guesses)
    assert all(weakness(guess, ()) for guess in guesses)
    guard = Guard(catalog, Throttle(clock), digest)
    tried = 0
    for number in range(30 * 48 * 4):  # four attempts each half hour, all from new addresses
        clock.offset += 450
        try:
            await guard.password("kim", f"2001:db8:1::{number:x}")
            tried += 1
        except TooManyAttempts:
            continue
    print(f"\nguesses tried at one account in 30 days: {tried}")
    assert tried <= 50 + 30 * 48 + 1
    print("accounts without the rules, passwords uniform in the 1,000: 98 of 1,000 fall in a day")
    print(f"accounts with the rules: 0; {len(choosable)} of 900 lengthened ones can be chosen")
