"""Persons about to be added: their rows, first slots and first entries, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.store import changes, persons, slots, trusted
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.persons import NewPersonRow
from vault_core.store.slots import SlotRow
from vault_core.store.trusted import TrustedRow


@dataclass(frozen=True, slots=True)
class Addition:
    """A person about to be added: called, it is the unit that does it."""

    row: NewPersonRow
    slot: SlotRow
    """The first one."""
    keys: Sequence[bytes]
    also: Sequence[SlotRow] = ()
    """Slots of those to whom the vault is entrusted."""
    guardian: TrustedRow | None = None

    def __call__(self) -> Unit[None]:
        """Raises PersonExists if the username or the INE is taken."""
        return add_all([self])


def add_all(additions: Sequence[Addition]) -> Unit[None]:
    """Add persons, each with their vault. Raises PersonExists if a username or INE is taken."""
    rows = [one.row for one in additions]
    yield from persons.insert(rows)
    yield from persons.add_keys([(one.row.id, key) for one in additions for key in one.keys])
    yield from slots.insert_all([slot for one in additions for slot in (one.slot, *one.also)])
    for one in additions:
        if one.guardian is not None:
            yield from trusted.insert(one.guardian)
    yield from changes.finish_all([(_born(one.row), _told(one)) for one in additions])


def _born(row: NewPersonRow) -> changes.Change:
    return changes.born(Actor(row.id, None, row.created_at), row.quota)


def _told(addition: Addition) -> list[Entry]:
    """The first entries of a vault's journal."""
    added = [
        Entry("slot-add", None, {"slot": slot.id.hex(), "kind": slot.kind})
        for slot in addition.also
    ]
    return [Entry("open-account", None, {"slot": addition.slot.kind}), *added]
