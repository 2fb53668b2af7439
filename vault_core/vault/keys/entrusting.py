"""A vault's identity entrusted to somebody else: the institution's escrow, or the server's custody.

Nobody is, unless the institution chose so; then a vault has one slot a trustee, made when the vault
is or when its owner next opens it, and taken away in the same way. Its owner sees each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from vault_core.api import Random
from vault_core.crypto.derivation import age_parameters
from vault_core.crypto.keys import Identity, Opener, Recipient
from vault_core.crypto.sealed import Keyring
from vault_core.crypto.slots import (
    SlotBinding,
    SlotKind,
    WrappedIdentity,
    entrust_identity,
    entrusted_identity,
    recipient_hash,
)
from vault_core.errors import AccessDenied
from vault_core.store import changes, slots
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import SlotId, VaultId, new_id
from vault_core.store.slots import SlotRow
from vault_core.vault.keys.keyslots import slot_label
from vault_core.vault.vault import Vault

INSTITUTIONS: frozenset[str] = frozenset({"escrow", "custody"})


@dataclass(frozen=True, slots=True)
class Trustees:
    """To whom the institution has identities entrusted; by default to nobody."""

    escrow: Recipient | None = None
    """Whose identity is kept off the server, in two hands."""
    custody: Identity | None = None
    """The server's own, for single sign-on that opens directly."""

    def recipients(self) -> Iterator[tuple[SlotKind, Recipient]]:
        """The kinds of slot that every vault is to have."""
        if self.escrow is not None:
            yield "escrow", self.escrow
        if self.custody is not None:
            yield "custody", self.custody.recipient


def entrusted_row(
    identity: Identity, vault: VaultId, kind: SlotKind, to: Recipient, label: str, at: int,
    random: Random,
) -> SlotRow:  # fmt: skip
    """A slot that `to` opens; `at` is in ms."""
    slot = SlotId(new_id(at / 1000, random))
    made = entrust_identity(identity, to, SlotBinding(vault, slot, kind), random)
    sealed = Keyring(identity, vault).seal(b"slot" + slot, slot_label(kind, label, ()), random)
    return SlotRow(slot, vault, kind, None, made.parameters, made.wrapped, sealed, at, None)


def rows_for(
    trustees: Trustees, identity: Identity, vault: VaultId, at: int, random: Random
) -> list[SlotRow]:
    """The slots that a new vault has besides its owner's."""
    return [
        entrusted_row(identity, vault, kind, to, "", at, random)
        for kind, to in trustees.recipients()
    ]


async def align(vault: Vault, trustees: Trustees) -> bool:
    """Give an open vault the slots of today's trustees, and none of others; whether any changed."""
    opened, actor = vault.opened, vault.actor()
    catalog, random = opened.services.catalog, opened.services.random
    present = [r for r in await slots.by_vault(catalog, vault.id) if r.kind in INSTITUTIONS]
    wanted = {(kind, age_parameters(recipient_hash(to))): to for kind, to in trustees.recipients()}
    stale = [row for row in present if (row.kind, row.parameters) not in wanted]
    there = {(row.kind, row.parameters) for row in present}
    fresh = [
        entrusted_row(opened.identity, vault.id, kind, to, "", actor.at, random)
        for (kind, parameters), to in wanted.items()
        if (kind, parameters) not in there
    ]
    if not stale and not fresh:
        return False
    await catalog.commit(_align, actor, stale, fresh)
    opened.forget_generation()
    return True


def _align(actor: Actor, stale: list[SlotRow], fresh: list[SlotRow]) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.protect()
    entries = []
    for row in stale:
        yield from slots.delete(actor.vault, row.id)
        entries.append(Entry("slot-revoke", None, {"slot": row.id.hex(), "kind": row.kind}))
    for row in fresh:
        yield from slots.insert(row)
        entries.append(Entry("slot-add", None, {"slot": row.id.hex(), "kind": row.kind}))
    return (yield from changes.finish(change, *entries))


async def opened_by(catalog: Catalog, row: SlotRow, opener: Opener) -> Identity:
    """The identity in an entrusted slot, if it is that vault's. Raises AccessDenied."""
    kind: SlotKind = row.kind  # type: ignore[assignment]
    wrapped = WrappedIdentity(row.parameters, row.wrapped)
    found = entrusted_identity(wrapped, [opener], SlotBinding(row.vault, row.id, kind))
    stored = await catalog.point("SELECT recipient FROM vaults WHERE id = ?", (row.vault,))
    if stored is None or str(found.recipient) != stored[0]:
        raise AccessDenied("The slot holds another vault's key.")
    return found
