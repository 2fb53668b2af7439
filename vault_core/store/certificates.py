"""Rows of certificates: their place in a status list, their state, and who checked how often."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NewType, get_args

from vault_core.api import Reason
from vault_core.errors import Conflict, Forbidden
from vault_core.store import changes, many, sound
from vault_core.store.catalog import Catalog, Row, Statement, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import VaultId
from vault_core.store.sound import Damaged

CertificateKey = NewType("CertificateKey", bytes)
"""A certificate's UUID as 16 bytes."""
RowState = Literal["valid", "replaced", "revoked"]
Way = Literal["code", "file"]
DAY_MS = 86_400_000
IDS_AT_ONCE = 500
"""Values of one question; SQLite takes 999 at the least."""


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One row of `certificates`; times in milliseconds since the epoch."""

    id: CertificateKey
    issuer: str
    vault: VaultId
    list: int
    place: int
    record_index: bytes
    content_index: bytes
    code_index: bytes
    about: bytes
    sealed: bytes
    created_at: int
    state: RowState = "valid"
    ended_at: int | None = None
    reason: str | None = None
    replaced_by: CertificateKey | None = None
    lost_at: int | None = None

    def __post_init__(self) -> None:
        sound.words({self.state: get_args(RowState)})
        sound.times(self.created_at, self.ended_at, self.lost_at)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of `status_lists`."""

    issuer: str
    number: int
    used: int
    version: int
    changed_at: int
    """It may be beyond any calendar, where the row is damaged."""


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One row of `certificate_checks`."""

    certificate: CertificateKey
    way: Way
    times: int
    last_at: int


COLUMNS = (
    "id, issuer, vault, list, place, record_index, content_index, code_index, about, sealed,"
    " created_at, state, ended_at, reason, replaced_by, lost_at"
)
_RECORD = COLUMNS.split(", ").index("record_index")


async def by_id(catalog: Catalog, certificate: CertificateKey) -> CertificateRow | None:
    """The certificate of that id."""
    return await _one(catalog, "id = ?", certificate)


async def by_ids(
    catalog: Catalog, wanted: Sequence[CertificateKey]
) -> Mapping[CertificateKey, CertificateRow | Damaged]:
    """Those of them that there are, by their ids; one question for each IDS_AT_ONCE of them."""
    found: dict[CertificateKey, CertificateRow | Damaged] = {}
    for start in range(0, len(wanted), IDS_AT_ONCE):
        part = wanted[start : start + IDS_AT_ONCE]
        rows = await catalog.fetch(
            f"SELECT {COLUMNS} FROM certificates"  # noqa: S608 -- constants and marks only
            f" WHERE id IN ({', '.join('?' * len(part))})",
            part,
        )
        found |= {row[0]: one for row, one in _each(rows)}
    return found


async def by_code(catalog: Catalog, code_index: bytes) -> CertificateRow | None:
    """The certificate whose code leads to that index."""
    return await _one(catalog, "code_index = ?", code_index)


async def newest(catalog: Catalog, record_index: bytes) -> CertificateRow | None:
    """The certificate of a record that none has replaced."""
    return await _one(catalog, "record_index = ? AND replaced_by IS NULL", record_index)


async def newest_of(
    catalog: Catalog, indexes: Sequence[bytes]
) -> Mapping[bytes, CertificateRow | Damaged]:
    """By record index, the certificate of each record that none has replaced."""
    if not indexes:
        return {}
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM certificates WHERE replaced_by IS NULL"  # noqa: S608
        f" AND record_index IN ({', '.join('?' * len(indexes))})",
        indexes,
    )
    return {row[_RECORD]: one for row, one in _each(rows)}


def _each(rows: Sequence[Row]) -> Iterator[tuple[Row, CertificateRow | Damaged]]:
    return zip(rows, sound.each(CertificateRow, rows), strict=True)


async def everything(
    catalog: Catalog, issuer: str | None, page: int = 500
) -> AsyncIterator[CertificateRow | Damaged]:
    """All certificates (of one issuer), oldest first, read a page at a time."""
    last = b""
    while True:
        rows = await after(catalog, last, page, issuer)
        for row in rows:
            yield row
        if len(rows) < page:
            return
        last = key_of(rows[-1])


def key_of(row: CertificateRow | Damaged) -> CertificateKey:
    """Which certificate the row is of."""
    return CertificateKey(row.key[0]) if isinstance(row, Damaged) else row.id


async def after(
    catalog: Catalog, last: bytes, limit: int, issuer: str | None = None
) -> list[CertificateRow | Damaged]:
    """The next certificates (of one issuer) after that id."""
    condition, values = ("", ()) if issuer is None else (" AND issuer = ?", (issuer,))
    rows = await catalog.fetch(
        f"SELECT {COLUMNS} FROM certificates"  # noqa: S608 -- constants only
        f" WHERE id > ?{condition} ORDER BY id LIMIT ?",
        (last, *values, limit),
    )
    return sound.each(CertificateRow, rows)


@dataclass(frozen=True, slots=True)
class EndedRow:
    """What a status list has to say of a certificate that is not valid any more."""

    id: CertificateKey
    place: int
    state: RowState
    ended_at: int | None
    about: bytes


async def ended(catalog: Catalog, issuer: str, number: int) -> list[EndedRow]:
    """All in a list that are not valid any more."""
    rows = await catalog.fetch(
        "SELECT id, place, state, ended_at, about FROM certificates"
        " WHERE issuer = ? AND list = ? AND state <> 'valid'",
        (issuer, number),
    )
    return [EndedRow(*row) for row in rows]


async def lists(catalog: Catalog, issuer: str) -> list[ListRow]:
    """An issuer's status lists, oldest first."""
    rows = await catalog.fetch(
        "SELECT issuer, number, used, version, changed_at FROM status_lists"
        " WHERE issuer = ? ORDER BY number",
        (issuer,),
    )
    return [ListRow(*row) for row in rows]


async def free_places(
    catalog: Catalog, issuer: str, number: int, candidates: Sequence[int]
) -> list[int]:
    """Those of the candidates that no certificate has in that list, in their order."""
    rows = await catalog.fetch(*_taken(issuer, number, candidates))
    taken = {row[0] for row in rows}
    return [place for place in candidates if place not in taken]


def _taken(issuer: str, number: int, places: Sequence[int]) -> Statement:
    return (
        "SELECT place FROM certificates WHERE issuer = ? AND list = ?"  # noqa: S608
        f" AND place IN ({', '.join('?' * len(places))})",
        (issuer, number, *places),
    )


async def checks(catalog: Catalog, vault: VaultId) -> list[CheckRow]:
    """How often the certificates of a vault were checked, by day, newest first."""
    rows = await catalog.fetch(
        "SELECT k.certificate, k.way, k.times, k.last_at FROM certificate_checks k"
        " JOIN certificates c ON c.id = k.certificate"
        " WHERE c.vault = ? ORDER BY k.last_at DESC LIMIT 1000",
        (vault,),
    )
    return [CheckRow(*row) for row in rows]


async def _one(catalog: Catalog, condition: str, value: bytes) -> CertificateRow | None:
    row = await catalog.point(
        f"SELECT {COLUMNS} FROM certificates WHERE {condition}",  # noqa: S608
        (value,),
    )
    return CertificateRow(*row) if row else None


def taken_places(issuer: str, number: int, places: Sequence[int]) -> Unit[list[int]]:
    """Those of the places that a certificate has in that list."""
    rows = yield _taken(issuer, number, places)
    return [row[0] for row in rows]


async def counts(catalog: Catalog) -> dict[str, tuple[int, int]]:
    """By issuer: how many certificates there are, and how many of them are valid.

    Every certificate has a place in a list, so the lists have counted them already.
    """
    rows = await catalog.fetch(
        "SELECT s.issuer, SUM(s.used), (SELECT COUNT(*) FROM certificates c"
        " WHERE c.issuer = s.issuer AND c.state <> 'valid') FROM status_lists s GROUP BY s.issuer"
    )
    return {issuer: (int(used), int(used) - ended) for issuer, used, ended in rows}


def issue(rows: Sequence[tuple[CertificateRow, CertificateKey | None]]) -> Unit[None]:
    """Note certificates, each in place of its predecessor if it has one.

    Raises Conflict if a place is taken, or if a predecessor is not the record's newest.
    """
    for row, predecessor in rows:
        if predecessor is not None:
            yield from _replace(row.issuer, predecessor, row)
    yield many.insert(
        f"INSERT INTO certificates ({COLUMNS})",
        [
            (
                row.id, row.issuer, row.vault, row.list, row.place, row.record_index,
                row.content_index, row.code_index, row.about, row.sealed,
                row.created_at, row.state, row.ended_at, row.reason, row.replaced_by, row.lost_at,
            )
            for row, _ in rows
        ],
    )  # fmt: skip
    used = Counter((row.issuer, row.list) for row, _ in rows)
    yield many.insert(
        "INSERT INTO status_lists (issuer, number, used, version, changed_at)",
        [(*which, count, 0, rows[0][0].created_at) for which, count in sorted(used.items())],
        " ON CONFLICT (issuer, number) DO UPDATE SET used = status_lists.used + excluded.used",
    )


def _replace(issuer: str, old: CertificateKey, row: CertificateRow) -> Unit[None]:
    """Point the old one at the new; what was revoked stays revoked."""
    rows = yield (
        "UPDATE certificates SET replaced_by = ?, ended_at = COALESCE(ended_at, ?),"
        " state = CASE state WHEN 'valid' THEN 'replaced' ELSE state END"
        " WHERE id = ? AND issuer = ? AND replaced_by IS NULL RETURNING list",
        (row.id, row.created_at, old, issuer),
    )
    if not rows:
        raise Conflict
    yield from _list_changed(issuer, rows[0][0], row.created_at)


def revoke(certificate: CertificateKey, reason: str, at: int) -> Unit[CertificateRow]:
    """End a certificate and tell its owner's journal; the row as it is now.

    Raises Forbidden if it is not valid any more, or there is none.
    """
    rows = yield (
        "UPDATE certificates SET state = 'revoked', reason = ?, ended_at = ?"  # noqa: S608
        f" WHERE id = ? AND state = 'valid' RETURNING {COLUMNS}",
        (reason, at, certificate),
    )
    if not rows:
        raise Forbidden(
            Reason(
                "Seule une attestation encore valable peut être révoquée.",
                "Only a certificate that is valid can be revoked.",
            )
        )
    row = CertificateRow(*rows[0])
    yield from _list_changed(row.issuer, row.list, at)
    detail = {"certificate": certificate.hex(), "reason": reason}
    yield from changes.record(Actor(row.vault, None, at), [Entry("revoke", None, detail)])
    return row


def check(certificate: CertificateKey, vault: VaultId, way: Way, at: int) -> Unit[None]:
    """Count a check. The first of a day and way is told to the owner's journal."""
    rows = yield (
        "INSERT INTO certificate_checks (certificate, day, way, times, last_at)"
        " VALUES (?, ?, ?, 1, ?)"
        " ON CONFLICT (certificate, day, way) DO UPDATE"
        " SET times = certificate_checks.times + 1, last_at = excluded.last_at RETURNING times",
        (certificate, at // DAY_MS, way, at),
    )
    if rows[0][0] == 1:
        detail = {"certificate": certificate.hex(), "way": way}
        yield from changes.record(Actor(vault, None, at), [Entry("check", None, detail)])


def _list_changed(issuer: str, number: int, at: int) -> Unit[None]:
    yield (
        "UPDATE status_lists SET version = version + 1, changed_at = ?"
        " WHERE issuer = ? AND number = ?",
        (at, issuer, number),
    )
