"""Making folders, writing documents, describing nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace

from vault_core.api import Buffer
from vault_core.errors import (
    Conflict,
    IsAFolder,
    IssuedContent,
    NodeExists,
    NodeNotFound,
    NotAFolder,
    ParentNotFound,
    PreconditionFailed,
    QuotaExceeded,
)
from vault_core.store import changes, nodes
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Change, Entry
from vault_core.store.ids import BlobId, NodeId, new_id
from vault_core.store.nodes import NewBlob, NodeRow, VersionRow
from vault_core.vault.documents import content, locking, space
from vault_core.vault.documents.content import Stored
from vault_core.vault.documents.locking import Holder
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.nodes import media_types, metadata
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node, Precondition, Written

Settling = Callable[[Change, NodeId], Unit[None]]
"""Part of the unit that commits a document: what else becomes true in the same moment."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What a client says of the content it sends; None and "" where it says nothing."""

    chunks: AsyncIterator[Buffer]
    size: int | None = None
    media_type: str = ""
    modified_at: int | None = None


@dataclass(frozen=True, slots=True)
class Description:
    """What becomes of a node's properties and times (ms); None removes a property, keeps a time."""

    properties: Mapping[str, str | None]
    modified_at: int | None = None
    created_at: int | None = None


async def find(opened: OpenedVault, path: Path) -> Node | None:
    """The live node at the path."""
    node = opened.tree.root
    for name in path:
        if not node.is_folder:
            return None
        child = await opened.child(node, name)
        if child is None:
            return None
        node = child
    return node


async def parent_of(opened: OpenedVault, path: Path) -> Node:
    """The folder that holds, or would hold, `path`. Raises ParentNotFound or NotAFolder."""
    parent = await find(opened, path[:-1])
    if parent is None:
        raise ParentNotFound
    if not parent.is_folder:
        raise NotAFolder
    return parent


async def check_write(
    opened: OpenedVault, path: Path, holder: Holder, condition: Precondition
) -> tuple[Node, Node | None]:
    """The parent and the present node of a document that may be written; see `write`."""
    if not path:
        raise IsAFolder
    parent = await parent_of(opened, path)
    node = await opened.child(parent, path[-1])
    if not condition.holds(node):
        raise PreconditionFailed
    if node is None:
        locking.check_place(opened, path, holder)
    else:
        _check_replaceable(node)
        locking.check_content(opened, path, holder)
    return parent, node


def _check_replaceable(node: Node) -> None:
    if node.is_folder:
        raise IsAFolder
    if node.origin is not None:
        raise IssuedContent


async def receive(opened: OpenedVault, upload: Upload, actor: Actor) -> Stored:
    """Take the content in; nothing refers to it yet. Raises as `content.store` does."""
    limit = await space.require(opened, upload.size or 0, actor)
    return await content.store(opened, upload.chunks, upload.size, limit)


async def place(
    opened: OpenedVault,
    path: Path,
    stored: Stored,
    upload: Upload,
    holder: Holder,
    condition: Precondition,
    actor: Actor,
    settle: Settling | None = None,
) -> Written:
    """Let the path show the stored content. Raises Conflict where it is worth another try."""
    parent, old = await check_write(opened, path, holder, condition)
    name = path[-1]
    media_type = upload.media_type or media_types.guess(name, stored.start)
    modified = actor.at if upload.modified_at is None else upload.modified_at
    if old is None:
        node = Node(
            NodeId(new_id(actor.at / 1000, opened.services.random)), parent.id, name, False,
            stored.size, media_type, actor.at, modified, 0,
            opened.keyring.name_index(parent.id, name), stored.content, stored.sha256,
        )  # fmt: skip
    else:
        node = replace(
            old, size=stored.size, media_type=media_type, modified_at=modified,
            content=stored.content, sha256=stored.sha256, deposit=None,
        )  # fmt: skip
    return await replace_content(opened, node, old, stored.blob, actor, settle)


async def replace_content(
    opened: OpenedVault,
    node: Node,
    old: Node | None,
    blob: NewBlob | None,
    actor: Actor,
    settle: Settling | None = None,
) -> Written:
    """Commit a document that is new, or whose content is; the old content becomes a version."""
    services, seen = opened.services, opened.version
    row = metadata.seal_node(opened.keyring, node, services.random)
    version = None
    if old is not None and old.size and services.limits.versions:
        version = metadata.seal_version(opened.keyring, old, 0, actor.at, services.random)
    try:
        if old is None:
            number = await services.catalog.commit(create, actor, seen, row, blob, settle=settle)
            garbage: list[BlobId] = []
        else:
            number, garbage = await services.catalog.commit(
                _replace, actor, seen, row, blob, old.changed, version, services.limits.versions,
                settle,
            )  # fmt: skip
    except QuotaExceeded:
        await space.require(opened, node.size, actor)
        raise Conflict from None
    node = replace(node, changed=number)
    opened.committed(number, node)
    await space.discard(opened, garbage)
    return Written(node, created=old is None)


def create(
    actor: Actor,
    seen: int,
    row: NodeRow,
    blob: NewBlob | None,
    verb: str = "create",
    settle: Settling | None = None,
) -> Unit[int]:
    """A new node. Raises Conflict if its name is taken, QuotaExceeded."""
    change = yield from changes.begin(actor, seen, within=settle is None)
    if settle is not None:
        yield from settle(change, row.id)
    change.spend(row.size)
    if blob is not None:
        yield from nodes.insert_blob(actor.vault, blob, actor.at)
    yield from nodes.insert_node(actor.vault, replace(row, changed=change.version))
    return (yield from changes.finish(change, Entry(verb, row.id, {"bytes": row.size})))


def _replace(
    actor: Actor,
    seen: int,
    row: NodeRow,
    blob: NewBlob | None,
    expected: int,
    version: VersionRow | None,
    keep: int,
    settle: Settling | None,
) -> Unit[tuple[int, list[BlobId]]]:
    change = yield from changes.begin(actor, seen, within=settle is None)
    if settle is not None:
        yield from settle(change, row.id)
    before: list[tuple[int, BlobId | None]] = yield (
        "SELECT size, blob FROM nodes WHERE vault = ? AND id = ?",
        (actor.vault, row.id),
    )
    if not before:
        raise Conflict
    change.spend(row.size)
    if blob is not None:
        yield from nodes.insert_blob(actor.vault, blob, actor.at)
    elif row.blob is not None:  # an earlier version's
        yield from nodes.need_blobs([row.blob])
    yield from nodes.update_node(actor.vault, replace(row, changed=change.version), expected)
    garbage: list[BlobId] = []
    if version is not None:
        yield from nodes.insert_version(actor.vault, replace(version, number=change.version))
        surplus = yield from nodes.surplus_versions(actor.vault, row.id, keep)
        freed, garbage = yield from nodes.delete_versions(actor.vault, row.id, surplus)
        change.charge(-freed)
    else:
        change.charge(-before[0][0])
        garbage = yield from nodes.release_blob(before[0][1])
    entry = Entry("replace", row.id, {"bytes": row.size})
    return (yield from changes.finish(change, entry)), garbage


async def make_folder(opened: OpenedVault, path: Path, holder: Holder, actor: Actor) -> Node:
    """Raises NodeExists, ParentNotFound, NotAFolder, Locked."""
    if not path:
        raise NodeExists
    parent = await parent_of(opened, path)
    if await opened.child(parent, path[-1]) is not None:
        raise NodeExists
    locking.check_place(opened, path, holder)
    node = new_folder(opened, parent.id, path[-1], actor)
    seen, tree = opened.version, opened.tree
    row = metadata.seal_node(opened.keyring, node, opened.services.random)
    version = await opened.services.catalog.commit(create, actor, seen, row, None)
    node = replace(node, changed=version)
    opened.committed(version, node)
    tree.complete(node.id, ())  # nobody can have put anything into it before
    return node


def new_folder(opened: OpenedVault, parent: NodeId, name: str, actor: Actor) -> Node:
    """A folder that is not stored yet."""
    return Node(
        NodeId(new_id(actor.at / 1000, opened.services.random)), parent, name, True,
        0, "", actor.at, actor.at, 0, opened.keyring.name_index(parent, name), None, None,
    )  # fmt: skip


async def describe(
    opened: OpenedVault,
    path: Path,
    said: Description,
    condition: Precondition,
    holder: Holder,
    actor: Actor,
) -> Node:
    """Set dead properties and times, all or none."""
    old = await find(opened, path)
    if old is None:
        raise NodeNotFound
    if not condition.holds(old):
        raise PreconditionFailed
    locking.check_content(opened, path, holder)
    merged = {**old.properties, **said.properties}
    node = replace(
        old,
        properties={name: value for name, value in merged.items() if value is not None},
        modified_at=old.modified_at if said.modified_at is None else said.modified_at,
        created_at=old.created_at if said.created_at is None else said.created_at,
    )
    row = metadata.seal_node(opened.keyring, node, opened.services.random)
    is_new = not path and old.changed == 0
    version = await opened.services.catalog.commit(
        _describe, actor, opened.version, row, None if is_new else old.changed
    )
    node = replace(node, changed=version)
    opened.committed(version, node)
    return node


def _describe(actor: Actor, seen: int, row: NodeRow, expected: int | None) -> Unit[int]:
    change = yield from changes.begin(actor, seen, within=True)
    row = replace(row, changed=change.version)
    if expected is None:
        yield from nodes.insert_node(actor.vault, row)
    else:
        yield from nodes.update_node(actor.vault, row, expected)
    return (yield from changes.finish(change, Entry("describe", row.id)))
