"""Rows of directories that push accounts, and of what they call them."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.errors import Conflict, PersonExists
from vault_core.store import persons, roles, sums
from vault_core.store.catalog import Catalog, Row, Unit
from vault_core.store.ids import VaultId
from vault_core.store.persons import PersonRow
from vault_core.store.roles import Act

TAKEN = "That username, INE or external id is somebody else's."
_ROWS = (
    f"SELECT {persons.COLUMNS}, p.suspended_at, p.left_at, x.sealed"  # noqa: S608
    " FROM persons p JOIN vaults v ON v.id = p.id"
    " LEFT JOIN provisioned x ON x.person = p.id WHERE "
)

_HERE = "(p.left_at IS NULL OR x.person IS NOT NULL)"
"""Who was let go by their directory is not shown to it any more."""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A person as a directory sees them."""

    person: PersonRow
    suspended_at: int | None
    left_at: int | None
    external: bytes | None
    """The directory's id, sealed."""


def _account(row: Row) -> AccountRow:
    return AccountRow(PersonRow(*row[:-3]), *row[-3:])


async def by_id(catalog: Catalog, person: VaultId) -> AccountRow | None:
    """That account."""
    rows = await catalog.fetch(f"{_ROWS}{_HERE} AND p.id = ?", (person,))
    return _account(rows[0]) if rows else None


async def by_username(catalog: Catalog, username: str) -> AccountRow | None:
    """The account of that normalised username."""
    rows = await catalog.fetch(f"{_ROWS}{_HERE} AND p.username = ?", (username,))
    return _account(rows[0]) if rows else None


async def by_external(catalog: Catalog, external: bytes) -> AccountRow | None:
    """The account that the directory calls so."""
    rows = await catalog.fetch(f"{_ROWS}{_HERE} AND x.external = ?", (external,))
    return _account(rows[0]) if rows else None


async def let_go(catalog: Catalog, ine: bytes) -> AccountRow | None:
    """Somebody with that INE whom their directory let go."""
    rows = await catalog.fetch(
        f"{_ROWS} p.left_at IS NOT NULL AND x.person IS NULL AND p.ine_index = ?", (ine,)
    )
    return _account(rows[0]) if rows else None


async def page(catalog: Catalog, start: int, count: int) -> tuple[int, list[AccountRow]]:
    """How many accounts there are, and some of them by username, from `start` (from 0) on.

    It reads past all accounts before `start`: who reads a large institution takes `following`.
    """
    rows = await catalog.fetch(
        f"{_ROWS}{_HERE} ORDER BY p.username LIMIT ? OFFSET ?", (count, start)
    )
    return await _total(catalog), [_account(row) for row in rows]


async def following(
    catalog: Catalog, after: str, count: int
) -> tuple[int | None, list[AccountRow]]:
    """As `page`, those after a username; no total where counting takes long."""
    rows = await catalog.fetch(
        f"{_ROWS}{_HERE} AND p.username > ? ORDER BY p.username LIMIT ?", (after, count)
    )
    total = await _total(catalog) if await sums.is_small(catalog) else None
    return total, [_account(row) for row in rows]


async def _total(catalog: Catalog) -> int:
    rows = await catalog.fetch(
        "SELECT COUNT(*) FROM persons p LEFT JOIN provisioned x ON x.person = p.id"  # noqa: S608
        f" WHERE {_HERE}"
    )
    return int(rows[0][0])


def change(
    person: VaultId, username: str, sealed: bytes, ine: bytes | None, name: bytes | None,
    keys: list[bytes], act: Act,
) -> Unit[None]:  # fmt: skip
    """Another username and other facts. Raises PersonExists."""
    try:
        yield (
            "UPDATE persons SET username = ?, sealed = ?, ine_index = ?, name_index = ?"
            " WHERE id = ?",
            (username, sealed, ine, name, person),
        )
    except Conflict:
        raise PersonExists(TAKEN) from None
    yield from persons.add_keys([(person, key) for key in keys])
    yield from roles.record(act)


def call(person: VaultId, external: bytes | None, sealed: bytes, at: int) -> Unit[None]:
    """What the directory calls somebody from now on. Raises PersonExists."""
    try:
        yield (
            "INSERT INTO provisioned (person, external, sealed, created_at) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (person) DO UPDATE SET external = excluded.external,"
            " sealed = excluded.sealed",
            (person, external, sealed, at),
        )
    except Conflict:
        raise PersonExists(TAKEN) from None


def forget(person: VaultId) -> Unit[None]:
    """The directory knows them no more."""
    yield ("DELETE FROM provisioned WHERE person = ?", (person,))


def add_provisioner(identifier: bytes, label: str, lookup: bytes, at: int) -> Unit[None]:
    """A directory that may push accounts."""
    yield (
        "INSERT INTO provisioners (id, label, lookup, created_at) VALUES (?, ?, ?, ?)",
        (identifier, label, lookup, at),
    )


def remove_provisioner(identifier: bytes) -> Unit[bool]:
    """Whether it was there."""
    rows = yield ("DELETE FROM provisioners WHERE id = ? RETURNING id", (identifier,))
    return bool(rows)


async def provisioner(catalog: Catalog, lookup: bytes) -> bytes | None:
    """The directory of that token."""
    row = await catalog.point("SELECT id FROM provisioners WHERE lookup = ?", (lookup,))
    return row[0] if row else None


async def provisioners(catalog: Catalog) -> list[tuple[bytes, str, int]]:
    """All of them, oldest first."""
    rows = await catalog.fetch("SELECT id, label, created_at FROM provisioners ORDER BY created_at")
    return [(row[0], row[1], row[2]) for row in rows]
