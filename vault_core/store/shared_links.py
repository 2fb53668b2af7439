"""Rows of shared links and of the visits through them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType, get_args

from vault_core.crypto.links import LinkKind
from vault_core.store import sound
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import NodeId, VaultId
from vault_core.store.sound import Damaged

LinkId = NewType("LinkId", bytes)
COLUMNS = (
    "id, vault, kind, node, lookup, parameters, payload, sealed, shown, created_at, expires_at,"
    " ended_at, most, used, most_bytes, bytes, failures, wait_until"
)
_L_COLUMNS = ", ".join(f"l.{name}" for name in COLUMNS.split(", "))
_LIVING = (
    f"SELECT {_L_COLUMNS} FROM shared_links l"  # noqa: S608 -- constants only
    # No join: while there are few links, PostgreSQL would go through all persons in their order.
    " WHERE (SELECT p.suspended_at IS NULL FROM persons p WHERE p.id = l.vault) AND "
)


@dataclass(frozen=True, slots=True)
class LinkRow:
    """One row of `shared_links`; times in milliseconds since the epoch."""

    id: LinkId
    vault: VaultId
    kind: LinkKind
    node: NodeId
    lookup: bytes
    parameters: str
    payload: bytes
    sealed: bytes
    shown: int
    created_at: int
    expires_at: int | None
    ended_at: int | None = None
    most: int | None = None
    used: int = 0
    most_bytes: int | None = None
    bytes: int = 0
    failures: int = 0
    wait_until: int = 0

    def __post_init__(self) -> None:
        sound.words({self.kind: get_args(LinkKind)})
        sound.times(self.created_at, self.expires_at, self.ended_at)


@dataclass(frozen=True, slots=True)
class VisitRow:
    """One row of `link_visits`."""

    lookup: bytes
    link: LinkId
    wrapped: bytes
    expires_at: int


async def by_lookup(catalog: Catalog, lookup: bytes) -> LinkRow | None:
    """The link that a secret finds, ended or not, of a person who is not suspended."""
    row = await catalog.point(f"{_LIVING} l.lookup = ?", (lookup,))
    return LinkRow(*row) if row else None


async def by_id(catalog: Catalog, link: LinkId) -> LinkRow | None:
    """The same, by its id."""
    row = await catalog.point(f"{_LIVING} l.id = ?", (link,))
    return LinkRow(*row) if row else None


async def is_paused(catalog: Catalog, lookup: bytes) -> bool:
    """Whether that secret finds a link of somebody who is suspended."""
    row = await catalog.point(
        "SELECT 1 FROM shared_links l JOIN persons p ON p.id = l.vault"
        " WHERE l.lookup = ? AND p.suspended_at IS NOT NULL",
        (lookup,),
    )
    return row is not None


async def by_vault(catalog: Catalog, vault: VaultId) -> list[LinkRow | Damaged]:
    """All links of a vault, newest first."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM shared_links WHERE vault = ?"  # noqa: S608
        " ORDER BY created_at DESC, id DESC LIMIT 1000",
        (vault,),
    )
    return sound.each(LinkRow, rows)


async def stale_shares(catalog: Catalog, vault: VaultId, version: int, at: int) -> list[LinkRow]:
    """Live shares whose payload shows an older version of the vault; no damaged ones."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM shared_links"  # noqa: S608
        " WHERE vault = ? AND kind = 'share' AND shown < ? AND ended_at IS NULL"
        " AND (expires_at IS NULL OR expires_at > ?)",
        (vault, version, at),
    )
    return [row for row in sound.each(LinkRow, rows) if isinstance(row, LinkRow)]


async def visit(catalog: Catalog, lookup: bytes) -> VisitRow | None:
    """The visit that a token finds."""
    row = await catalog.point(
        "SELECT lookup, link, wrapped, expires_at FROM link_visits WHERE lookup = ?", (lookup,)
    )
    return VisitRow(*row) if row else None


async def lies_under(catalog: Catalog, vault: VaultId, node: NodeId, top: NodeId) -> bytes | None:
    """The id of the node's blob (b"" where it has none), if it is live and is or is below `top`.

    It asks the plain columns, so that what was deleted or moved away is closed at once.
    """
    rows = await catalog.fetch(
        "WITH RECURSIVE above (id, parent, blob, depth) AS"
        " (SELECT id, parent, blob, 0 FROM nodes"
        "  WHERE vault = ? AND id = ? AND trashed_at IS NULL"
        "  UNION ALL SELECT n.id, n.parent, n.blob, a.depth + 1 FROM nodes n"
        "  JOIN above a ON n.id = a.parent"
        "  WHERE n.vault = ? AND n.trashed_at IS NULL AND n.id <> n.parent AND a.depth < 300)"
        " SELECT id, parent, blob, depth FROM above ORDER BY depth",
        (vault, node, vault),
    )
    if not rows:
        return None
    chain = [row[0] for row in rows]
    whole = bytes(16) in (rows[-1][0], rows[-1][1])  # nothing on the way is in the trash
    if not whole or (top not in chain and top != bytes(16)):
        return None
    return rows[0][2] or b""


async def live_under(catalog: Catalog, vault: VaultId, top: NodeId) -> dict[bytes, bytes]:
    """Ids of the live nodes from `top` down, and of their blobs (b"" where there is none)."""
    rows = await catalog.fetch(
        "WITH RECURSIVE below (id, blob) AS"
        " (SELECT id, blob FROM nodes WHERE vault = ? AND id = ? AND trashed_at IS NULL"
        "  UNION ALL SELECT n.id, n.blob FROM nodes n JOIN below b ON n.parent = b.id"
        "  WHERE n.vault = ? AND n.trashed_at IS NULL)"
        " SELECT id, blob FROM below",
        (vault, top, vault),
    )
    return {row[0]: row[1] or b"" for row in rows}


def insert(row: LinkRow) -> Unit[None]:
    """Note a link."""
    yield (
        f"INSERT INTO shared_links ({COLUMNS})"  # noqa: S608
        f" VALUES ({', '.join('?' * 18)})",
        (
            row.id, row.vault, row.kind, row.node, row.lookup, row.parameters, row.payload,
            row.sealed, row.shown, row.created_at, row.expires_at, row.ended_at, row.most,
            row.used, row.most_bytes, row.bytes, row.failures, row.wait_until,
        ),
    )  # fmt: skip


def end(vault: VaultId, link: LinkId, at: int) -> Unit[bool]:
    """Close a link for good: what it opened is gone, and so are its visits. False: it was."""
    rows = yield (
        "UPDATE shared_links SET ended_at = ?, payload = ?"
        " WHERE vault = ? AND id = ? AND ended_at IS NULL RETURNING id",
        (at, b"", vault, link),
    )
    yield from _forget_visits(link)
    return bool(rows)


def show(link: LinkId, payload: bytes, version: int) -> Unit[None]:
    """Let a live link open something newer."""
    yield (
        "UPDATE shared_links SET payload = ?, shown = ?"
        " WHERE id = ? AND shown < ? AND ended_at IS NULL",
        (payload, version, link, version),
    )


def try_pin(link: LinkId, at: int, most: int) -> Unit[bool]:
    """Count an attempt before it is made; whether it may be made now.

    It is neither right nor wrong until `pin_was_right` or `pin_was_wrong` says so: where many come
    at once, those who are being looked at are no failures of one who mistyped.
    """
    rows = yield (
        "UPDATE shared_links SET trying = trying + 1"
        " WHERE id = ? AND failures + trying < ? AND wait_until <= ? AND ended_at IS NULL"
        " RETURNING trying",
        (link, most, at),
    )
    return bool(rows)


def pin_was_right(link: LinkId) -> Unit[None]:
    """Take back what `try_pin` counted."""
    yield ("UPDATE shared_links SET trying = trying - 1 WHERE id = ? AND trying > 0", (link,))


def pin_was_wrong(link: LinkId) -> Unit[int]:
    """How many were wrong so far, this one too."""
    rows = yield (
        "UPDATE shared_links SET trying = trying - 1, failures = failures + 1"
        " WHERE id = ? AND trying > 0 RETURNING failures",
        (link,),
    )
    return int(rows[0][0]) if rows else 0


def let_wait(link: LinkId, until: int) -> Unit[None]:
    """No PIN is looked at before that time."""
    yield ("UPDATE shared_links SET wait_until = ? WHERE id = ?", (until, link))


def insert_visit(row: VisitRow) -> Unit[None]:
    """Note a visit."""
    yield (
        "INSERT INTO link_visits (lookup, link, wrapped, expires_at) VALUES (?, ?, ?, ?)",
        (row.lookup, row.link, row.wrapped, row.expires_at),
    )


def use_once(visit_lookup: bytes, what: bytes) -> Unit[bool]:
    """Whether this visit takes `what` for the first time."""
    rows = yield (
        "INSERT INTO link_uses (visit, what) VALUES (?, ?)"
        " ON CONFLICT (visit, what) DO NOTHING RETURNING visit",
        (visit_lookup, what),
    )
    return bool(rows)


def spend(link: LinkId, at: int, uses: int, size: int) -> Unit[bool]:
    """Count uses and bytes; False, and nothing counted, if the link does not allow them now."""
    rows = yield (
        "UPDATE shared_links SET used = used + ?, bytes = bytes + ?"
        " WHERE id = ? AND ended_at IS NULL AND (expires_at IS NULL OR expires_at > ?)"
        " AND (most IS NULL OR used + ? <= most)"
        " AND (most_bytes IS NULL OR bytes + ? <= most_bytes) RETURNING used",
        (uses, size, link, at, uses, size),
    )
    return bool(rows)


def forget(at: int) -> Unit[None]:
    """Forget visits that are over, and what expired links opened."""
    yield (
        "DELETE FROM link_uses WHERE visit IN"
        " (SELECT lookup FROM link_visits WHERE expires_at <= ?)",
        (at,),
    )
    yield ("DELETE FROM link_visits WHERE expires_at <= ?", (at,))
    yield (
        "UPDATE shared_links SET payload = ? WHERE expires_at <= ? AND payload <> ?",
        (b"", at, b""),
    )


def _forget_visits(link: LinkId) -> Unit[None]:
    yield (
        "DELETE FROM link_uses WHERE visit IN (SELECT lookup FROM link_visits WHERE link = ?)",
        (link,),
    )
    yield ("DELETE FROM link_visits WHERE link = ?", (link,))
