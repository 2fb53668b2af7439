"""Moving, copying and deleting what is in a vault (RFC 4918 sections 9.6, 9.8 and 9.9)."""

from __future__ import annotations

from dataclasses import dataclass, replace

from vault_core.errors import (
    Conflict,
    Forbidden,
    NodeNotFound,
    PreconditionFailed,
    QuotaExceeded,
    TooLarge,
)
from vault_core.store import changes, nodes
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import NodeId, new_id
from vault_core.store.nodes import NodeRow
from vault_core.vault.documents import locking, space
from vault_core.vault.documents.locking import Holder
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.documents.writing import find, parent_of
from vault_core.vault.nodes import metadata
from vault_core.vault.nodes.names import MAX_DEPTH, Path, under
from vault_core.vault.nodes.node import ANY, Lock, Node, Precondition, Written

COPY_LIMIT = 100_000
"""Nodes copied in one request."""


@dataclass(frozen=True, slots=True)
class Way:
    """From where to where, and what must hold for it: `condition` is of the source."""

    source: Path
    target: Path
    overwrite: bool
    condition: Precondition = ANY


@dataclass(frozen=True, slots=True)
class _Route:
    """A checked way from one place to another."""

    source: Node
    parent: Node
    replaced: Node | None
    gone: list[Lock]


async def _route(opened: OpenedVault, way: Way, holder: Holder) -> _Route:
    source, target = way.source, way.target
    node = await find(opened, source)
    if node is None:
        raise NodeNotFound
    if not way.condition.holds(node):
        raise PreconditionFailed
    if not source or not target or under(source, target):
        raise Forbidden("A folder cannot be put over itself or what holds it.")
    parent = await parent_of(opened, target)
    replaced = await opened.child(parent, target[-1])
    if replaced is not None and not way.overwrite:
        raise PreconditionFailed("Something of that name exists already, and was kept.")
    locking.check_place(opened, target, holder)
    gone = [] if replaced is None else _locks_of(opened, target)
    return _Route(node, parent, replaced, gone)


def _locks_of(opened: OpenedVault, path: Path) -> list[Lock]:
    return [lock for lock in locking.live(opened) if under(lock.path, path)]


async def move(opened: OpenedVault, way: Way, holder: Holder, actor: Actor) -> Written:
    """Raises NodeNotFound, ParentNotFound, PreconditionFailed, Forbidden, Locked, Conflict."""
    route, source, target = await _route(opened, way, holder), way.source, way.target
    if under(target, source):
        raise Forbidden("A folder cannot be moved into itself.")
    locking.check_place(opened, source, holder)
    old, keyring = route.source, opened.keyring
    if old.is_folder:
        await _check_depth(opened, old, len(target))
    node = replace(
        old,
        parent=route.parent.id,
        name=target[-1],
        name_index=keyring.name_index(route.parent.id, target[-1]),
    )
    gone = route.gone + _locks_of(opened, source)
    row = metadata.seal_node(keyring, node, opened.services.random)
    version = await opened.services.catalog.commit(
        _move, actor, opened.version, row, old.changed, route.replaced, gone
    )
    node = replace(node, changed=version)
    if route.replaced is not None:
        opened.tree.bury(route.replaced.id, version)
    opened.committed(version, node)
    if opened.locks:
        await opened.load_locks()
    return Written(node, created=route.replaced is None)


def _move(
    actor: Actor, seen: int, row: NodeRow, expected: int, replaced: Node | None, gone: list[Lock]
) -> Unit[int]:
    change = yield from changes.begin(actor, seen, within=True)
    if row.kind == nodes.FOLDER or gone or (replaced is not None and replaced.is_folder):
        change.protect()
    entries = [Entry("move", row.id)]
    if replaced is not None:
        yield from trash_row(actor, replaced, change.version)
        entries.append(Entry("delete", replaced.id))
    yield from locking.release(actor.vault, gone)
    yield from nodes.update_node(actor.vault, replace(row, changed=change.version), expected)
    return (yield from changes.finish(change, *entries))


def trash_row(actor: Actor, node: Node, version: int) -> Unit[None]:
    """Part of a unit: the node goes to the trash. Raises Conflict if it changed meanwhile."""
    return nodes.trash_node(actor.vault, node.id, node.changed, actor.at, version)


async def _check_depth(opened: OpenedVault, folder: Node, depth: int) -> None:
    deepest = max(len(path) for path, _ in await walk(opened, folder, COPY_LIMIT))
    if depth + deepest > MAX_DEPTH:
        raise Forbidden(f"Folders can be at most {MAX_DEPTH} deep.")


async def copy(
    opened: OpenedVault, way: Way, recursive: bool, holder: Holder, actor: Actor
) -> Written:
    """As `move`, and QuotaExceeded. Contents are not read: both nodes refer to one blob."""
    route = await _route(opened, way, holder)
    if recursive and under(way.target, way.source):
        raise Forbidden("A folder cannot be copied into itself.")
    found = await walk(opened, route.source, COPY_LIMIT if recursive else 0)
    copies = _copies(opened, found, route.parent.id, way.target[-1], actor)
    size = sum(node.size for node in copies)
    await space.require(opened, size, actor)
    rows = [metadata.seal_node(opened.keyring, node, opened.services.random) for node in copies]
    try:
        version = await opened.services.catalog.commit(
            _copy, actor, opened.version, rows, route, way.condition != ANY
        )
    except QuotaExceeded:  # others took the room meanwhile: make more, and try again
        await space.require(opened, size, actor)
        raise Conflict from None
    done = [replace(node, changed=version) for node in copies]
    if route.replaced is not None:
        opened.tree.bury(route.replaced.id, version)
    opened.committed(version, *done)
    return Written(done[0], created=route.replaced is None)


def _copies(
    opened: OpenedVault, found: list[tuple[Path, Node]], parent: NodeId, name: str, actor: Actor
) -> list[Node]:
    ids: dict[NodeId, NodeId] = {}
    copies = []
    for path, node in found:
        ids[node.id] = NodeId(new_id(actor.at / 1000, opened.services.random))
        new_parent, new_name = (ids[node.parent], node.name) if path else (parent, name)
        copies.append(
            replace(
                node,
                id=ids[node.id],
                parent=new_parent,
                name=new_name,
                name_index=opened.keyring.name_index(new_parent, new_name),
                created_at=actor.at,
                origin=None,
            )
        )
    return copies


def _copy(
    actor: Actor, seen: int, rows: list[NodeRow], route: _Route, conditional: bool
) -> Unit[int]:
    change = yield from changes.begin(actor, seen, within=True)
    source, replaced, gone = route.source, route.replaced, route.gone
    if conditional:
        yield from nodes.need_unchanged(actor.vault, source.id, source.changed)
    yield from nodes.need_blobs(row.blob for row in rows if row.blob is not None)
    entries = [Entry("copy", rows[0].id, {"nodes": len(rows)})]
    if replaced is not None:
        if replaced.is_folder or gone:
            change.protect()
        yield from trash_row(actor, replaced, change.version)
        yield from locking.release(actor.vault, gone)
        entries.append(Entry("delete", replaced.id))
    for row in rows:
        change.spend(row.size)
        yield from nodes.insert_node(actor.vault, replace(row, changed=change.version))
    return (yield from changes.finish(change, *entries))


async def delete(
    opened: OpenedVault, path: Path, holder: Holder, condition: Precondition, actor: Actor
) -> None:
    """To the trash. Raises NodeNotFound, Forbidden for the root, PreconditionFailed, Locked."""
    node = await find(opened, path)
    if node is None:
        raise NodeNotFound
    if not path:
        raise Forbidden("The vault itself cannot be deleted here.")
    if not condition.holds(node):
        raise PreconditionFailed
    locking.check_place(opened, path, holder)
    gone = _locks_of(opened, path)
    version = await opened.services.catalog.commit(_delete, actor, opened.version, node, gone)
    opened.tree.bury(node.id, version)
    opened.committed(version)
    if gone:
        await opened.load_locks()


def _delete(actor: Actor, seen: int, node: Node, gone: list[Lock]) -> Unit[int]:
    change = yield from changes.begin(actor, seen, within=True)
    if node.is_folder or gone:
        change.protect()
    yield from trash_row(actor, node, change.version)
    yield from locking.release(actor.vault, gone)
    return (yield from changes.finish(change, Entry("delete", node.id)))


async def walk(opened: OpenedVault, top: Node, limit: int) -> list[tuple[Path, Node]]:
    """The node and, unless `limit` is 0, everything below it, parents first; paths from `top`.

    Raises TooLarge if that is more than `limit` nodes.
    """
    found: list[tuple[Path, Node]] = [((), top)]
    if not limit or not top.is_folder:
        return found
    for path, node in found:
        if not node.is_folder:
            continue
        found += [((*path, child.name), child) for child in await opened.children(node)]
        if len(found) > limit:
            raise TooLarge(f"That is more than {limit} documents and folders at once.")
    return found
