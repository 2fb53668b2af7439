"""Leaving the institution: the vault is kept for a while, and its owner can carry it away.

The directory's word lets nobody in any more; the owner's own secrets do, until the vault closes.
Every page says when, and the institution can take somebody back until then.
"""

from __future__ import annotations

from vault_core.store import changes, roles
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import VaultId
from vault_core.store.roles import Act

DAY = 86_400_000


async def leave(catalog: Catalog, person: VaultId, actor: str, now: int, keep_days: int) -> bool:
    """They have left; False if they had before."""
    act = Act(actor, "leave", person, now, {"ends_at": now + keep_days * DAY})
    return await catalog.commit(_leave, person, act)


async def come_back(catalog: Catalog, person: VaultId, actor: str, now: int) -> bool:
    """They are here again; False if they never left."""
    return await catalog.commit(_come_back, person, Act(actor, "return", person, now, {}))


async def has_left(catalog: Catalog, person: VaultId) -> bool:
    """Whether somebody has left the institution."""
    row = await catalog.point("SELECT left_at FROM persons WHERE id = ?", (person,))
    return row is not None and row[0] is not None


def _leave(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "UPDATE persons SET left_at = ? WHERE id = ? AND left_at IS NULL RETURNING id",
        (act.at, person),
    )
    if not rows:
        return False
    yield (
        "INSERT INTO closings (vault, asked_at, ends_at, asked_by) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (vault) DO NOTHING",
        (person, act.at, act.detail["ends_at"], act.actor),
    )
    change = yield from changes.begin(Actor(person, None, act.at))
    change.protect()
    yield from changes.finish(change, Entry("left", None, dict(act.detail)))
    yield from roles.record(act)
    return True


def _come_back(person: VaultId, act: Act) -> Unit[bool]:
    rows = yield (
        "UPDATE persons SET left_at = NULL WHERE id = ? AND left_at IS NOT NULL RETURNING id",
        (person,),
    )
    if not rows:
        return False
    yield ("DELETE FROM closings WHERE vault = ? AND asked_by IS NOT NULL", (person,))
    change = yield from changes.begin(Actor(person, None, act.at))
    change.protect()
    yield from changes.finish(change, Entry("returned"))
    yield from roles.record(act)
    return True
