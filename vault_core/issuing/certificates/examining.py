"""Is the register of certificates sound? What `parchemin check` finds in its rows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import CorruptCiphertext
from vault_core.issuing.certificates.about import open_about
from vault_core.issuing.certificates.making import certificate_id
from vault_core.store import certificates
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow
from vault_core.store.sound import Damaged

ROWS: Final = 1000
"""Certificates that are looked at between two moments at which a check may stop."""


@dataclass(frozen=True, slots=True)
class Examining:
    """Compares each row with what is sealed in it."""

    _catalog: Catalog
    _institution: ServerKeyring

    async def page(self, after: bytes) -> tuple[list[str], bytes | None]:
        """What is wrong with the next rows after that id, and the last one's; None at the end."""
        rows = await certificates.after(self._catalog, after, ROWS)
        found = await asyncio.to_thread(self._faults, rows)
        return found, certificates.key_of(rows[-1]) if len(rows) == ROWS else None

    def _faults(self, rows: Sequence[CertificateRow | Damaged]) -> list[str]:
        return [fault for row in rows if (fault := self._fault(row)) is not None]

    def _fault(self, row: CertificateRow | Damaged) -> str | None:
        if isinstance(row, Damaged):
            return f"Certificate {certificate_id(row.key[0])}: its row was altered."
        try:
            place = open_about(self._institution, row.id, row.about).place
        except CorruptCiphertext:
            return f"Certificate {certificate_id(row.id)}: its row was altered."
        if place is None or place == (row.list, row.place):
            return None
        return (
            f"Certificate {certificate_id(row.id)}: its place was altered, from {place[1]} of "
            f"status list {place[0]} to {row.place} of {row.list}."
        )
