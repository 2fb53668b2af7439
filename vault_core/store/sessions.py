"""Rows that say how sessions came to be."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store import changes, slots
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import SlotId, VaultId
from vault_core.store.slots import SlotRow

COLUMNS = "slot, vault, way, proved_at, provider, subject, sid, expires_at"


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One row of `sessions`."""

    slot: SlotId
    vault: VaultId
    way: str
    proved_at: int
    provider: str | None
    subject: bytes | None
    sid: bytes | None
    expires_at: int


async def by_slot(catalog: Catalog, slot: SlotId) -> SessionRow | None:
    """How that session came to be."""
    row = await catalog.point(f"SELECT {COLUMNS} FROM sessions WHERE slot = ?", (slot,))  # noqa: S608
    return SessionRow(*row) if row else None


async def by_directory(
    catalog: Catalog, provider: str, subject: bytes | None, sid: bytes | None
) -> list[tuple[VaultId, SlotId]]:
    """The sessions that a directory ends: of one of its sessions, else of one of its subjects."""
    column, value = ("sid", sid) if sid is not None else ("subject", subject)
    rows = await catalog.fetch(
        f"SELECT vault, slot FROM sessions WHERE provider = ? AND {column} = ?",  # noqa: S608
        (provider, value),
    )
    return [(row[0], row[1]) for row in rows]


def begin(actor: Actor, slot: SlotRow, row: SessionRow, replaced: SlotId | None) -> Unit[int]:
    """A session's slot and row, instead of another one's: never both, never neither."""
    change = yield from changes.begin(actor)
    change.protect()
    yield from slots.insert(slot)
    yield (
        f"INSERT INTO sessions ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            row.slot, row.vault, row.way, row.proved_at,
            row.provider, row.subject, row.sid, row.expires_at,
        ),
    )  # fmt: skip
    if replaced is not None:
        yield from slots.delete(actor.vault, replaced)
        yield ("DELETE FROM sessions WHERE slot = ?", (replaced,))
    detail = {"slot": slot.id.hex(), "kind": slot.kind, "way": row.way}
    return (yield from changes.finish(change, Entry("slot-add", None, detail)))


def end(vault: VaultId, slot: SlotId, at: int) -> Unit[bool]:
    """End a session from outside: its directory said so. Whether it was there."""
    gone = yield from slots.delete(vault, slot)
    yield ("DELETE FROM sessions WHERE slot = ?", (slot,))
    if gone:
        change = yield from changes.begin(Actor(vault, None, at))
        change.protect()
        detail = {"slot": slot.hex(), "kind": "session"}
        yield from changes.finish(change, Entry("slot-revoke", None, detail))
    return gone
