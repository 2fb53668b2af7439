"""Rows that count failed attempts, and tickets used: all processes share them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.errors import Conflict
from vault_core.store.catalog import Catalog, Unit

SKEW = 600_000
"""Milliseconds by which the clocks of two processes that count may differ, and one's wait for the
database."""


@dataclass(frozen=True, slots=True)
class Count:
    """What attempts are counted by: a leaky bucket in one number.

    `until` in its row is when all attempts counted are forgotten, each after `step` ms.
    """

    key: bytes
    step: int
    most: int
    """Attempts allowed in a row."""

    def held(self, until: int, now: int) -> int:
        """What a row says, now. What no counting comes to was written while a clock was wrong, and
        would keep people out until then."""
        return until if now < until <= now + 2 * self.most * self.step + SKEW else now

    def wait(self, until: int, now: int) -> int:
        """Milliseconds until one more attempt is allowed; 0 or less: it is."""
        return until - now - (self.most - 1) * self.step


async def wait(catalog: Catalog, counts: Sequence[Count], now: int) -> tuple[int, frozenset[bytes]]:
    """Milliseconds until all of them allow an attempt, and the keys that anything is counted by."""
    marks = ", ".join("?" * len(counts))
    rows = await catalog.few(
        f"SELECT account, until FROM guesses WHERE account IN ({marks})",  # noqa: S608
        [count.key for count in counts],
    )
    until = {key: time for key, time in rows if time > now}
    waits = [count.wait(count.held(until.get(count.key, now), now), now) for count in counts]
    return max(0, *waits), frozenset(until)


def charge(counts: Sequence[Count], now: int) -> Unit[int]:
    """Count one attempt before it is made: 0, or the milliseconds to wait, and nothing counted.

    Counting first means that attempts made at once cannot all pass.
    """
    found: list[int] = []
    for count in counts:
        found.append((yield from _until(count, now)))
    longest = max(count.wait(until, now) for count, until in zip(counts, found, strict=True))
    if longest > 0:
        return longest
    for count, until in zip(counts, found, strict=True):
        yield from _write(count, until + count.step)
    return 0


def add(counts: Sequence[Count], now: int) -> Unit[None]:
    """An attempt that was not counted before failed. No count grows beyond twice what it allows."""
    for count in counts:
        until = yield from _until(count, now)
        yield from _write(count, min(until + count.step, now + 2 * count.most * count.step))


def refund(counts: Sequence[Count]) -> Unit[None]:
    """The attempt was no guess."""
    for count in counts:
        yield (
            "UPDATE guesses SET until = until - ? WHERE account = ?",
            (count.step, count.key),
        )


def forgive(key: bytes) -> Unit[None]:
    """Nothing is counted by that key any more."""
    yield ("DELETE FROM guesses WHERE account = ?", (key,))


def _until(count: Count, now: int) -> Unit[int]:
    rows = yield ("SELECT until FROM guesses WHERE account = ?", (count.key,))
    return count.held(rows[0][0], now) if rows else now


def _write(count: Count, until: int) -> Unit[None]:
    yield (
        "INSERT INTO guesses (account, until) VALUES (?, ?)"
        " ON CONFLICT (account) DO UPDATE SET until = excluded.until",
        (count.key, until),
    )


def use(ticket: bytes, expires_at: int) -> Unit[bool]:
    """Whether the ticket was not used before; it is from now on."""
    try:
        yield ("INSERT INTO once (id, expires_at) VALUES (?, ?)", (ticket, expires_at))
    except Conflict:
        return False
    return True


def forget(now: int) -> Unit[None]:
    """Drop what no longer matters."""
    yield ("DELETE FROM guesses WHERE until <= ?", (now,))
    yield ("DELETE FROM once WHERE expires_at <= ?", (now,))
    yield ("DELETE FROM sessions WHERE expires_at <= ?", (now,))
