"""Rows of persons and of the vaults that are theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from vault_core.errors import Conflict, PersonExists
from vault_core.store import many
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import GENESIS
from vault_core.store.ids import VaultId

COLUMNS = "p.id, p.username, p.sealed, p.created_at, v.recipient, v.quota, v.used"


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person joined with what the catalog says of their vault."""

    id: VaultId
    username: str
    sealed: bytes
    created_at: int
    recipient: str
    quota: int
    used: int


@dataclass(frozen=True, slots=True)
class NewPersonRow:
    """What is stored when a person is added."""

    id: VaultId
    username: str
    sealed: bytes
    ine_index: bytes | None
    name_index: bytes | None
    recipient: str
    quota: int
    created_at: int


async def by_username(catalog: Catalog, username: str) -> PersonRow | None:
    """The person of that (normalised) username."""
    return await _one(catalog, "p.username = ?", username)


async def by_ine(catalog: Catalog, ine_index: bytes) -> PersonRow | None:
    """The person whose INE has that HMAC."""
    return await _one(catalog, "p.ine_index = ?", ine_index)


async def by_name(catalog: Catalog, name_index: bytes) -> list[PersonRow]:
    """Persons whose normalised names and birth date have that HMAC."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM persons p JOIN vaults v ON v.id = p.id"  # noqa: S608
        " WHERE p.name_index = ?",
        (name_index,),
    )
    return [PersonRow(*row) for row in rows]


async def by_ines(catalog: Catalog, indexes: Sequence[bytes]) -> list[tuple[bytes, PersonRow]]:
    """Persons whose INE has one of those HMACs, with the HMAC."""
    if not indexes:
        return []
    rows = await catalog.fetch(
        f"SELECT p.ine_index, {COLUMNS} FROM persons p JOIN vaults v ON v.id = p.id"  # noqa: S608
        f" WHERE p.ine_index IN ({', '.join('?' * len(indexes))})",
        indexes,
    )
    return [(row[0], PersonRow(*row[1:])) for row in rows]


async def any_ine(catalog: Catalog) -> bool:
    """Whether anybody has an INE."""
    # In the index's order: else PostgreSQL reads the whole table where nobody has one.
    row = await catalog.point(
        "SELECT 1 FROM persons WHERE ine_index > ? ORDER BY ine_index LIMIT 1", (b"",)
    )
    return row is not None


async def by_keys(catalog: Catalog, keys: Sequence[bytes], limit: int) -> list[PersonRow]:
    """Persons who have one of those keys, each once."""
    if not keys:
        return []
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM persons p JOIN vaults v ON v.id = p.id WHERE p.id IN"  # noqa: S608
        f" (SELECT person FROM person_keys WHERE key IN ({', '.join('?' * len(keys))})) LIMIT ?",
        (*keys, limit),
    )
    return [PersonRow(*row) for row in rows]


async def without_keys(catalog: Catalog, after: VaultId, limit: int) -> list[PersonRow]:
    """Persons who were registered before keys were kept, by id from `after` on."""
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM persons p JOIN vaults v ON v.id = p.id WHERE NOT EXISTS"  # noqa: S608
        " (SELECT 1 FROM person_keys k WHERE k.person = p.id) AND p.id > ? ORDER BY p.id LIMIT ?",
        (after, limit),
    )
    return [PersonRow(*row) for row in rows]


async def matching(
    catalog: Catalog, part: str, after: str, limit: int
) -> list[tuple[PersonRow, int | None, int | None]]:
    """Persons whose username has that part, by username: when suspended, when closed (ms)."""
    pattern = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    rows = await catalog.fetch(
        f"SELECT {COLUMNS}, p.suspended_at, c.ends_at FROM persons p"  # noqa: S608
        " JOIN vaults v ON v.id = p.id LEFT JOIN closings c ON c.vault = p.id"
        " WHERE p.username > ? AND p.username LIKE ? ESCAPE '\\' ORDER BY p.username LIMIT ?",
        (after, f"%{pattern}%", limit),
    )
    return [(PersonRow(*row[:-2]), row[-2], row[-1]) for row in rows]


async def everyone(catalog: Catalog, page: int = 1000) -> AsyncIterator[PersonRow]:
    """All persons by username, read a page at a time."""
    after = ""
    while True:
        rows = await catalog.fetch(
            f"SELECT {COLUMNS} FROM persons p JOIN vaults v ON v.id = p.id"  # noqa: S608
            " WHERE p.username > ? ORDER BY p.username LIMIT ?",
            (after, page),
        )
        for row in rows:
            yield PersonRow(*row)
        if len(rows) < page:
            return
        after = rows[-1][1]


async def _one(catalog: Catalog, condition: str, value: object) -> PersonRow | None:
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM persons p JOIN vaults v ON v.id = p.id WHERE {condition}",  # noqa: S608
        (value,),
    )
    return PersonRow(*row) if row else None


def insert(rows: Sequence[NewPersonRow]) -> Unit[None]:
    """Add persons and their empty vaults. Raises PersonExists if a username or INE is taken."""
    try:
        yield many.insert(
            "INSERT INTO persons (id, username, sealed, ine_index, name_index, created_at)",
            [
                (row.id, row.username, row.sealed, row.ine_index, row.name_index, row.created_at)
                for row in rows
            ],
        )
    except Conflict:
        names = "', or '".join(row.username for row in rows)
        raise PersonExists(f"'{names}', or somebody with the same INE, exists already.") from None
    yield many.insert(
        "INSERT INTO vaults (id, recipient, quota, used, version, guard, journal_head,"
        " journal_size, created_at)",
        [(row.id, row.recipient, row.quota, 0, 0, 0, GENESIS, 0, row.created_at) for row in rows],
    )


def add_keys(keys: Sequence[tuple[VaultId, bytes]]) -> Unit[None]:
    """Keys by which persons may be found; those that are there stay."""
    if keys:
        yield many.insert(
            "INSERT INTO person_keys (person, key)", keys, " ON CONFLICT (person, key) DO NOTHING"
        )


def update_facts(person: VaultId, sealed: bytes, ine_index: bytes | None) -> Unit[None]:
    """What the institution knows of somebody, anew. Raises Conflict if another has that INE."""
    yield (
        "UPDATE persons SET sealed = ?, ine_index = ? WHERE id = ?",
        (sealed, ine_index, person),
    )
