"""A vault's key slots: adding, listing and revoking the secrets that open it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, Protocol, TypeVar

from vault_core.api import Random
from vault_core.crypto import codes
from vault_core.crypto.keys import Identity, generate_identity
from vault_core.crypto.sealed import Keyring
from vault_core.crypto.slots import (
    RFC_9106,
    SlotBinding,
    SlotKind,
    WrappedIdentity,
    password_secret,
    slot_lookup,
    unwrap_identity,
    wrap_identity,
)
from vault_core.errors import AccessDenied, CorruptCiphertext, Forbidden, NodeNotFound
from vault_core.scopes import Scope, known
from vault_core.store import changes, slots
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import SlotId, VaultId, new_id
from vault_core.store.slots import SlotRow
from vault_core.vault.documents.opened import Services
from vault_core.vault.nodes.node import Slot
from vault_core.vault.vault import Vault

_ARGON2 = ThreadPoolExecutor(1, "argon2")

PASSWORD_COST = RFC_9106
"""What one guess at a new password costs whoever holds the catalog."""


T = TypeVar("T")
P = ParamSpec("P")


async def slowly(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Derive a key by Argon2 in its own thread: one at a time, for that takes 64 MiB and up to four
    cores. A flood waits in line, and keeps no other thread."""
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(_ARGON2, partial(work, *args, **kwargs))


class Opening(Protocol):
    """A secret that opened a slot, and what was in it."""

    @property
    def vault(self) -> VaultId: ...

    @property
    def slot(self) -> SlotId: ...

    @property
    def identity(self) -> Identity: ...


HUMAN: frozenset[str] = frozenset({"password", "activation", "recovery", "passkey"})

REVOCABLE: frozenset[str] = frozenset({"session", "app-password", "token"})
"""What was made for one device, browser or program."""


async def wrap(
    keyring: Keyring,
    identity: Identity,
    vault: VaultId,
    kind: SlotKind,
    secret: bytes,
    label: str,
    at: int,
    random: Random,
    expires_at: int | None = None,
    scopes: Iterable[Scope] = (),
) -> SlotRow:
    """A new slot's row; a password takes about 0.2 s in a thread."""
    slot = SlotId(new_id(at / 1000, random))
    binding = SlotBinding(vault, slot, kind)
    if kind == "password":
        wrapped = await slowly(wrap_identity, identity, secret, binding, random, PASSWORD_COST)
    else:
        wrapped = wrap_identity(identity, secret, binding, random)
    lookup = None if kind == "password" else slot_lookup(secret)
    sealed = keyring.seal(b"slot" + slot, slot_label(kind, label, scopes), random)
    return SlotRow(
        slot, vault, kind, lookup, wrapped.parameters, wrapped.wrapped, sealed, at, expires_at
    )


async def unwrap(row: SlotRow, kind: SlotKind, secret: bytes) -> Identity:
    """The identity that the secret opens. Raises AccessDenied."""
    binding = SlotBinding(row.vault, row.id, kind)
    wrapped = WrappedIdentity(row.parameters, row.wrapped)
    if kind == "password":
        return await slowly(unwrap_identity, wrapped, secret, binding)
    return unwrap_identity(wrapped, secret, binding)


async def add(
    vault: Vault,
    kind: SlotKind,
    secret: bytes,
    label: str,
    expires_at: int | None = None,
    scopes: tuple[Scope, ...] = (),
) -> Slot:
    """Let another secret open the vault; durable when it returns."""
    opened, actor = vault.opened, vault.actor()
    row = await wrap(
        opened.keyring, opened.identity, opened.id, kind, secret, label,
        actor.at, opened.services.random, expires_at, scopes,
    )  # fmt: skip
    await opened.services.catalog.commit(_add, actor, row)
    opened.forget_generation()
    await opened.refresh()
    return Slot(row.id, kind, label, row.created_at, expires_at, scopes)


async def add_proved(
    services: Services, proof: Opening, kind: SlotKind, secret: bytes, label: str, expires_at: int
) -> SlotId:
    """As `add`, for somebody whose vault is not open and is not opened by it."""
    at = int(services.clock() * 1000)
    row = await wrap(
        Keyring(proof.identity, proof.vault), proof.identity, proof.vault, kind, secret, label,
        at, services.random, expires_at,
    )  # fmt: skip
    await services.catalog.commit(_add, Actor(proof.vault, proof.slot, at), row)
    return row.id


async def add_app_password(vault: Vault, label: str) -> tuple[Slot, str]:
    """A token for one WebDAV client or script; it is shown once."""
    token = codes.new_app_password(vault.opened.services.random)
    return await add(vault, "app-password", codes.parse_code(token), label), token


async def add_token(
    vault: Vault, label: str, scopes: Iterable[Scope], expires_at: int
) -> tuple[Slot, str]:
    """A bearer token for one program, which does what the scopes say; it is shown once."""
    token = codes.new_bearer_token(vault.opened.services.random)
    secret, kept = codes.parse_bearer_token(token), tuple(sorted(set(scopes)))
    return await add(vault, "token", secret, label, expires_at, kept), token


def slot_label(kind: str, label: str, scopes: Iterable[Scope]) -> bytes:
    """What is sealed in a slot's row: the label; of a token its scopes too."""
    if kind != "token":
        return label.encode()
    return json.dumps({"label": label, "scopes": sorted(scopes)}).encode()


def read_label(keyring: Keyring, row: SlotRow) -> tuple[str, tuple[Scope, ...]]:
    """Label and scopes of a slot. Raises CorruptCiphertext."""
    text = keyring.open(b"slot" + row.id, row.sealed).decode()
    if row.kind != "token":
        return text, ()
    found = json.loads(text)
    return found["label"], tuple(sorted(known(found["scopes"])))


async def listing(vault: Vault) -> list[Slot]:
    """The vault's slots, oldest first."""
    opened = vault.opened
    found = []
    for row in await slots.by_vault(opened.services.catalog, opened.id):
        try:
            label, scopes = read_label(opened.keyring, row)
        except CorruptCiphertext:
            label, scopes = "", ()
        found.append(Slot(row.id, row.kind, label, row.created_at, row.expires_at, scopes))
    return found


async def revoke(vault: Vault, slot: SlotId) -> None:
    """Remove a slot; what it opened is closed at its next request.

    Raises NodeNotFound, and Forbidden for the last slot that a person could come back by.
    """
    kind = await check_not_last(vault, slot)
    await vault.opened.services.catalog.commit(_revoke, vault.actor(), slot, kind)
    vault.opened.forget_generation()


async def check_not_last(vault: Vault, slot: SlotId) -> str:
    """The slot's kind.

    Raises NodeNotFound, and Forbidden for the last slot that a person could come back by.
    """
    present = await slots.by_vault(vault.opened.services.catalog, vault.id)
    kinds = {row.id: row.kind for row in present}
    if slot not in kinds:
        raise NodeNotFound("There is no such key slot.")
    if not any(kind in HUMAN for other, kind in kinds.items() if other != slot):
        raise Forbidden("This is the last way into the vault; add another one first.")
    return kinds[slot]


async def revoke_of(vault: Vault, slot: SlotId, kinds: frozenset[str]) -> None:
    """Revoke a slot if it is of one of these kinds: nobody revokes more than they were shown.

    Raises as `revoke` does.
    """
    found = await slots.by_vault(vault.opened.services.catalog, vault.id)
    if not any(row.id == slot and row.kind in kinds for row in found):
        raise NodeNotFound("There is no such key slot.")
    await revoke(vault, slot)


async def revoke_kind(vault: Vault, kind: SlotKind) -> int:
    """Remove all slots of a kind that nobody has to come back by; how many there were."""
    catalog = vault.opened.services.catalog
    gone = [row for row in await slots.by_vault(catalog, vault.id) if row.kind == kind]
    for row in gone:
        await catalog.commit(_revoke, vault.actor(), row.id, kind)
    vault.opened.forget_generation()
    return len(gone)


async def set_password(vault: Vault, password: str, *, instead: SlotId | None = None) -> SlotRow:
    """The password is this one from now on; it takes over from the slot `instead`, if given.

    Raises AccessDenied if it is not Unicode text, or that slot is gone: then nothing changed.
    """
    return await replace_kind(vault, "password", password_secret(password), instead=instead)


async def replace_kind(
    vault: Vault, kind: SlotKind, secret: bytes, *, instead: SlotId | None = None
) -> SlotRow:
    """One secret of a kind instead of those there were: a new password, a new recovery code."""
    opened, actor = vault.opened, vault.actor()
    row = await wrap(
        opened.keyring, opened.identity, opened.id, kind, secret, "",
        actor.at, opened.services.random,
    )  # fmt: skip
    await opened.services.catalog.commit(_replace_kind, actor, row, instead)
    opened.forget_generation()
    return row


def _add(actor: Actor, row: SlotRow) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.protect()
    yield from slots.insert(row)
    detail = {"slot": row.id.hex(), "kind": row.kind}
    return (yield from changes.finish(change, Entry("slot-add", None, detail)))


def _revoke(actor: Actor, slot: SlotId, kind: str) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.protect()
    yield from slots.delete(actor.vault, slot)
    detail = {"slot": slot.hex(), "kind": kind}
    return (yield from changes.finish(change, Entry("slot-revoke", None, detail)))


def _replace_kind(actor: Actor, row: SlotRow, instead: SlotId | None) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.protect()
    if instead is not None and not (yield from slots.delete(actor.vault, instead)):
        raise AccessDenied  # somebody else was first
    yield from slots.delete_kind(actor.vault, row.kind)
    yield from slots.insert(row)
    detail = {"slot": row.id.hex(), "kind": row.kind}
    if instead is not None:
        detail["instead"] = instead.hex()
    return (yield from changes.finish(change, Entry("slot-replace", None, detail)))


async def pretend(secret: bytes, random: Random) -> None:
    """Spend the time of a password check where there is no such person, so that none is told."""
    binding = SlotBinding(bytes(16), bytes(16), "password")
    identity = generate_identity("x25519", random)
    await slowly(wrap_identity, identity, secret, binding, random, PASSWORD_COST)
