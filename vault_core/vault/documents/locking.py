"""Who may change what while WebDAV locks are held (RFC 4918 sections 6 and 7)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import NamedTuple

from vault_core.errors import Conflict, Forbidden, Locked, PreconditionFailed
from vault_core.store import changes, locks
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import SlotId, VaultId
from vault_core.store.locks import LockRow
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.nodes.names import Path, under
from vault_core.vault.nodes.node import Lock, Node

NO_TOKENS: frozenset[str] = frozenset()


class Holder(NamedTuple):
    """A credential and the lock tokens it submitted with its request."""

    slot: SlotId
    tokens: frozenset[str] = NO_TOKENS

    def holds(self, lock: Lock) -> bool:
        """Whether it may use what the lock protects: its own lock, and its token at hand."""
        return lock.token in self.tokens and lock.slot == self.slot


def live(opened: OpenedVault) -> list[Lock]:
    """The vault's locks that have not expired."""
    if not opened.locks:
        return []
    now = int(opened.services.clock() * 1000)
    return [lock for lock in opened.locks if lock.expires_at > now]


def covering(opened: OpenedVault, path: Path) -> list[Lock]:
    """Locks on the node itself, and deep ones on the folders above it."""
    return [
        lock
        for lock in live(opened)
        if lock.path == path or (lock.infinite and under(path, lock.path))
    ]


def below(opened: OpenedVault, path: Path) -> list[Lock]:
    """Locks on what lies under the node."""
    return [lock for lock in live(opened) if lock.path != path and under(lock.path, path)]


def check_content(opened: OpenedVault, path: Path, holder: Holder) -> None:
    """Raises Locked unless the holder may change the node itself."""
    if opened.locks:
        _require(covering(opened, path), holder)


def check_place(opened: OpenedVault, path: Path, holder: Holder) -> None:
    """Raises Locked unless the holder may add, remove or rename `path` and all below it."""
    if opened.locks:
        _require(covering(opened, path), holder)
        _require(covering(opened, path[:-1]), holder)
        for lock in below(opened, path):
            _require([lock], holder)


def _require(found: Iterable[Lock], holder: Holder) -> None:
    """One of several shared locks is enough (RFC 4918 section 7.5)."""
    held = list(found)
    if held and not any(holder.holds(lock) for lock in held):
        raise Locked


async def lock(opened: OpenedVault, path: Path, node: Node, wanted: Lock, now: int) -> Lock:
    """Make the lock. Raises Locked where another one excludes it (section 6.2)."""
    rivals = covering(opened, path) + (below(opened, path) if wanted.infinite else [])
    if any(not (rival.shared and wanted.shared) for rival in rivals):
        raise Locked
    sealed = opened.keyring.seal(
        b"lock" + wanted.token.encode(), wanted.owner.encode(), opened.services.random
    )
    row = LockRow(
        wanted.token, node.id, wanted.shared, wanted.infinite,
        wanted.slot, wanted.expires_at, sealed,
    )  # fmt: skip
    actor = Actor(opened.id, wanted.slot, now)
    opened.committed(await opened.services.catalog.commit(_insert, actor, opened.version, row))
    await opened.load_locks()
    return wanted


async def refresh_lock(
    opened: OpenedVault, token: str, path: Path, expires_at: int, actor: Actor
) -> Lock:
    """Let the lock live longer.

    Raises PreconditionFailed if none of that token covers `path`, Forbidden if it is another's.
    """
    held = _own(opened, token, path)
    if held is None:
        raise PreconditionFailed("No such lock covers this; take a new one.")
    if held.slot != actor.slot:
        raise Forbidden("Another device took this lock; only that one can keep it.")
    if not await opened.services.catalog.commit(_extend, actor, token, expires_at):
        raise PreconditionFailed("The lock expired; take a new one.")
    await opened.load_locks()
    return replace(held, expires_at=expires_at)


async def unlock(opened: OpenedVault, token: str, path: Path, actor: Actor) -> None:
    """Remove the lock. Raises Conflict if none of that token covers `path` (section 9.11)."""
    held = _own(opened, token, path)
    if held is None:
        raise Conflict("No such lock covers this.")
    if held.slot != actor.slot:
        raise Forbidden("Another device took this lock; unlock it there, or wait.")
    await opened.services.catalog.commit(_delete, actor, token)
    await opened.load_locks()


def _own(opened: OpenedVault, token: str, path: Path) -> Lock | None:
    for found in covering(opened, path):
        if found.token == token:
            return found
    return None


def _insert(actor: Actor, seen: int, row: LockRow) -> Unit[int]:
    change = yield from changes.begin(actor, seen)
    change.protect()
    yield from locks.insert(actor.vault, row, actor.at)
    return (yield from changes.finish(change, Entry("lock", row.node)))


def _extend(actor: Actor, token: str, expires_at: int) -> Unit[bool]:
    change = yield from changes.begin(actor)
    change.protect()
    found = yield from locks.extend(actor.vault, token, expires_at)
    yield from changes.finish(change)
    return found


def _delete(actor: Actor, token: str) -> Unit[int]:
    change = yield from changes.begin(actor)
    change.protect()
    yield from locks.delete(actor.vault, token)
    return (yield from changes.finish(change, Entry("unlock")))


def release(vault: VaultId, gone: list[Lock]) -> Unit[None]:
    """Part of a unit: locks of nodes that go away or move (section 7.7: a lock stays behind)."""
    return locks.delete_on(vault, [lock.node for lock in gone])
