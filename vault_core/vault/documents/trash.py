"""Undoing: the trash, and a document's earlier versions."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

from vault_core.api import Buffer
from vault_core.errors import Conflict, CorruptCiphertext, IssuedContent, NodeNotFound
from vault_core.store import changes, nodes
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import ROOT, BlobId, NodeId
from vault_core.store.nodes import NodeRow
from vault_core.vault.documents import content, space
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.documents.writing import replace_content
from vault_core.vault.nodes import metadata
from vault_core.vault.nodes.names import numbered
from vault_core.vault.nodes.node import Node, Version

log = logging.getLogger(__name__)


async def trashed(opened: OpenedVault) -> list[Node]:
    """What was deleted, newest first; of a folder only itself."""
    found = []
    for row in await nodes.trashed(opened.services.catalog, opened.id):
        try:
            found.append(metadata.open_node(opened.keyring, NodeRow(*row)))
        except CorruptCiphertext:
            log.error("vault %s: node %s in the trash is damaged", opened.id.hex(), row[0].hex())
            continue
    return found


async def _deleted(opened: OpenedVault, node: NodeId) -> Node:
    row = await nodes.by_id(opened.services.catalog, opened.id, node)
    if row is None or row.trashed_at is None:
        raise NodeNotFound("It is not in the trash any more.")
    return metadata.open_node(opened.keyring, row)


async def restore(opened: OpenedVault, node: NodeId, actor: Actor) -> Node:
    """Put it back where it was, or in the root if its folder is gone, under a free name.

    Raises NodeNotFound if it is not in the trash.
    """
    old = await _deleted(opened, node)
    parent = await opened.node(old.parent)
    if parent is None or await opened.path_of(parent) is None:
        parent = opened.tree.root
    name, number = old.name, 2
    while await opened.child(parent, name) is not None:
        name, number = numbered(old.name, number), number + 1
    back = replace(
        old,
        parent=parent.id,
        name=name,
        name_index=opened.keyring.name_index(parent.id, name),
        trashed_at=None,
    )
    row = metadata.seal_node(opened.keyring, back, opened.services.random)
    version = await opened.services.catalog.commit(
        _restore, actor, opened.version, row, old.changed
    )
    back = replace(back, changed=version)
    opened.committed(version, back)
    return back


def _restore(actor: Actor, seen: int, row: NodeRow, expected: int) -> Unit[int]:
    change = yield from changes.begin(actor, seen)
    change.protect()
    yield from nodes.update_node(actor.vault, replace(row, changed=change.version), expected)
    return (yield from changes.finish(change, Entry("restore", row.id)))


async def purge(opened: OpenedVault, node: NodeId, actor: Actor) -> None:
    """Destroy what is in the trash, for good. Raises NodeNotFound."""
    await _deleted(opened, node)
    garbage = await opened.services.catalog.commit(destroy, actor, node)
    await space.discard(opened, garbage)


def destroy(actor: Actor, node: NodeId) -> Unit[list[BlobId]]:
    """Raises Conflict if the node is not in the trash."""
    change = yield from changes.begin(actor)
    rows = yield (
        "SELECT 1 FROM nodes WHERE vault = ? AND id = ? AND trashed_at IS NOT NULL",
        (actor.vault, node),
    )
    if not rows or node == ROOT:
        raise Conflict
    change.destroyed()
    freed, garbage = yield from nodes.destroy(actor.vault, node)
    change.charge(-freed)
    yield from changes.finish(change, Entry("purge", node, {"bytes": freed}))
    return garbage


async def versions(opened: OpenedVault, node: Node) -> list[Version]:
    """A document's earlier contents, newest first. A damaged one is left out and reported."""
    found = []
    for row in await nodes.versions(opened.services.catalog, opened.id, node.id):
        try:
            old = metadata.open_version(opened.keyring, node, row)
        except CorruptCiphertext:
            log.error("vault %s: a version of %s is damaged", opened.id.hex(), node.id.hex())
            continue
        found.append(Version(row.number, row.size, old.modified_at, row.created_at, old))
    return found


async def _version(opened: OpenedVault, node: Node, number: int) -> Version:
    for version in await versions(opened, node):
        if version.number == number:
            return version
    raise NodeNotFound("That version is not kept any more.")


async def read_version(opened: OpenedVault, node: Node, number: int) -> AsyncIterator[Buffer]:
    """The content of an earlier version. Raises NodeNotFound, CorruptCiphertext."""
    version = await _version(opened, node, number)
    async for piece in content.read(opened.services, version.node, 0, None):
        yield piece


async def restore_version(opened: OpenedVault, node: Node, number: int, actor: Actor) -> Node:
    """Make an earlier content the present one; the present one becomes a version.

    Raises NodeNotFound, IssuedContent, QuotaExceeded.
    """
    if node.origin is not None:
        raise IssuedContent
    version = await _version(opened, node, number)
    again = replace(
        node,
        size=version.size,
        media_type=version.node.media_type,
        modified_at=actor.at,
        content=version.node.content,
        sha256=version.node.sha256,
    )
    return (await replace_content(opened, again, node, None, actor)).node
