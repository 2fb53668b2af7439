"""An issuer's input in parts, as they wait in the catalog: sealed under the institution's key."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Sequence

from vault_core.api import Random, Reason, said
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import InvalidInput
from vault_core.issuing.input.intake import Row, RowError
from vault_core.issuing.reasons import packed, unpacked
from vault_core.store.batches import BatchId

ROWS = 64
"""Rows in a part: delivered with one durable commit, made in half a second."""
LARGEST = 1 << 20
"""Characters of values in a part, however few rows they are."""
Rows = Sequence[Row | RowError]


def split(rows: Iterable[Row | RowError]) -> Iterator[Rows]:
    """Parts of at most `ROWS` rows; the same input always gives the same parts.

    A fault that ends the reading becomes the last row of the last part.
    """
    part: list[Row | RowError] = []
    size, line = 0, 0
    try:
        for row in rows:
            part.append(row)
            line = row.line
            size += _size(row)
            if len(part) >= ROWS or size >= LARGEST:
                yield part
                part, size = [], 0
    except InvalidInput as error:
        reason = Reason(
            f"{said(error.reason, 'fr')} ; rien n'a été lu après cette ligne",
            f"{error}; nothing after this line was read",
        )
        part.append(RowError(line + 1, (reason,)))
    if part:
        yield part


def seal(keyring: ServerKeyring, batch: BatchId, number: int, rows: Rows, random: Random) -> bytes:
    """A part as it is stored."""
    plain = [
        [row.line, dict(row.values)]
        if isinstance(row, Row)
        else [row.line, None, packed(row.reasons)]
        for row in rows
    ]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return keyring.seal(_context(batch, number), zlib.compress(text.encode(), 1), random)


def unseal(keyring: ServerKeyring, batch: BatchId, number: int, sealed: bytes) -> Rows:
    """The rows of a stored part. Raises CorruptCiphertext if it was altered."""
    plain = json.loads(zlib.decompress(keyring.open(_context(batch, number), sealed)))
    return [
        Row(item[0], item[1]) if item[1] is not None else RowError(item[0], unpacked(item[2]))
        for item in plain
    ]


def _context(batch: BatchId, number: int) -> bytes:
    return b"part" + batch + number.to_bytes(8, "big")


def _size(row: Row | RowError) -> int:
    return sum(map(len, row.values.values())) if isinstance(row, Row) else 0
