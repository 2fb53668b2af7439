"""Rows of deliveries: sealed blobs and envelopes waiting for their vault to be opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.errors import Conflict
from vault_core.store import many
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import BlobId, VaultId


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One row of `deliveries` that is not accepted yet."""

    id: bytes
    vault: VaultId
    issuer: str
    record_key: bytes
    size: int
    blob: BlobId
    envelope: bytes
    created_at: int


COLUMNS = "id, vault, issuer, record_key, size, blob, envelope, created_at"


async def waiting(catalog: Catalog, vault: VaultId) -> list[DeliveryRow]:
    """What was delivered and is no node yet, oldest first; there is hardly ever anything."""
    if (
        await catalog.point(
            "SELECT 1 FROM deliveries WHERE vault = ? AND accepted_at IS NULL LIMIT 1", (vault,)
        )
        is None
    ):
        return []
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM deliveries"  # noqa: S608 -- constants only
        " WHERE vault = ? AND accepted_at IS NULL ORDER BY created_at, id",
        (vault,),
    )
    return [DeliveryRow(*row) for row in rows]


async def known(catalog: Catalog, record_key: bytes) -> bool:
    """Whether this record was delivered before."""
    row = await catalog.point("SELECT 1 FROM deliveries WHERE record_key = ?", (record_key,))
    return row is not None


def insert(rows: Sequence[DeliveryRow]) -> Unit[None]:
    """Raises Conflict if one of the records was delivered before."""
    yield many.insert(
        f"INSERT INTO deliveries ({COLUMNS})",
        [
            (
                row.id, row.vault, row.issuer, row.record_key,
                row.size, row.blob, row.envelope, row.created_at,
            )
            for row in rows
        ],
    )  # fmt: skip


def accept(delivery: bytes, at: int) -> Unit[None]:
    """Mark it as a node now. Raises Conflict if another worker did."""
    rows = yield (
        "UPDATE deliveries SET accepted_at = ?, envelope = NULL"
        " WHERE id = ? AND accepted_at IS NULL RETURNING id",
        (at, delivery),
    )
    if not rows:
        raise Conflict
