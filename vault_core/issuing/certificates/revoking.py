"""Revoking by file: rows as they were delivered, whose certificates are to end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Literal, NamedTuple

from vault_core.api import Reason
from vault_core.errors import Forbidden, InvalidInput
from vault_core.issuing.certificates.lifecycle import REASONS, Certificates, no_reason
from vault_core.issuing.certificates.making import Maker, certificate_id
from vault_core.issuing.input import intake
from vault_core.issuing.input.intake import Parsed, RowError
from vault_core.issuing.reasons import CERTIFICATE_DAMAGED
from vault_core.plugins import Plugins
from vault_core.store import certificates
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow
from vault_core.store.sound import Damaged

TOGETHER = 64
"""Rows that are looked up at once."""
_NONE = Reason(
    "aucune attestation de ce fait n'a été délivrée ici",
    "no certificate of this fact was issued here",
)
_ENDED = Reason("son attestation n'est plus valable", "its certificate is not valid any more")


class Revoked(NamedTuple):
    """What became of one row."""

    line: int
    fate: Literal["revoked", "ended", "unknown", "refused"]
    certificate: str = ""
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revocations:
    """Revokes what the rows of an issuer's file are about."""

    _catalog: Catalog
    _plugins: Plugins
    _maker: Maker
    _certificates: Certificates

    async def by_file(
        self, type_id: str, source: BinaryIO, reason: str, *, dry_run: bool = False
    ) -> list[Revoked]:
        """Revoke the certificate of each row's fact, for one of lifecycle.REASONS.

        A row is the one that was delivered, or its correction: what it is about counts. A row
        that fails stops no other; the same file again changes nothing. Raises PluginError for an
        unknown type, InvalidInput for another reason or a file that is no such table.
        """
        if reason not in REASONS:
            raise InvalidInput(no_reason(reason))
        document_type = self._plugins.document_type(type_id)
        others = [other for other in self._plugins.document_types.values() if other.id != type_id]
        opened = await asyncio.to_thread(intake.read, source, document_type, others)
        parsed = intake.parse(opened, document_type)
        found: list[Revoked] = []
        while rows := await asyncio.to_thread(_some, parsed):
            found += await self._part(type_id, rows, reason, dry_run=dry_run)
        return found

    async def _part(
        self, type_id: str, rows: Sequence[Parsed | RowError], reason: str, *, dry_run: bool
    ) -> list[Revoked]:
        issuer = self._plugins.issuer_of(type_id).id
        indexes = {
            row.line: self._maker.indexes(row.record, issuer).record
            for row in rows
            if isinstance(row, Parsed)
        }
        newest = await certificates.newest_of(self._catalog, list(indexes.values()))
        return [
            Revoked(row.line, "refused", "", row.reasons)
            if isinstance(row, RowError)
            else await self._one(row.line, newest.get(indexes[row.line]), reason, dry_run)
            for row in rows
        ]

    async def _one(
        self, line: int, row: CertificateRow | Damaged | None, reason: str, dry_run: bool
    ) -> Revoked:
        if row is None:
            return Revoked(line, "unknown", "", (_NONE,))
        if isinstance(row, Damaged):
            return Revoked(line, "refused", "", (CERTIFICATE_DAMAGED,))
        certificate = certificate_id(row.id)
        if row.state != "valid":
            return Revoked(line, "ended", certificate, (_ENDED,))
        if not dry_run:
            try:
                await self._certificates.revoke(certificate, reason)
            except Forbidden:  # by another row, or another process
                return Revoked(line, "ended", certificate, (_ENDED,))
        return Revoked(line, "revoked", certificate)


def _some(rows: Iterator[Parsed | RowError]) -> list[Parsed | RowError]:
    return list(islice(rows, TOGETHER))
