"""Rows of the keys that issuers and the institution sign with, sealed."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.errors import Conflict
from vault_core.store.catalog import Catalog, Unit


@dataclass(frozen=True, slots=True)
class IssuerKeysRow:
    """One row of `issuer_keys`; `urls` are the public addresses it had, the present one last."""

    issuer: str
    sealed: bytes
    urls: tuple[str, ...]


async def of_issuer(catalog: Catalog, issuer: str) -> IssuerKeysRow | None:
    """The keys of an issuer, or None before their first use."""
    row = await catalog.point("SELECT sealed, urls FROM issuer_keys WHERE issuer = ?", (issuer,))
    return IssuerKeysRow(issuer, row[0], tuple(row[1].split("\n"))) if row else None


async def known(catalog: Catalog) -> list[str]:
    """Issuers that have keys."""
    rows = await catalog.fetch("SELECT issuer FROM issuer_keys ORDER BY issuer")
    return [row[0] for row in rows]


def save(row: IssuerKeysRow, before: IssuerKeysRow | None) -> Unit[None]:
    """Store what was None or `before`. Raises Conflict if another process was faster."""
    urls = "\n".join(row.urls)
    if before is None:
        yield (
            "INSERT INTO issuer_keys (issuer, sealed, urls) VALUES (?, ?, ?)",
            (row.issuer, row.sealed, urls),
        )
        return
    rows = yield (
        "UPDATE issuer_keys SET sealed = ?, urls = ?"
        " WHERE issuer = ? AND sealed = ? AND urls = ? RETURNING issuer",
        (row.sealed, urls, row.issuer, before.sealed, "\n".join(before.urls)),
    )
    if not rows:
        raise Conflict


def secret(name: str, sealed: bytes) -> Unit[bytes]:
    """Store an institution's secret if there is none of that name; the one there is now."""
    yield (
        "INSERT INTO institution_secrets (name, sealed) VALUES (?, ?)"
        " ON CONFLICT (name) DO NOTHING",
        (name, sealed),
    )
    rows = yield ("SELECT sealed FROM institution_secrets WHERE name = ?", (name,))
    found: bytes = rows[0][0]
    return found


async def stored_secret(catalog: Catalog, name: str) -> bytes | None:
    """A secret of the institution, sealed, or None before its first use."""
    row = await catalog.point("SELECT sealed FROM institution_secrets WHERE name = ?", (name,))
    return row[0] if row else None
