"""Many rows in one statement, as the shared dialect writes them.

A statement passes the interpreter's lock to and fro, and costs PostgreSQL a round trip: a part of a
batch is stored with a dozen of them rather than with a dozen a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def insert(head: str, rows: Sequence[Sequence[Any]], tail: str = "") -> tuple[str, list[Any]]:
    """`INSERT INTO table (columns)` in `head`, what follows the rows in `tail`.

    One row at least, all as long as the columns; both databases take 32,766 values, no more.
    """
    marks = f"({', '.join('?' * len(rows[0]))})"
    values = ", ".join([marks] * len(rows))
    return f"{head} VALUES {values}{tail}", [value for row in rows for value in row]


def named(
    name: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[Any]]
) -> tuple[str, list[Any]]:
    """`WITH name (columns) AS (VALUES …)`, to be followed by a statement that reads from it.

    `columns` are names and types of the shared dialect: PostgreSQL learns them from the first row.
    """
    first = ", ".join(f"CAST(? AS {kind})" for _, kind in columns)
    others = f", ({', '.join('?' * len(columns))})" * (len(rows) - 1)
    names = ", ".join(column for column, _ in columns)
    sql = f"WITH {name} ({names}) AS (VALUES ({first}){others})"
    return sql, [value for row in rows for value in row]
