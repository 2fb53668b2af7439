"""Sums over the whole catalog: for whoever runs the institution. Counts only."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store.catalog import Catalog


@dataclass(frozen=True, slots=True)
class Sums:
    """How many, and how many bytes."""

    persons: int
    suspended: int
    closing: int
    never_opened: int
    """Vaults that only their activation code opens."""
    used: int
    quota: int
    delivered: int
    waiting: int
    reviews: int
    unfinished: int


@dataclass(frozen=True, slots=True)
class Meters:
    """Blobs in the catalog and in the store, and which of them something is wrong with."""

    inline: int
    inline_bytes: int
    stored: int
    stored_bytes: int
    documents: int
    versions: int
    trashed: int
    orphans: int
    """Rows of blobs that belong to no document, delivery or upload."""
    lacking: int
    """Blobs that documents name and the catalog does not have."""


async def of_institution(catalog: Catalog) -> Sums:
    """Everybody and everything."""
    rows = await catalog.fetch(
        "SELECT (SELECT COUNT(*) FROM persons),"
        " (SELECT COUNT(*) FROM persons WHERE suspended_at IS NOT NULL),"
        " (SELECT COUNT(*) FROM closings),"
        " (SELECT COUNT(*) FROM persons p WHERE NOT EXISTS (SELECT 1 FROM slots s"
        "  WHERE s.vault = p.id AND s.kind <> 'activation')),"
        " (SELECT COALESCE(SUM(used), 0) FROM vaults),"
        " (SELECT COALESCE(SUM(quota), 0) FROM vaults),"
        " (SELECT COUNT(*) FROM deliveries),"
        " (SELECT COUNT(*) FROM deliveries WHERE accepted_at IS NULL),"
        " (SELECT COUNT(*) FROM reviews WHERE state = 'open'),"
        " (SELECT COUNT(*) FROM batches WHERE ended_at IS NULL)"
    )
    return Sums(*(int(value) for value in rows[0]))


async def of_storage(catalog: Catalog) -> Meters:
    """Of all vaults; it reads every row of blobs, so ask it when somebody looks."""
    rows = await catalog.fetch(
        "SELECT COUNT(data), COALESCE(SUM(CASE WHEN data IS NULL THEN 0 ELSE size END), 0),"
        " COUNT(*) - COUNT(data), COALESCE(SUM(CASE WHEN data IS NULL THEN size ELSE 0 END), 0)"
        " FROM blobs"
    )
    nodes = await catalog.fetch(_WHOLE)
    return Meters(*(int(value) for value in (*rows[0], *nodes[0])))


_REFERENCED = (
    "SELECT blob FROM nodes WHERE blob IS NOT NULL"
    " UNION SELECT blob FROM versions WHERE blob IS NOT NULL"
    " UNION SELECT blob FROM deliveries WHERE accepted_at IS NULL"
    " UNION SELECT blob FROM upload_parts"
)
# NOT EXISTS and never NOT IN: PostgreSQL would look through all of the list for each blob.
_ORPHAN = (
    " NOT EXISTS (SELECT 1 FROM nodes n WHERE n.blob = b.id)"
    " AND NOT EXISTS (SELECT 1 FROM versions v WHERE v.blob = b.id)"
    " AND NOT EXISTS (SELECT 1 FROM deliveries d WHERE d.blob = b.id AND d.accepted_at IS NULL)"
    " AND NOT EXISTS (SELECT 1 FROM upload_parts u WHERE u.blob = b.id)"
)
_WHOLE = (
    "SELECT (SELECT COUNT(*) FROM nodes WHERE kind = 1 AND trashed_at IS NULL),"  # noqa: S608
    " (SELECT COUNT(*) FROM versions),"
    " (SELECT COUNT(*) FROM nodes WHERE trashed_at IS NOT NULL),"
    f" (SELECT COUNT(*) FROM blobs b WHERE{_ORPHAN}),"
    f" (SELECT COUNT(*) FROM ({_REFERENCED}) r WHERE NOT EXISTS"
    "  (SELECT 1 FROM blobs b WHERE b.id = r.blob))"
)
