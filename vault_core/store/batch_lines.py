"""Rows of what became of the lines of a batch: why they were refused, and receipts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from vault_core.store import many
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog, Unit


async def faults(
    catalog: Catalog, batch: BatchId, page: int = 500
) -> AsyncIterator[tuple[int, bytes]]:
    """Line and sealed reasons of what was refused, a page at a time."""
    after = -1
    while True:
        rows = await catalog.fetch(
            "SELECT line, sealed FROM batch_faults WHERE batch = ? AND line > ?"
            " ORDER BY line LIMIT ?",
            (batch, after, page),
        )
        for line, sealed in rows:
            yield line, sealed
        if len(rows) < page:
            return
        after = rows[-1][0]


def add_faults(batch: BatchId, faults: Sequence[tuple[int, bytes]]) -> Unit[None]:
    """Lines that were refused, and the sealed reasons."""
    for line, sealed in faults:
        yield (
            "INSERT INTO batch_faults (batch, line, sealed) VALUES (?, ?, ?)"
            " ON CONFLICT (batch, line) DO NOTHING",
            (batch, line, sealed),
        )


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """One row of `batch_receipts`."""

    batch: BatchId
    line: int
    fate: str
    certificate: bytes
    vault: bytes
    hash: bytes
    at: int


def note_receipts(rows: Sequence[ReceiptRow]) -> Unit[None]:
    """Raises Conflict if one of the lines was delivered before."""
    yield many.insert(
        "INSERT INTO batch_receipts (batch, line, fate, certificate, vault, hash, at)",
        [
            (row.batch, row.line, row.fate, row.certificate, row.vault, row.hash, row.at)
            for row in rows
        ],
    )


async def receipts(catalog: Catalog, batch: BatchId, page: int = 1000) -> AsyncIterator[ReceiptRow]:
    """All of a batch in the order of its lines, a page at a time."""
    after = -1
    while True:
        rows = await catalog.fetch(
            "SELECT batch, line, fate, certificate, vault, hash, at FROM batch_receipts"
            " WHERE batch = ? AND line > ? ORDER BY line LIMIT ?",
            (batch, after, page),
        )
        for row in rows:
            yield ReceiptRow(*row)
        if len(rows) < page:
            return
        after = rows[-1][1]


async def receipts_between(
    catalog: Catalog, batch: BatchId, first: int, last: int
) -> list[tuple[int, str]]:
    """Line and fate of what was delivered of those lines."""
    rows = await catalog.fetch(
        "SELECT line, fate FROM batch_receipts WHERE batch = ? AND line BETWEEN ? AND ?",
        (batch, first, last),
    )
    return [(line, fate) for line, fate in rows]


async def lines_of(
    catalog: Catalog, batch: BatchId, certificates: Sequence[bytes]
) -> Mapping[bytes, tuple[int, str]]:
    """Which of the certificates this batch delivered: from which line, and as what fate."""
    if not certificates:
        return {}
    rows = await catalog.fetch(
        "SELECT certificate, line, fate FROM batch_receipts"  # noqa: S608 -- question marks only
        f" WHERE batch = ? AND certificate IN ({', '.join('?' * len(certificates))})",
        (batch, *certificates),
    )
    return {row[0]: (row[1], row[2]) for row in rows}
