"""Closing a vault for good: asked by its owner, done after a waiting time, undone until then.

The institution can ask for it too (persons/administering.py); then its owner is told on every page
and can take everything away, and only the institution can undo it.

At the end its key slots go, and in the same transaction every row that is only about it: with no
slot nothing opens what may be left of its blobs in backups. What issuers keep of the certificates
they delivered stays, sealed under each certificate's own code, so that copies on paper and
elsewhere can still be verified; and so do the acts of the institution's staff.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from vault_core.errors import Conflict, Forbidden
from vault_core.store import changes
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import BlobId, VaultId
from vault_core.vault.vault import Vault

DAY: Final = 86_400_000
_BLOBS: Final = (
    "vault = ? AND id IN (SELECT blob FROM nodes WHERE vault = ? AND blob IS NOT NULL"
    " UNION SELECT blob FROM versions WHERE vault = ? AND blob IS NOT NULL"
    " UNION SELECT blob FROM deliveries WHERE vault = ?"
    " UNION SELECT blob FROM upload_parts WHERE upload IN"
    " (SELECT id FROM uploads WHERE vault = ?))"
)
"""Those of a vault, by what names them: an index by vault would cost every document's write. A row
that nothing names is for `parchemin check --repair`, as ever."""
OWNED: Final = (
    ("blobs", _BLOBS),
    ("link_uses", "visit IN (SELECT lookup FROM link_visits WHERE link IN"
     " (SELECT id FROM shared_links WHERE vault = ?))"),
    ("link_visits", "link IN (SELECT id FROM shared_links WHERE vault = ?)"),
    ("shared_links", "vault = ?"),
    ("slots", "vault = ?"),
    ("factors", "person = ?"),
    ("sessions", "vault = ?"),
    ("links", "person = ?"),
    ("recoveries", "vault = ?"),
    ("trusted", "vault = ?"),
    ("trusted", "person = ?"),
    ("roles", "person = ?"),
    ("locks", "vault = ?"),
    ("deliveries", "vault = ?"),
    ("replies", "vault = ?"),
    ("upload_parts", "upload IN (SELECT id FROM uploads WHERE vault = ?)"),
    ("uploads", "vault = ?"),
    ("versions", "vault = ?"),
    ("nodes", "vault = ?"),
    ("contacts", "person = ?"),
    ("notices", "person = ?"),
    ("outbox", "target = ?"),
    ("feeds", "person = ?"),
    ("letters", "person = ?"),
    ("provisioned", "person = ?"),
    ("person_keys", "person = ?"),
    ("journal", "vault = ?"),
    ("closings", "vault = ?"),
    ("vaults", "id = ?"),
    ("persons", "id = ?"),
)  # fmt: skip
"""Tables, and which of their rows go with a vault; in an order that no reference hinders."""


@dataclass(frozen=True, slots=True)
class Closing:
    """When a vault closes (ms), and who of the institution asked for it; None: its owner."""

    ends_at: int
    asked_by: str | None


async def ask(vault: Vault, days: int) -> int:
    """Close it in so many days; when, in milliseconds. Asked again, the first time holds."""
    actor = vault.actor()
    ends_at: int = await vault.opened.services.catalog.commit(_ask, actor, actor.at + days * DAY)
    return ends_at


def _ask(actor: Actor, ends_at: int) -> Unit[int]:
    change = yield from changes.begin(actor)
    rows = yield ("SELECT ends_at FROM closings WHERE vault = ?", (actor.vault,))
    if rows:
        ends_at = rows[0][0]
    else:
        yield (
            "INSERT INTO closings (vault, asked_at, ends_at) VALUES (?, ?, ?)",
            (actor.vault, actor.at, ends_at),
        )
    yield from changes.finish(change, Entry("closing-asked", None, {"ends_at": ends_at}))
    return ends_at


async def cancel(vault: Vault) -> None:
    """Leave it open after all.

    Raises Conflict if nobody asked to close it, Forbidden if it was the institution.
    """
    await vault.opened.services.catalog.commit(_cancel, vault.actor())


def _cancel(actor: Actor) -> Unit[None]:
    change = yield from changes.begin(actor)
    rows = yield ("DELETE FROM closings WHERE vault = ? RETURNING asked_by", (actor.vault,))
    if not rows:
        raise Conflict("Nobody asked to close this vault.")
    if rows[0][0] is not None:
        raise Forbidden("The institution closes this vault: only the institution can undo it.")
    yield from changes.finish(change, Entry("closing-cancelled"))


async def ends_at(vault: Vault) -> int | None:
    """When the vault closes for good; None while nobody asked for that."""
    found = await asked(vault.opened.services.catalog, vault.id)
    return found.ends_at if found else None


async def asked(catalog: Catalog, vault: VaultId) -> Closing | None:
    """What was asked for; None while nobody did."""
    row = await catalog.point("SELECT ends_at, asked_by FROM closings WHERE vault = ?", (vault,))
    return Closing(row[0], row[1]) if row else None


async def due(catalog: Catalog, now: int) -> list[VaultId]:
    """Vaults whose waiting time is over."""
    rows = await catalog.fetch(
        "SELECT vault FROM closings WHERE ends_at <= ? ORDER BY ends_at LIMIT 1000", (now,)
    )
    return [row[0] for row in rows]


def destroy(vault: VaultId, now: int) -> Unit[list[BlobId]]:
    """Part of maintenance: everything of the vault goes; the stored blobs to remove afterwards.

    Raises Conflict if its owner cancelled meanwhile.
    """
    rows: list[Row] = yield (
        "SELECT 1 FROM closings WHERE vault = ? AND ends_at <= ?", (vault, now),
    )  # fmt: skip
    if not rows:
        raise Conflict("This vault is not to be closed any more.")
    return (yield from erase(vault))


def erase(vault: VaultId, kept: Container[str] = ()) -> Unit[list[BlobId]]:
    """Part of a unit: everything of the vault goes but what is in the tables `kept`; the stored
    blobs to remove afterwards.
    """
    blobs: list[Row] = yield (
        f"SELECT id FROM blobs WHERE data IS NULL AND {_BLOBS}",  # noqa: S608 -- constants above
        (vault,) * _BLOBS.count("?"),
    )
    for table, condition in OWNED:
        if table not in kept:
            yield (
                f"DELETE FROM {table} WHERE {condition}",  # noqa: S608 -- constants above
                (vault,) * condition.count("?"),
            )
    return [row[0] for row in blobs]
