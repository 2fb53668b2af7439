"""Rows that count failed attempts, and tickets used: all processes share them."""

from __future__ import annotations

from vault_core.errors import Conflict
from vault_core.store.catalog import Catalog, Unit


async def wait(catalog: Catalog, account: bytes, now: int, step: int, most: int) -> int:
    """The milliseconds for which `charge` would refuse; 0 if it would not."""
    row = await catalog.point("SELECT until FROM guesses WHERE account = ?", (account,))
    return max(0, int(row[0] - now - (most - 1) * step)) if row else 0


def charge(account: bytes, now: int, step: int, most: int) -> Unit[int]:
    """Count one attempt before it is made: 0, or the milliseconds to wait, and nothing counted.

    A leaky bucket in one number: `until` is when all attempts counted are forgotten, each after
    `step` ms. Counting first means that attempts made at once cannot all pass.
    """
    rows = yield ("SELECT until FROM guesses WHERE account = ?", (account,))
    until = max(now, rows[0][0]) if rows else now
    if until - now > (most - 1) * step:
        return int(until - now - (most - 1) * step)
    yield (
        "INSERT INTO guesses (account, until) VALUES (?, ?)"
        " ON CONFLICT (account) DO UPDATE SET until = excluded.until",
        (account, until + step),
    )
    return 0


def refund(account: bytes, step: int) -> Unit[None]:
    """The attempt was no guess."""
    yield ("UPDATE guesses SET until = until - ? WHERE account = ?", (step, account))


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
