"""Sums over the whole catalog: for whoever runs the institution. Counts only.

They are counted when somebody asks, while the institution is small. With more than LIVE persons
counting takes seconds, of blobs minutes; then one worker of all nodes counts from time to time, and
who asks is told what it found and when.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from typing import Any, Final, Generic, TypeVar

from vault_core.store.catalog import Catalog, Unit

LIVE: Final = 20_000
"""Persons up to whom everything is counted anew for everybody who asks."""
OF_INSTITUTION_MS: Final = 600_000
OF_STORAGE_MS: Final = 86_400_000
"""How old kept sums become before they are counted again."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Counted(Generic[T]):
    """Sums, and when (ms) they were counted; None: just now."""

    sums: T
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """How many, and how many bytes."""

    persons: int
    vaults: int
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


async def of_institution(catalog: Catalog) -> Counted[Sums]:
    """Everybody and everything."""
    return await _known(catalog, "sums", Sums, _institution)


async def of_storage(catalog: Catalog) -> Counted[Meters]:
    """Of all vaults."""
    return await _known(catalog, "meters", Meters, _storage)


async def keep(catalog: Catalog, now: int) -> None:
    """Count again what is kept and has become old, unless another worker is about to."""
    if not await is_small(catalog):
        await _keep(catalog, "sums", _institution, now, now - OF_INSTITUTION_MS)
        await _keep(catalog, "meters", _storage, now, now - OF_STORAGE_MS)


async def is_small(catalog: Catalog) -> bool:
    """Whether counting persons takes no time that anybody notices."""
    return not await catalog.fetch(
        "SELECT id FROM persons WHERE id > ? ORDER BY id LIMIT 1 OFFSET ?", (b"", LIVE)
    )


async def _known(
    catalog: Catalog, name: str, kind: Callable[..., T], count: Callable[[Catalog], Awaitable[T]]
) -> Counted[T]:
    row = await catalog.point("SELECT value FROM settings WHERE name = ?", (name,))
    kept = json.loads(row[0]) if row is not None else None
    if not kept or not kept["sums"] or await is_small(catalog):
        return Counted(await count(catalog))
    return Counted(kind(**kept["sums"]), kept["at"])


async def _keep(
    catalog: Catalog, name: str, count: Callable[[Catalog], Awaitable[Sums | Meters]], now: int,
    before: int,
) -> None:  # fmt: skip
    if await catalog.commit(_claim, name, now, before):
        found = asdict(await count(catalog))
        await catalog.commit(_note, name, {"at": now, "claimed": now, "sums": found})


def _claim(name: str, now: int, before: int) -> Unit[bool]:
    """Whether it is this worker's to count: one in all that time, whether or not it succeeds."""
    rows = yield ("SELECT value FROM settings WHERE name = ?", (name,))
    kept: dict[str, Any] = json.loads(rows[0][0]) if rows else {"at": 0, "claimed": 0, "sums": None}
    if kept["claimed"] > before:
        return False
    yield from _note(name, {**kept, "claimed": now})
    return True


def _note(name: str, kept: dict[str, object]) -> Unit[None]:
    yield (
        "INSERT INTO settings (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, json.dumps(kept)),
    )


async def _institution(catalog: Catalog) -> Sums:
    rows = await catalog.fetch(
        "SELECT (SELECT COUNT(*) FROM persons), (SELECT COUNT(*) FROM vaults),"
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


async def _storage(catalog: Catalog) -> Meters:
    rows = await catalog.fetch(
        "SELECT COUNT(data), COALESCE(SUM(CASE WHEN data IS NULL THEN 0 ELSE size END), 0),"
        " COUNT(*) - COUNT(data), COALESCE(SUM(CASE WHEN data IS NULL THEN size ELSE 0 END), 0)"
        " FROM blobs"
    )
    others = [(await catalog.fetch(sql))[0] for sql in _COUNTS]  # each in time for its time-out
    return Meters(*(int(value) for value in (*rows[0], *(row[0] for row in others))))


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
_COUNTS = (
    "SELECT COUNT(*) FROM nodes WHERE kind = 1 AND trashed_at IS NULL",
    "SELECT COUNT(*) FROM versions",
    "SELECT COUNT(*) FROM nodes WHERE trashed_at IS NOT NULL",
    f"SELECT COUNT(*) FROM blobs b WHERE{_ORPHAN}",  # noqa: S608 -- constants above
    f"SELECT COUNT(*) FROM ({_REFERENCED}) r WHERE NOT EXISTS"  # noqa: S608
    " (SELECT 1 FROM blobs b WHERE b.id = r.blob)",
)
