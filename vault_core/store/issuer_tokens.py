"""Rows of the tokens of issuers' programs."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.store.catalog import Catalog, Unit
from vault_core.store.roles import Act, record

_COLUMNS = "id, issuer, label, lookup, writes, created_by, created_at, expires_at"


@dataclass(frozen=True, slots=True)
class IssuerTokenRow:
    """One row of `issuer_tokens`; times in milliseconds since the epoch."""

    id: bytes
    issuer: str
    label: str
    lookup: bytes
    writes: bool
    created_by: str
    created_at: int
    expires_at: int


async def by_lookup(catalog: Catalog, lookup: bytes) -> IssuerTokenRow | None:
    """The token that has that hash."""
    row = await catalog.point(
        f"SELECT {_COLUMNS} FROM issuer_tokens WHERE lookup = ?",  # noqa: S608 -- constants
        (lookup,),
    )
    return IssuerTokenRow(*row) if row else None


async def everything(catalog: Catalog) -> list[IssuerTokenRow]:
    """All of them, by issuer, oldest first."""
    rows = await catalog.fetch(
        f"SELECT {_COLUMNS} FROM issuer_tokens ORDER BY issuer, created_at, id"  # noqa: S608
    )
    return [IssuerTokenRow(*row) for row in rows]


def add(row: IssuerTokenRow, act: Act) -> Unit[None]:
    """One more, and the act that made it."""
    yield (
        f"INSERT INTO issuer_tokens ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            row.id, row.issuer, row.label, row.lookup, int(row.writes), row.created_by,
            row.created_at, row.expires_at,
        ),
    )  # fmt: skip
    yield from record(act)


def remove(token: bytes, act: Act) -> Unit[bool]:
    """Whether it was there."""
    rows = yield "DELETE FROM issuer_tokens WHERE id = ? RETURNING id", (token,)
    if rows:
        yield from record(act)
    return bool(rows)
