"""A lost activation code: a new one, by escrow where there is one, else for an emptied vault.

There is no back door: without its code nobody can open a vault that its owner never signed in to,
this server neither. So the vault gets a new key, what was sealed to the old one goes, and its
certificates are marked as lost, so that the issuer's file delivers them again, once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.api import BlobStore, Clock, Random
from vault_core.crypto import codes
from vault_core.crypto.keys import Identity, IdentityKind, generate_identity, parse_identity
from vault_core.crypto.sealed import Keyring
from vault_core.errors import AccessDenied, Forbidden
from vault_core.store import changes, recoveries, slots
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import BlobId, milliseconds
from vault_core.store.slots import SlotRow
from vault_core.vault.keys.entrusting import opened_by
from vault_core.vault.keys.keyslots import wrap
from vault_core.vault.persons.closing import erase
from vault_core.vault.persons.person import Person

KEPT = frozenset(
    {
        "persons",
        "person_keys",
        "vaults",
        "journal",
        "roles",
        "links",
        "closings",
        "provisioned",
    }
)
"""Of what belongs to a vault: what stays when it is emptied."""
_OWNERS = frozenset({"password", "passkey", "recovery", "app-password", "custody"})


@dataclass(frozen=True, slots=True)
class NewCode:
    """A code that opens the vault the first time, and how many deliveries it cost."""

    code: str
    lost: int


class Rekeying:
    """Makes new activation codes."""

    def __init__(
        self, catalog: Catalog, blobs: BlobStore, clock: Clock, random: Random, kind: IdentityKind
    ) -> None:
        self._catalog = catalog
        self._blobs = blobs
        self._clock = clock
        self._random = random
        self._kind: IdentityKind = kind

    async def by_escrow(self, person: Person, identity: str, recovery: bytes | None) -> NewCode:
        """A new code for the vault as it is, opened with the institution's escrow identity.

        `recovery` is needed where its owner has a secret of their own: see recovering.py.
        Raises Forbidden without it, or if the vault has no escrow slot; AccessDenied if it does
        not open.
        """
        rows = await slots.by_vault(self._catalog, person.id)
        if recovery is None and any(row.kind in _OWNERS for row in rows):
            raise Forbidden(
                "Its owner has signed in before: 'parchemin escrow ask' tells them, then wait."
            )
        opener = parse_identity(identity.strip())
        escrow = [row for row in rows if row.kind == "escrow"]
        for row in escrow:
            with contextlib.suppress(AccessDenied):
                found = await opened_by(self._catalog, row, opener)
                return await self.for_owner(person, found, "escrow", recovery)
        if escrow:
            raise AccessDenied("That escrow key opens no slot of this vault.")
        raise Forbidden("This vault has no escrow slot: it can only be emptied.")

    async def for_owner(
        self, person: Person, identity: Identity, way: str, recovery: bytes | None
    ) -> NewCode:
        """A new code for the vault of that identity; the recovery it belongs to is used up.

        Raises Forbidden if it was stopped meanwhile.
        """
        row, code = await self._slot(person, identity)
        actor = Actor(person.id, None, row.created_at)
        await self._catalog.commit(_replace, actor, row, way, recovery)
        return NewCode(code, 0)

    async def by_emptying(self, person: Person) -> NewCode:
        """A new key and code for a vault that its owner never opened; what was in it is lost.

        Raises Forbidden if its owner has a secret of their own that opens it.
        """
        rows = await slots.by_vault(self._catalog, person.id)
        if any(row.kind in _OWNERS for row in rows):
            raise Forbidden("Its owner has signed in before: nobody else may empty it.")
        identity = generate_identity(self._kind, self._random)
        row, code = await self._slot(person, identity)
        actor = Actor(person.id, None, row.created_at)
        lost, blobs = await self._catalog.commit(_empty, actor, row, str(identity.recipient))
        for blob in blobs:
            await self._blobs.delete(blob.hex())
        return NewCode(code, lost)

    async def _slot(self, person: Person, identity: Identity) -> tuple[SlotRow, str]:
        code = codes.new_activation_code(self._random)
        at = milliseconds(self._clock())
        keyring = Keyring(identity, person.id)
        secret = codes.parse_code(code)
        row = await wrap(keyring, identity, person.id, "activation", secret, "", at, self._random)
        return row, code


def _replace(actor: Actor, row: SlotRow, way: str, recovery: bytes | None) -> Unit[None]:
    change = yield from changes.begin(actor)
    change.protect()
    if recovery is not None:
        yield from recoveries.finish(recovery, actor.at)
    yield from slots.delete_kind(actor.vault, "activation")
    yield from slots.insert(row)
    detail = {"slot": row.id.hex(), "kind": row.kind, "way": way}
    yield from changes.finish(change, Entry("slot-replace", None, detail))


def _empty(actor: Actor, row: SlotRow, recipient: str) -> Unit[tuple[int, Sequence[BlobId]]]:
    change = yield from changes.begin(actor)
    change.protect()
    change.destroyed()
    owned: list[Row] = yield (
        "SELECT kind FROM slots WHERE vault = ?", (actor.vault,),
    )  # fmt: skip
    if any(kind in _OWNERS for (kind,) in owned):
        raise Forbidden("Its owner has just signed in: the vault is theirs.")
    stored = yield from erase(actor.vault, KEPT)
    lost: list[Row] = yield (
        "UPDATE certificates SET lost_at = ? WHERE vault = ? AND replaced_by IS NULL"
        " AND lost_at IS NULL RETURNING id",
        (actor.at, actor.vault),
    )
    yield "UPDATE vaults SET recipient = ? WHERE id = ?", (recipient, actor.vault)
    change.used = 0
    yield from slots.insert(row)
    yield from changes.finish(change, Entry("rekey", None, {"lost": len(lost)}))
    return len(lost), stored
