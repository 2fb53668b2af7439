"""Fills a PostgreSQL catalog with persons and nodes that nobody can open, straight in SQL.

Rows are as wide as real ones; what is sealed in real ones is arbitrary bytes here. Documents'
blobs are rows without data, as those of a blob store are.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from tests.databases import PostgreSQL

BATCH = 500_000
LATER = ("nodes", "blobs", "journal")
"""Tables whose indexes are built after the rows: several times faster."""

_PERSONS = """
INSERT INTO persons (id, username, sealed, ine_index, name_index, created_at)
SELECT decode(md5('person' || n), 'hex'), 'filled.' || lpad(n::text, 9, '0'),
  decode(repeat(md5('sealed' || n), 12), 'hex'), decode(md5('ine' || n) || md5('e' || n), 'hex'),
  decode(md5('name' || n) || md5('m' || n), 'hex'), 1700000000000 + n
FROM generate_series({first}, {last}) n"""
_KEYS = """
INSERT INTO person_keys (person, key)
SELECT decode(md5('person' || n), 'hex'), decode(md5('key' || n) || md5('k' || n), 'hex')
FROM generate_series({first}, {last}) n"""
_VAULTS = """
INSERT INTO vaults (id, recipient, quota, used, version, guard, journal_head, journal_size,
  created_at)
SELECT decode(md5('person' || n), 'hex'), 'age1' || md5('r' || n) || left(md5('s' || n), 26),
  5000000000, {each} * 20000, {each}, 0, decode(md5('h' || n) || md5('k' || n), 'hex'), 3,
  1700000000000 + n
FROM generate_series({first}, {last}) n"""
_SLOTS = """
INSERT INTO slots (id, vault, kind, lookup, parameters, wrapped, sealed, created_at, expires_at)
SELECT decode(md5('slot' || n || k), 'hex'), decode(md5('person' || n), 'hex'),
  CASE k WHEN 0 THEN 'password' WHEN 1 THEN 'app-password' ELSE 'session' END,
  CASE k WHEN 0 THEN NULL ELSE decode(md5('look' || n || k) || md5('up' || n), 'hex') END,
  '{{}}', decode(repeat(md5('wrap' || n), 6), 'hex'), decode(repeat(md5('label' || n), 4), 'hex'),
  1700000000000 + n, CASE k WHEN 2 THEN 1900000000000 + n ELSE NULL END
FROM generate_series({first}, {last}) n, generate_series(0, 2) k"""
_JOURNAL = """
INSERT INTO journal (vault, number, at, verb, node, slot, detail, hash)
SELECT decode(md5('person' || n), 'hex'), k, 1700000000000 + n, 'read',
  decode(md5('node' || n), 'hex'), decode(md5('slot' || n || 1), 'hex'), '{{"times":1}}',
  decode(md5('h' || n) || md5('k' || k), 'hex')
FROM generate_series({first}, {last}) n, generate_series(1, 3) k"""
_NODES = """
INSERT INTO nodes (vault, id, parent, name_index, kind, size, blob, changed, created_at,
  modified_at, trashed_at, sealed)
SELECT decode(md5('person' || i / {each}), 'hex'), decode(md5('node' || i), 'hex'),
  CASE WHEN i % {each} < 4 THEN decode(repeat('00', 16), 'hex')
    ELSE decode(md5('node' || i / {each} * {each} + i % 4), 'hex') END,
  decode(md5('name' || i) || md5('index' || i), 'hex'), CASE WHEN i % {each} < 4 THEN 0 ELSE 1 END,
  CASE WHEN i % {each} < 4 THEN 0 ELSE 20000 END,
  CASE WHEN i % {each} < 4 THEN NULL ELSE decode(md5('blob' || i), 'hex') END,
  i % {each}, 1700000000000 + i, 1700000000000 + i,
  CASE WHEN i % 997 = 500 THEN 1900000000000 ELSE NULL END,
  decode(repeat(md5('sealed' || i), 17), 'hex')
FROM generate_series({first}::bigint, {last}::bigint) i"""
_VERSIONS = """
INSERT INTO versions (vault, node, number, size, blob, created_at, sealed)
SELECT decode(md5('person' || i / {each}), 'hex'), decode(md5('node' || i), 'hex'), i % {each},
  20000, decode(md5('older' || i), 'hex'), 1900000000000 + i,
  decode(repeat(md5('sealed' || i), 8), 'hex')
FROM generate_series({first}::bigint, {last}::bigint) i WHERE i % {each} IN (4, 5)"""
_DELIVERIES = """
INSERT INTO deliveries (id, vault, issuer, record_key, size, blob, envelope, created_at,
  accepted_at)
SELECT decode(md5('delivery' || n), 'hex'), decode(md5('person' || n), 'hex'), 'issuer',
  decode(md5('record' || n) || md5('key' || n), 'hex'), 20000, decode(md5('given' || n), 'hex'),
  CASE WHEN n % 10 = 0 THEN decode(repeat(md5('envelope' || n), 30), 'hex') END,
  1700000000000 + n, CASE WHEN n % 10 > 0 THEN 1700000000000 + n END
FROM generate_series({first}, {last}) n"""
_BLOBS = """
INSERT INTO blobs (id, vault, size, data, created_at)
SELECT decode(md5('blob' || i), 'hex'), decode(md5('person' || i / {each}), 'hex'), 20250, NULL,
  1700000000000 + i
FROM generate_series({first}::bigint, {last}::bigint) i WHERE i % {each} >= 4"""


def fill(server: PostgreSQL, database: str, persons: int, nodes: int) -> Iterator[str]:
    """Add so many persons and nodes; says what it does. The tables are there already."""
    each = nodes // persons
    began = time.monotonic()
    later = [_take_indexes(server, database, table) for table in LATER]
    for statement, count in (
        (_PERSONS, persons), (_KEYS, persons), (_VAULTS, persons), (_SLOTS, persons),
        (_JOURNAL, persons), (_DELIVERIES, persons), (_NODES, persons * each),
        (_VERSIONS, persons * each), (_BLOBS, persons * each),
    ):  # fmt: skip
        for first in range(0, count, BATCH):
            last = min(first + BATCH, count) - 1
            server.run(statement.format(first=first, last=last, each=each), database=database)
        yield f"{statement.split()[2]}: {time.monotonic() - began:.0f} s"
    for statements in later:
        for statement in statements:
            server.run("SET maintenance_work_mem = '1GB'", statement, database=database)
    server.run("VACUUM (ANALYZE)", database=database)  # as autovacuum does in time
    yield f"indexes: {time.monotonic() - began:.0f} s"


def _take_indexes(server: PostgreSQL, database: str, table: str) -> list[str]:
    """Remove a table's indexes; the statements that make them again."""
    again = []
    for name, definition in server.run(
        f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{table}'",
        database=database,
    ):
        again.append(definition)
        if name == f"{table}_pkey":
            server.run(f"ALTER TABLE {table} DROP CONSTRAINT {name}", database=database)
            again.append(f"ALTER TABLE {table} ADD PRIMARY KEY USING INDEX {name}")
        else:
            server.run(f"DROP INDEX {name}", database=database)
    return again
