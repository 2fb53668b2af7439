"""Guessers are slowed, owners are spared: the guard by an injected clock, and over a real catalog.

`pytest -s tests/signin/test_guessing.py` prints the figures.
"""

from __future__ import annotations

import hashlib
import os
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
from vault_core.store.guesses import Count, add, wait
from vault_core.vault.keys.guard import Guard
from vault_core.vault.keys.throttle import Throttle

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
    guard = Guard(catalog, Throttle(catalog, clock), digest)
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
    guard = Guard(catalog, Throttle(catalog, clock), digest)
    for _ in range(10):
        await guard.password("ada", "192.0.2.1", device="stolen")
    with pytest.raises(TooManyAttempts) as refusal:
        await guard.password("ada", "192.0.2.1", device="stolen")
    clock.offset += refusal.value.retry_after
    await guard.password("ada", "192.0.2.1", device="stolen")


async def test_a_clock_that_was_ahead_shuts_nobody_out(
    catalog: Catalog, clock: StoppedClock
) -> None:
    guard = Guard(catalog, Throttle(catalog, clock), digest)
    clock.offset = 400 * DAY
    for _ in range(10):
        await guard.password("ada", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        await guard.password("ada", "192.0.2.1")
    clock.offset = 0
    for _ in range(10):
        await guard.password("ada", "192.0.2.1")
    with pytest.raises(TooManyAttempts):
        await guard.password("ada", "192.0.2.1")


async def test_clocks_that_differ_a_little_forget_nothing(
    catalog: Catalog, clock: StoppedClock
) -> None:
    counts = [Count(b"ada", 1000, 10)]
    now = int(clock() * 1000)
    for _ in range(30):
        await catalog.commit(add, counts, now + 3000)
    before, _ = await wait(catalog, counts, now)
    await catalog.commit(add, counts, now)
    after, _ = await wait(catalog, counts, now)
    assert before > 0
    assert after >= before - 3000


async def test_all_processes_count_together(catalog: Catalog, clock: StoppedClock) -> None:
    workers = [Guard(catalog, Throttle(catalog, clock), digest) for _ in range(4)]
    tried = 0
    for number in range(400):
        try:
            await workers[number % 4].password("ada", f"203.0.113.{number}")
            tried += 1
        except TooManyAttempts:
            continue
    assert tried == 50


async def test_success_forgives_only_itself(catalog: Catalog, clock: StoppedClock) -> None:
    guard = Guard(catalog, Throttle(catalog, clock), digest)
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


def chosen(count: int, randomness: random.Random) -> list[str]:
    """Passwords as people make them of common ones, and the rules let them."""
    words, endings = common(1000), ("", "1", "123", "2026", "!", "1234567890", " du 93", "&moi12")
    found: list[str] = []
    while len(found) < count:
        password = randomness.choice(words) + randomness.choice(endings)
        if not weakness(password, ("ada",)):
            found.append(password)
    return found


async def guessed(
    catalog: Catalog, clock: StoppedClock, passwords: list[str], prefix: str
) -> tuple[int, int]:
    """How many guesses were tried, and how many accounts fell.

    Every account is tried with the 1,000 most common passwords within a day, each guess from an
    address of its own. What is let through is compared as it is: Argon2id would be asked the same.
    """
    guard, guesses = Guard(catalog, Throttle(catalog, clock), digest), common(1000)
    tried, fallen = 0, set()
    for number, guess in enumerate(guesses):
        clock.offset += DAY / len(guesses)
        for account, password in enumerate(passwords):
            try:
                await guard.password(f"{prefix}{account}", f"2001:db8:{account:x}::{number:x}")
            except TooManyAttempts:
                continue
            tried += 1
            if guess == password:
                fallen.add(account)
    return tried, len(fallen)


async def test_no_account_falls_to_the_thousand_most_common_passwords(
    catalog: Catalog, clock: StoppedClock
) -> None:
    """Neither alone would do: rules without a throttle, nor a throttle without rules.

    `PARCHEMIN_GUESSED_ACCOUNTS=1000` is the full run.
    """
    count, randomness = int(os.environ.get("PARCHEMIN_GUESSED_ACCOUNTS", "20")), random.Random(6)
    assert all(weakness(guess, ()) for guess in common(1000)), "one of them could be chosen"
    tried, fallen = await guessed(catalog, clock, chosen(count, randomness), "ruled")
    print(f"\n{count} accounts x 1,000 guesses in a day: {tried} tried, {fallen} accounts fell")
    assert fallen == 0
    assert tried <= count * (50 + DAY // 1800 + 1)
    unruled = [randomness.choice(common(1000)) for _ in range(count)]
    tried, fallen = await guessed(catalog, clock, unruled, "unruled")
    print(f"the same with passwords of before every rule: {tried} tried, {fallen} accounts fell")
    assert fallen < count / 2, "the throttle alone keeps most of them out"
