"""The seam between what Parchemin stores and the database that stores it.

A change is written once, as a generator that yields statements and receives their rows; it
does no I/O itself, so the same change runs in SQLite's thread and over asyncpg. Statements use
`?` for parameters and the SQL that SQLite and PostgreSQL share; a unit's query may end with
` FOR UPDATE`, which takes its rows where others write at the same time.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import Any, NamedTuple, ParamSpec, Protocol, TypeVar

T = TypeVar("T")
P = ParamSpec("P")
Row = tuple[Any, ...]


class Take(NamedTuple):
    """The query by which a change takes its vault's row: id first, and by id alone.

    Where an earlier unit of the same transaction put that row, its answer is what was put.
    """

    sql: str
    parameters: tuple[bytes]
    within: bool = False
    """The unit keeps to rows that nobody changes without taking this row, too, and puts it back: so
    the row alone keeps others out, and the database need not watch what the unit reads."""


class Put(NamedTuple):
    """The statement by which a change writes the row back that it took; it has no rows.

    `row` is what `Take` would answer from then on. It may be run later in the transaction, or
    not at all where a later unit puts the same row.
    """

    sql: str
    parameters: tuple[Any, ...]
    row: Row


Together = Callable[[Sequence[Sequence[Any]]], tuple[str, Sequence[Any]]]
"""One statement for the parameters of several."""


class Later(NamedTuple):
    """A statement that changes one row, of a kind that many units of a transaction have.

    They are run together, at the latest before anything else that names their table. Until then
    the unit goes on as if the row was there (`FOUND`); if one was not, or a constraint fails, the
    transaction is undone and each of its units run again by itself, statement by statement: then
    the answer is `FOUND` or no row.
    """

    sql: str
    parameters: Sequence[Any]
    table: str
    together: Together
    """For a database where each statement is a round trip."""


FOUND: list[Row] = [(1,)]
"""The answer to `Later`: it changed its row."""

Statement = tuple[str, Sequence[Any]] | Take | Put | Later
Unit = Generator[Statement, list[Row], T]
"""One change: `rows = yield sql, parameters`, as often as needed, then `return` its result."""


class Catalog(Protocol):
    """A database of rows. Every failure of the database itself is a StoreError."""

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """All rows of one query, as of the newest commit (read-your-writes)."""
        ...

    async def point(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None; for one row found through an index: no thread hop.

        As fresh as `fetch`. It may run on the event loop's thread, so a query that scans
        belongs in `fetch`.
        """
        ...

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """As `point`: all rows of a query that an index and its LIMIT keep to a few dozen."""
        ...

    async def commit(self, unit: Callable[P, Unit[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `unit(*args)` as one transaction; it survives a power cut when this returns.

        Units are serialised: each sees the ones before it. What the unit raises undoes its
        statements only, and passes through. A unit may be run again after a conflict, so it has
        no effect but its statements. A unique constraint that fails raises Conflict inside the
        unit, at the `yield`. A cancelled caller may find its unit committed or not, never half.
        """
        ...

    def generation(self) -> object:
        """A value that differs, by ==, after anybody else (any process) has committed.

        Cheap (microseconds) and without waiting. It may also change without cause.
        """
        ...

    async def close(self) -> None:
        """Finish what is queued, then release the database."""
        ...
