"""From the SQL that both databases share to PostgreSQL's spelling of it.

The shared dialect: `?` for parameters; types BLOB, TEXT, BIGINT and SMALLINT; ON CONFLICT and
RETURNING; text compared byte by byte. A parameter must stand where PostgreSQL can tell its type
(beside a column, not alone in a SELECT list). LIKE differs in letter case: not used.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import count

_TOKEN = re.compile(
    r"""'(?:[^']|'')*' | "[^"]*" | --[^\n]* | \? | \bBLOB\b | (?<!\bAS\ )\bTEXT\b""", re.VERBOSE
)


@lru_cache(maxsize=4096)
def query(sql: str) -> str:
    """`?` becomes `$1`, `$2` …; BLOB becomes BYTEA; comments go."""
    numbers = count(1)

    def spell(found: re.Match[str]) -> str:
        token = found[0]
        if token == "?":  # noqa: S105 -- no password
            return f"${next(numbers)}"
        if token == "BLOB":  # noqa: S105
            return "BYTEA"
        return "" if token.startswith("--") else token

    return _TOKEN.sub(spell, sql)


def definition(sql: str) -> str:
    """A migration's statement: as `query`, and TEXT is ordered by its bytes.

    So both databases sort alike, and no update of the system's locales damages an index.
    """
    return _TOKEN.sub(lambda t: 'TEXT COLLATE "C"' if t[0] == "TEXT" else t[0], query(sql))
