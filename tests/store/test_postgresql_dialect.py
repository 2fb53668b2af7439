"""One SQL for both databases."""

from __future__ import annotations

import pytest

from vault_core.store.postgresql.dialect import definition, query

QUERIES = {
    "parameters are numbered": ("a = ? AND b = ?", "a = $1 AND b = $2"),
    "a question mark in a text": ("a = 'why?' AND b = ?", "a = 'why?' AND b = $1"),
    "a quote in a text": ("a = 'l''?' AND b = ?", "a = 'l''?' AND b = $1"),
    "a question mark in a name": ('"a?" = ?', '"a?" = $1'),
    "a column called blob": ("blob = ? AND blobs.id = ?", "blob = $1 AND blobs.id = $2"),
    "a type called BLOB": ("CAST(? AS BLOB)", "CAST($1 AS BYTEA)"),
    "a type called TEXT": ("CAST(? AS TEXT)", "CAST($1 AS TEXT)"),
    "a comment": ("a = ? -- whose?\nAND b = ?", "a = $1 \nAND b = $2"),
}
DEFINITIONS = {
    "texts are ordered by bytes": ("a TEXT NOT NULL", 'a TEXT COLLATE "C" NOT NULL'),
    "a text in a text": ("DEFAULT 'TEXT'", "DEFAULT 'TEXT'"),
    "a cast": ("CAST(a AS TEXT)", "CAST(a AS TEXT)"),
    "bytes": ("a BLOB, -- the issuer's\nb BLOB", "a BYTEA, \nb BYTEA"),
}


@pytest.mark.parametrize(("shared", "expected"), QUERIES.values(), ids=QUERIES)
def test_queries(shared: str, expected: str) -> None:
    assert query(shared) == expected


@pytest.mark.parametrize(("shared", "expected"), DEFINITIONS.values(), ids=DEFINITIONS)
def test_definitions(shared: str, expected: str) -> None:
    assert definition(shared) == expected
