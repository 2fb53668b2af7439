"""Rows that say whom a directory's identity stands for."""

from __future__ import annotations

from vault_core.store import changes
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import VaultId


async def person_of(catalog: Catalog, provider: str, subject: bytes) -> VaultId | None:
    """The person of a directory's subject."""
    row = await catalog.point(
        "SELECT person FROM links WHERE provider = ? AND subject = ?", (provider, subject)
    )
    return VaultId(row[0]) if row else None


def link(actor: Actor, provider: str, subject: bytes) -> Unit[None]:
    """The subject stands for this person, instead of whom else of that directory stood for them."""
    change = yield from changes.begin(actor)
    yield ("DELETE FROM links WHERE provider = ? AND person = ?", (provider, actor.vault))
    yield (
        "INSERT INTO links (provider, subject, person, created_at) VALUES (?, ?, ?, ?)",
        (provider, subject, actor.vault, actor.at),
    )
    yield from changes.finish(change, Entry("link", None, {"provider": provider}))
