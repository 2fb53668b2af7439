"""Rows of nodes, their earlier versions and their blobs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from vault_core.errors import Conflict
from vault_core.store import many
from vault_core.store.catalog import Catalog, Later, Row, Unit
from vault_core.store.ids import BlobId, NodeId, VaultId

COLUMNS = (
    "id, parent, name_index, kind, size, blob, changed, created_at, modified_at, trashed_at, sealed"
)
_NODES = f"INSERT INTO nodes ({COLUMNS}, vault)"
_BLOBS = "INSERT INTO blobs (id, vault, size, data, created_at)"
_NODE, _BLOB = f"{_NODES} VALUES ({', '.join('?' * 12)})", f"{_BLOBS} VALUES (?, ?, ?, ?, ?)"
_insert_nodes, _insert_blobs = partial(many.insert, _NODES), partial(many.insert, _BLOBS)
_TRASH = (
    "UPDATE nodes SET trashed_at = ?, changed = ?"
    " WHERE vault = ? AND id = ? AND changed = ? AND trashed_at IS NULL"
)
_TRASHED = (
    ("at", "BIGINT"), ("version", "BIGINT"), ("vault", "BLOB"),
    ("node", "BLOB"), ("expected", "BIGINT"),
)  # fmt: skip
CHANGED, TRASHED_AT = 6, 9
"""Where these stand among COLUMNS."""
FOLDER, DOCUMENT = 0, 1
FEW = 64
"""Rows that are read on the event loop's own connection."""
_AT_ONCE = 500
"""Ids that one statement names."""


@dataclass(frozen=True, slots=True)
class NodeRow:
    """One row of `nodes`, without its vault."""

    id: NodeId
    parent: NodeId
    name_index: bytes
    kind: int
    size: int
    blob: BlobId | None
    changed: int
    created_at: int
    modified_at: int
    trashed_at: int | None
    sealed: bytes


@dataclass(frozen=True, slots=True)
class NewBlob:
    """A blob about to be referenced; `data` None: it lies in the blob store already."""

    id: BlobId
    size: int
    data: bytes | None


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One earlier content of a document."""

    node: NodeId
    number: int
    size: int
    blob: BlobId | None
    created_at: int
    sealed: bytes


async def child(
    catalog: Catalog, vault: VaultId, parent: NodeId, name_index: bytes
) -> NodeRow | None:
    """The live node of that name in that folder."""
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM nodes"  # noqa: S608 -- constants only
        " WHERE vault = ? AND parent = ? AND name_index = ? AND trashed_at IS NULL",
        (vault, parent, name_index),
    )
    return NodeRow(*row) if row else None


async def by_id(catalog: Catalog, vault: VaultId, node: NodeId) -> NodeRow | None:
    """The node, live or in the trash."""
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM nodes WHERE vault = ? AND id = ?",  # noqa: S608
        (vault, node),
    )
    return NodeRow(*row) if row else None


async def children(catalog: Catalog, vault: VaultId, parent: NodeId) -> list[Row]:
    """The live nodes of a folder, as rows in the order of COLUMNS."""
    return await catalog.fetch(
        f"SELECT {COLUMNS} FROM nodes"  # noqa: S608
        " WHERE vault = ? AND parent = ? AND trashed_at IS NULL",
        (vault, parent),
    )


async def changed_since(catalog: Catalog, vault: VaultId, version: int) -> list[Row]:
    """Every node changed after `version`, live or in the trash, oldest change first.

    While devices write through several processes each of them asks this before every request,
    so the usual few rows are read without a thread hop.
    """
    sql = f"SELECT {COLUMNS} FROM nodes WHERE vault = ? AND changed > ? ORDER BY changed"  # noqa: S608
    rows = await catalog.few(f"{sql} LIMIT {FEW + 1}", (vault, version))
    return rows if len(rows) <= FEW else await catalog.fetch(sql, (vault, version))


async def trashed(catalog: Catalog, vault: VaultId) -> list[Row]:
    """The nodes that were deleted themselves, newest first."""
    return await catalog.fetch(
        f"SELECT {COLUMNS} FROM nodes"  # noqa: S608
        " WHERE vault = ? AND trashed_at IS NOT NULL ORDER BY trashed_at DESC, id",
        (vault,),
    )


async def versions(catalog: Catalog, vault: VaultId, node: NodeId) -> list[VersionRow]:
    """A document's earlier contents, newest first."""
    rows = await catalog.fetch(
        "SELECT node, number, size, blob, created_at, sealed FROM versions"
        " WHERE vault = ? AND node = ? ORDER BY number DESC",
        (vault, node),
    )
    return [VersionRow(*row) for row in rows]


async def blob_data(catalog: Catalog, blob: BlobId) -> bytes | None:
    """The ciphertext of a small blob; None if it lies in the blob store, or nowhere."""
    row = await catalog.point("SELECT data FROM blobs WHERE id = ?", (blob,))
    return row[0] if row else None


def _trash(rows: Sequence[Sequence[Any]]) -> tuple[str, Sequence[Any]]:
    values, parameters = many.named("n", _TRASHED, rows)
    return (
        f"{values} UPDATE nodes SET trashed_at = n.at, changed = n.version FROM n"  # noqa: S608
        " WHERE nodes.vault = n.vault AND nodes.id = n.node AND nodes.changed = n.expected"
        " AND nodes.trashed_at IS NULL",
        parameters,
    )


def insert_blob(vault: VaultId, blob: NewBlob, at: int) -> Unit[None]:
    """Note a blob; its reference follows in the same unit."""
    row = (blob.id, vault, blob.size, blob.data, at)
    yield Later(_BLOB, row, "blobs", _insert_blobs)


def insert_blobs(blobs: Sequence[tuple[VaultId, NewBlob, int]]) -> Unit[None]:
    """Note many, each with its vault and when."""
    yield many.insert(
        _BLOBS,
        [(blob.id, vault, blob.size, blob.data, at) for vault, blob, at in blobs],
    )


def need_blobs(blobs: Iterable[BlobId]) -> Unit[None]:
    """Part of a unit that refers to blobs once more, as they were seen before it began.

    Raises Conflict if one is gone: what referred to it was destroyed meanwhile.
    """
    wanted = sorted(set(blobs))
    for start in range(0, len(wanted), _AT_ONCE):
        some = wanted[start : start + _AT_ONCE]
        marks = ", ".join("?" * len(some))
        rows = yield (f"SELECT COUNT(*) FROM blobs WHERE id IN ({marks})", some)  # noqa: S608
        if rows[0][0] < len(some):
            raise Conflict


def need_unchanged(vault: VaultId, node: NodeId, expected: int) -> Unit[None]:
    """Part of a unit that a live node is still as it was seen; else Conflict."""
    rows = yield (
        "SELECT 1 FROM nodes WHERE vault = ? AND id = ? AND changed = ? AND trashed_at IS NULL",
        (vault, node, expected),
    )
    if not rows:
        raise Conflict


def insert_node(vault: VaultId, row: NodeRow) -> Unit[None]:
    """Raises Conflict if a live node of that name is in the folder."""
    values = (
        row.id, row.parent, row.name_index, row.kind, row.size, row.blob, row.changed,
        row.created_at, row.modified_at, row.trashed_at, row.sealed, vault,
    )  # fmt: skip
    yield Later(_NODE, values, "nodes", _insert_nodes)


def trash_node(vault: VaultId, node: NodeId, expected: int, at: int, version: int) -> Unit[None]:
    """Let the live node whose `changed` is still `expected` be in the trash; else Conflict."""
    rows = yield Later(_TRASH, (at, version, vault, node, expected), "nodes", _trash)
    if not rows:
        raise Conflict


def update_node(vault: VaultId, row: NodeRow, expected: int) -> Unit[None]:
    """Replace the row whose `changed` is still `expected`; else Conflict."""
    rows = yield (
        "UPDATE nodes SET parent = ?, name_index = ?, size = ?, blob = ?, changed = ?,"
        " modified_at = ?, created_at = ?, trashed_at = ?, sealed = ?"
        " WHERE vault = ? AND id = ? AND changed = ? RETURNING id",
        (
            row.parent, row.name_index, row.size, row.blob, row.changed,
            row.modified_at, row.created_at, row.trashed_at, row.sealed,
            vault, row.id, expected,
        ),
    )  # fmt: skip
    if not rows:
        raise Conflict


def insert_version(vault: VaultId, version: VersionRow) -> Unit[None]:
    """Keep a document's content that is being replaced."""
    yield (
        "INSERT INTO versions (vault, node, number, size, blob, created_at, sealed)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            vault, version.node, version.number, version.size,
            version.blob, version.created_at, version.sealed,
        ),
    )  # fmt: skip


def delete_versions(
    vault: VaultId, node: NodeId, numbers: Iterable[int]
) -> Unit[tuple[int, list[BlobId]]]:
    """Forget versions: bytes set free, and blobs to delete from the store after the commit."""
    freed, garbage = 0, []
    for number in numbers:
        rows = yield (
            "DELETE FROM versions WHERE vault = ? AND node = ? AND number = ? RETURNING size, blob",
            (vault, node, number),
        )
        for size, blob in rows:
            freed += size
            garbage += yield from release_blob(blob)
    return freed, garbage


def surplus_versions(vault: VaultId, node: NodeId, keep: int) -> Unit[list[int]]:
    """Numbers of the versions beyond the newest `keep`."""
    rows = yield (
        "SELECT number FROM versions WHERE vault = ? AND node = ?"
        " ORDER BY number DESC LIMIT 1000 OFFSET ?",
        (vault, node, keep),
    )
    return [row[0] for row in rows]


def release_blob(blob: BlobId | None) -> Unit[list[BlobId]]:
    """Drop a blob that nothing refers to any more; in the result if it lies in the store."""
    if blob is None:
        return []
    held: list[tuple[Any, ...]] = yield (
        "SELECT 1 FROM nodes WHERE blob = ? UNION ALL SELECT 1 FROM versions WHERE blob = ?"
        " UNION ALL SELECT 1 FROM deliveries WHERE blob = ? AND accepted_at IS NULL"
        " UNION ALL SELECT 1 FROM upload_parts WHERE blob = ? LIMIT 1",
        (blob, blob, blob, blob),
    )
    if held:
        return []
    rows = yield ("DELETE FROM blobs WHERE id = ? RETURNING data IS NULL", (blob,))
    return [blob] if rows and rows[0][0] else []


def subtree(vault: VaultId, top: NodeId) -> Unit[list[Row]]:
    """(id, blob, size) of the node and everything under it, whatever its depth."""
    return (
        yield (
            "WITH RECURSIVE below (id) AS"
            " (SELECT id FROM nodes WHERE vault = ? AND id = ? UNION ALL"
            " SELECT n.id FROM nodes n JOIN below b ON n.parent = b.id WHERE n.vault = ?)"
            " SELECT n.id, n.blob, n.size FROM nodes n JOIN below b ON n.id = b.id"
            " WHERE n.vault = ?",
            (vault, top, vault, vault),
        )
    )


def destroy(vault: VaultId, top: NodeId) -> Unit[tuple[int, list[BlobId]]]:
    """Remove a node, what it holds, and their versions: bytes freed, blobs to delete."""
    rows = yield from subtree(vault, top)
    freed, garbage = 0, []
    for node, blob, size in rows:
        numbers = yield from surplus_versions(vault, node, 0)
        older, more = yield from delete_versions(vault, node, numbers)
        yield ("DELETE FROM nodes WHERE vault = ? AND id = ?", (vault, node))
        garbage += more
        garbage += yield from release_blob(blob)
        freed += size + older
    return freed, garbage
