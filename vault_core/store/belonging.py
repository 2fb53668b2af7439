"""Which institution's key a catalog is used with, so that no node comes with another one."""

from __future__ import annotations

from vault_core.errors import Conflict
from vault_core.store.catalog import Catalog, Unit

_NAME = "institution"


async def claim(catalog: Catalog, mark: str) -> None:
    """Use the catalog with the key that has this mark, from the first time on.

    Raises Conflict if it belongs to another key: what one node sealed, the other could not open.
    """
    row = await catalog.point("SELECT value FROM settings WHERE name = ?", (_NAME,))
    found = row[0] if row else await catalog.commit(_claim, mark)
    if found != mark:
        raise Conflict(
            "The catalog belongs to an institution with another key: give this node a copy of the"
            " institution.key that the other nodes have, or another catalog."
        )


def _claim(mark: str) -> Unit[str]:
    yield (
        "INSERT INTO settings (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        (_NAME, mark),
    )
    rows = yield "SELECT value FROM settings WHERE name = ?", (_NAME,)
    return str(rows[0][0])
