"""Keeping a catalog from being changed, by the database itself and for every process at once.

Triggers refuse every change of every table but `settings`. They outlive the processes: an
institution that was moved away cannot be served from its old catalog by mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

from vault_core.store.catalog import Catalog, Unit
from vault_core.store.observed import ObservedCatalog
from vault_core.store.schema import Table, tables
from vault_core.store.sqlite.catalog import SQLiteCatalog

CHANGES = ("INSERT", "UPDATE", "DELETE")
FREE = "settings"


async def freeze(catalog: Catalog) -> None:
    """From now on nothing changes; what was committed before is readable as it is.

    Doing it again is no error. Changes fail with StoreError, which clients see as 503.
    """
    await catalog.commit(_freeze_sqlite if _is_sqlite(catalog) else _freeze_postgres)


async def thaw(catalog: Catalog) -> None:
    """Changes are possible again."""
    await catalog.commit(_thaw_sqlite if _is_sqlite(catalog) else _thaw_postgres)


def _is_sqlite(catalog: Catalog) -> bool:
    inside = catalog.inside if isinstance(catalog, ObservedCatalog) else catalog
    return isinstance(inside, SQLiteCatalog)


def _frozen() -> Iterator[Table]:
    return (table for table in tables() if table.name != FREE)


def _freeze_sqlite() -> Unit[None]:
    for table in _frozen():
        for change in CHANGES:
            yield (
                f"CREATE TRIGGER IF NOT EXISTS frozen_{table.name}_{change.lower()}"
                f" BEFORE {change} ON {table.name}"
                " BEGIN SELECT RAISE(ABORT, 'frozen'); END",
                (),
            )


def _thaw_sqlite() -> Unit[None]:
    for table in _frozen():
        for change in CHANGES:
            yield f"DROP TRIGGER IF EXISTS frozen_{table.name}_{change.lower()}", ()


def _freeze_postgres() -> Unit[None]:
    yield (
        "CREATE OR REPLACE FUNCTION parchemin_frozen() RETURNS trigger LANGUAGE plpgsql AS"
        " 'BEGIN RAISE EXCEPTION ''frozen'' USING ERRCODE = ''PM001''; END'",
        (),
    )
    for table in _frozen():
        yield f"DROP TRIGGER IF EXISTS frozen ON {table.name}", ()
        yield (
            f"CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table.name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION parchemin_frozen()",
            (),
        )


def _thaw_postgres() -> Unit[None]:
    for table in _frozen():
        yield f"DROP TRIGGER IF EXISTS frozen ON {table.name}", ()
