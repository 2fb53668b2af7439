"""Rows of uploads that come in parts, and of the parts that came."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.errors import Conflict
from vault_core.store import nodes
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import BlobId, NodeId, VaultId
from vault_core.store.nodes import NewBlob

COLUMNS = "id, vault, length, received, holder, sealed, created_at, expires_at, node"


@dataclass(frozen=True, slots=True)
class UploadRow:
    """One row of `uploads`; times in milliseconds since the epoch."""

    id: bytes
    vault: VaultId
    length: int
    received: int
    holder: bytes
    sealed: bytes
    created_at: int
    expires_at: int
    node: NodeId | None = None


@dataclass(frozen=True, slots=True)
class PartRow:
    """One row of `upload_parts`, without its upload."""

    start: int
    size: int
    blob: BlobId
    sealed: bytes


async def find(catalog: Catalog, vault: VaultId, upload: bytes) -> UploadRow | None:
    """The upload of that id, if it is this vault's."""
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM uploads WHERE id = ? AND vault = ?",  # noqa: S608 -- constants only
        (upload, vault),
    )
    return UploadRow(*row) if row else None


async def unfinished(catalog: Catalog, vault: VaultId) -> int:
    """How many uploads of the vault are no documents yet."""
    row = await catalog.point(
        "SELECT COUNT(*) FROM uploads WHERE vault = ? AND node IS NULL", (vault,)
    )
    return int(row[0]) if row else 0


async def parts(catalog: Catalog, upload: bytes) -> list[PartRow]:
    """What came, in order."""
    rows = await catalog.fetch(
        "SELECT start, size, blob, sealed FROM upload_parts WHERE upload = ? ORDER BY start",
        (upload,),
    )
    return [PartRow(*row) for row in rows]


async def expired(catalog: Catalog, at: int) -> list[tuple[VaultId, bytes]]:
    """Vault and id of those whose time is over."""
    rows = await catalog.fetch(
        "SELECT vault, id FROM uploads WHERE expires_at <= ? LIMIT 10000", (at,)
    )
    return [(row[0], row[1]) for row in rows]


def insert(row: UploadRow) -> Unit[None]:
    """A new upload, of which nothing came yet."""
    yield (
        f"INSERT INTO uploads ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            row.id, row.vault, row.length, row.received, row.holder, row.sealed,
            row.created_at, row.expires_at, row.node,
        ),
    )  # fmt: skip


def hold(vault: VaultId, upload: bytes, holder: bytes) -> Unit[int | None]:
    """Take over: nobody else can append from now on. Bytes received; None if there is none."""
    rows = yield (
        "UPDATE uploads SET holder = ? WHERE id = ? AND vault = ? RETURNING received",
        (holder, upload, vault),
    )
    return rows[0][0] if rows else None


def append(row: UploadRow, part: PartRow, blob: NewBlob, at: int, expires_at: int) -> Unit[None]:
    """A part is there. Raises Conflict if somebody else holds the upload, or has moved it on."""
    rows = yield (
        "UPDATE uploads SET received = ?, expires_at = ?"
        " WHERE id = ? AND holder = ? AND received = ? AND node IS NULL RETURNING id",
        (part.start + part.size, expires_at, row.id, row.holder, part.start),
    )
    if not rows:
        raise Conflict
    yield from nodes.insert_blob(row.vault, blob, at)
    yield (
        "INSERT INTO upload_parts (upload, start, vault, size, blob, sealed)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (row.id, part.start, row.vault, part.size, part.blob, part.sealed),
    )


def become(upload: bytes, node: NodeId, expires_at: int) -> Unit[tuple[int, list[BlobId]]]:
    """It is this document now: the bytes that need not be kept free, and blobs to delete.

    Raises Conflict if it was one already, or was abandoned.
    """
    rows = yield (
        "UPDATE uploads SET node = ?, expires_at = ? WHERE id = ? AND node IS NULL"
        " RETURNING length",
        (node, expires_at, upload),
    )
    if not rows:
        raise Conflict
    return rows[0][0], (yield from drop_parts(upload))


def delete(vault: VaultId, upload: bytes) -> Unit[tuple[int, list[BlobId]] | None]:
    """Forget it: bytes that need not be kept free any more, and blobs to delete; None: no such."""
    rows = yield (
        "DELETE FROM uploads WHERE id = ? AND vault = ? RETURNING length, node",
        (upload, vault),
    )
    if not rows:
        return None
    length, node = rows[0]
    return 0 if node is not None else length, (yield from drop_parts(upload))


def drop_parts(upload: bytes) -> Unit[list[BlobId]]:
    """Forget the parts; blobs to delete from the store."""
    rows = yield ("DELETE FROM upload_parts WHERE upload = ? RETURNING blob", (upload,))
    garbage: list[BlobId] = []
    for (blob,) in rows:
        garbage += yield from nodes.release_blob(blob)
    return garbage
