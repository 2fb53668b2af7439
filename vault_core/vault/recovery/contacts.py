"""Vaults entrusted to other persons: contacts, who help an owner back in, and guardians of minors.

A slot is an age file to the other person's vault: it opens only while they have theirs open. A
contact opens nothing: after a waiting time that the owner can stop, they make a code for the owner.
A guardian opens the vault until its owner is of age; then the slot goes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vault_core.crypto.keys import parse_recipient
from vault_core.crypto.slots import SlotKind
from vault_core.errors import AccessDenied, BadRequest, Conflict, Forbidden, NodeNotFound
from vault_core.store import changes, slots, trusted
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import SlotId
from vault_core.store.slots import SlotRow
from vault_core.store.trusted import TrustedRow
from vault_core.vault.keys.entrusting import entrusted_row, opened_by
from vault_core.vault.keys.keyslots import HUMAN
from vault_core.vault.persons.person import Person
from vault_core.vault.recovery.rekeying import NewCode, Rekeying
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Proof, Vaults

MOST: Final = 10
"""Contacts of one vault."""


@dataclass(frozen=True, slots=True)
class Ward:
    """Somebody whose vault the reader may open, or help to open."""

    username: str
    row: TrustedRow

    def opens(self, now: int) -> bool:
        """Whether the reader opens it themselves: as guardian, until its owner is of age."""
        return self.row.kind == "guardian" and (self.row.until or 0) > now


async def add_contact(vault: Vault, contact: Person) -> None:
    """Entrust the vault to somebody. Raises BadRequest, Conflict."""
    opened, actor = vault.opened, vault.actor()
    catalog = opened.services.catalog
    if contact.id == vault.id:
        raise BadRequest("Name somebody else.")
    present = [row for _, row in await trusted.of_vault(catalog, vault.id)]
    if any(row.person == contact.id for row in present):
        raise Conflict("They are your contact already.")
    if len(present) >= MOST:
        raise Conflict(f"A vault has {MOST} contacts at most: remove one first.")
    slot = entrusted_row(
        opened.identity, vault.id, "contact", parse_recipient(contact.recipient),
        contact.username, actor.at, opened.services.random,
    )  # fmt: skip
    row = TrustedRow(slot.id, vault.id, contact.id, "contact", None, actor.at)
    await catalog.commit(_add, actor, slot, row)
    opened.forget_generation()


async def contacts(vault: Vault) -> list[tuple[str, TrustedRow]]:
    """Who may help this vault's owner, and a minor's guardians."""
    return await trusted.of_vault(vault.opened.services.catalog, vault.id)


async def remove_contact(vault: Vault, slot: SlotId) -> None:
    """Raises NodeNotFound; a guardian is not the owner's to remove."""
    for _, row in await contacts(vault):
        if row.slot == slot and row.kind == "contact":
            await vault.opened.services.catalog.commit(_remove, vault.actor(), row, "slot-revoke")
            vault.opened.forget_generation()
            return
    raise NodeNotFound


async def wards(vault: Vault) -> list[Ward]:
    """Whose vaults are entrusted to this one's owner."""
    found = await trusted.by_person(vault.opened.services.catalog, vault.id)
    return [Ward(name, row) for name, row in found]


async def ward(vault: Vault, slot: SlotId) -> Ward:
    """That one. Raises NodeNotFound."""
    for one in await wards(vault):
        if one.row.slot == slot:
            return one
    raise NodeNotFound


async def _slot_of(catalog: Catalog, one: Ward) -> SlotRow:
    for row in await slots.by_vault(catalog, one.row.vault):
        if row.id == one.row.slot:
            return row
    raise AccessDenied


async def proof_of_guardian(vaults: Vaults, vault: Vault, slot: SlotId) -> Proof:
    """Their ward's vault, by a guardian's own open one; journalled there before it opens.

    Raises NodeNotFound, Forbidden once its owner is of age.
    """
    one, now = await ward(vault, slot), vault.actor().at
    if not one.opens(now):
        raise Forbidden("Only a guardian opens this, and only until its owner is of age.")
    catalog = vaults.services.catalog
    row = await _slot_of(catalog, one)
    identity = await opened_by(catalog, row, vault.opened.identity)
    await note_opening(catalog, row, now)
    kind: SlotKind = "guardian"
    return Proof(row.vault, row.id, kind, one.username, identity, row)


async def code_for_owner(rekeying: Rekeying, vault: Vault, slot: SlotId, recovery: bytes | None,
                         person: Person) -> NewCode:  # fmt: skip
    """A new activation code for the owner, made by their contact, or by a guardian at majority.

    Raises NodeNotFound, Forbidden.
    """
    one = await ward(vault, slot)
    if recovery is None and (one.row.kind != "guardian" or one.opens(vault.actor().at)):
        raise Forbidden("Ask first: its owner can stop it for a while.")
    catalog = vault.opened.services.catalog
    row = await _slot_of(catalog, one)
    identity = await opened_by(catalog, row, vault.opened.identity)
    return await rekeying.for_owner(person, identity, one.row.kind, recovery)


async def note_opening(catalog: Catalog, row: SlotRow, now: int) -> None:
    """The vault's journal says, durably, that somebody else than its owner opens it."""
    entry = Entry("entrusted-open", None, {"kind": row.kind})
    await catalog.commit(changes.record, Actor(row.vault, row.id, now), [entry])


async def hand_over(catalog: Catalog, now: int) -> int:
    """Part of maintenance: end guardians' parts, where the owner has a way of their own."""
    count = 0
    for row in await trusted.over(catalog, now):
        present = await slots.by_vault(catalog, row.vault)
        if any(slot.kind in HUMAN for slot in present):
            await catalog.commit(_remove, Actor(row.vault, None, now), row, "handed-over")
            count += 1
    return count


def _add(actor: Actor, slot: SlotRow, row: TrustedRow) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.protect()
    yield from slots.insert(slot)
    yield from trusted.insert(row)
    detail = {"slot": slot.id.hex(), "kind": slot.kind}
    return (yield from changes.finish(change, Entry("slot-add", None, detail)))


def _remove(actor: Actor, row: TrustedRow, verb: str) -> Unit[None]:
    change = yield from changes.begin(actor)
    if not (yield from trusted.delete(actor.vault, row.slot)):
        return  # another process was first
    change.protect()
    yield from slots.delete(actor.vault, row.slot)
    detail = {"slot": row.slot.hex(), "kind": row.kind}
    yield from changes.finish(change, Entry(verb, None, detail))
