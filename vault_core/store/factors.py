"""Rows of second factors and passkeys."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store import changes, slots
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import SlotId, VaultId
from vault_core.store.slots import SlotRow

COLUMNS = "id, person, kind, lookup, sealed, counter, slot, created_at, used_at"


@dataclass(frozen=True, slots=True)
class FactorRow:
    """One row of `factors`."""

    id: bytes
    person: VaultId
    kind: str
    lookup: bytes | None
    sealed: bytes
    counter: int
    slot: SlotId | None
    created_at: int
    used_at: int | None


async def of_person(catalog: Catalog, person: VaultId) -> list[FactorRow]:
    """Oldest first."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM factors WHERE person = ? ORDER BY created_at, id",  # noqa: S608
        (person,),
    )
    return [FactorRow(*row) for row in rows]


async def by_lookup(catalog: Catalog, lookup: bytes) -> FactorRow | None:
    """The passkey of that credential id."""
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM factors WHERE lookup = ?",  # noqa: S608
        (lookup,),
    )
    return FactorRow(*row) if row else None


def add(actor: Actor, row: FactorRow, slot: SlotRow | None) -> Unit[None]:
    """A factor, with the key slot that it opens. Raises Conflict for a passkey there is already."""
    change = yield from changes.begin(actor)
    change.protect()
    yield (
        f"INSERT INTO factors ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            row.id, row.person, row.kind, row.lookup, row.sealed,
            row.counter, row.slot, row.created_at, row.used_at,
        ),
    )  # fmt: skip
    if slot is not None:
        yield from slots.insert(slot)
    yield from changes.finish(change, Entry("factor-add", None, {"kind": row.kind}))


def remove(actor: Actor, factor: bytes, kind: str, slot: SlotId | None) -> Unit[None]:
    """The factor and its key slot."""
    change = yield from changes.begin(actor)
    change.protect()
    yield ("DELETE FROM factors WHERE person = ? AND id = ?", (actor.vault, factor))
    if slot is not None:
        yield from slots.delete(actor.vault, slot)
    yield from changes.finish(change, Entry("factor-remove", None, {"kind": kind}))


def advance(factor: bytes, counter: int, at: int) -> Unit[bool]:
    """Whether the counter grew: a code or an assertion counts once."""
    rows = yield (
        "UPDATE factors SET counter = ?, used_at = ? WHERE id = ? AND counter < ? RETURNING id",
        (counter, at, factor, counter),
    )
    return bool(rows)


def touch(factor: bytes, at: int) -> Unit[None]:
    """An authenticator without a counter was used."""
    yield ("UPDATE factors SET used_at = ? WHERE id = ?", (at, factor))
