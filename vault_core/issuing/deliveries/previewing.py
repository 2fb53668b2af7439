"""What would become of a batch that is held, row by row, before anything is delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from vault_core.api import DocumentType, Reason
from vault_core.crypto.sealed import ServerKeyring
from vault_core.issuing.certificates.making import Maker
from vault_core.issuing.deliveries.batches import Batch
from vault_core.issuing.deliveries.matching import Match
from vault_core.issuing.deliveries.recognising import Doubt, Recognition, doubt, facts_of
from vault_core.issuing.deliveries.welcoming import Welcome
from vault_core.issuing.input import intake, parts
from vault_core.issuing.input.intake import Parsed, RowError
from vault_core.issuing.reasons import CERTIFICATE_DAMAGED
from vault_core.plugins import Plugins
from vault_core.store import batch_parts, certificates
from vault_core.store.batches import BatchId
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow
from vault_core.store.sound import Damaged
from vault_core.vault.persons.register import Persons

Verdict = Literal["new", "correction", "again", "welcome", "doubtful", "unknown", "bad"]
VERDICTS: Final[tuple[Verdict, ...]] = (
    "new", "correction", "again", "welcome", "doubtful", "unknown", "bad",
)  # fmt: skip
"""`new`, `correction` and `again` are about somebody certain; `welcome` makes a vault; `doubtful`
and `unknown` will wait for a person; `bad` rows are refused."""
_DAMAGED: Final = Reason(
    "ce qui est gardé de cette personne est endommagé",
    "what is stored of this person is damaged",
)
AT_ONCE: Final = 8
"""Parts that one look takes."""


@dataclass(frozen=True, slots=True)
class Look:
    """One row of the file: whom it names, and what would become of it."""

    line: int
    verdict: Verdict
    name: str
    birth_date: str
    reasons: tuple[str, ...] = ()
    """Why it is bad, as rules and plugins say so."""
    doubt: Doubt | None = None


class Previews:
    """Looks at held batches. It delivers nothing, and changes nothing."""

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        plugins: Plugins,
        persons: Persons,
        maker: Maker,
        welcome: Welcome,
    ) -> None:
        self._catalog = catalog
        self._institution = institution
        self._plugins = plugins
        self._recognition = Recognition(persons)
        self._maker = maker
        self._welcome = welcome

    async def look(self, batch: Batch, first: int) -> tuple[list[Look], int | None]:
        """The rows of the next parts from that number on, and the number to go on from.

        Raises CorruptCiphertext if the stored rows were altered, PluginError.
        """
        key = BatchId(bytes.fromhex(batch.id))
        found = await batch_parts.parts_from(self._catalog, key, first, AT_ONCE)
        document_type = self._plugins.document_type(batch.type)
        rows: list[Parsed | RowError] = []
        for part in found:
            rows += await asyncio.to_thread(self._parsed, key, part, document_type)
        following = found[-1].number + 1 if len(found) == AT_ONCE else None
        return await self._looks(batch, rows), following

    def _parsed(
        self, key: BatchId, part: batch_parts.PartRow, document_type: DocumentType
    ) -> list[Parsed | RowError]:
        rows = parts.unseal(self._institution, key, part.number, part.sealed)
        return list(intake.parse(iter(rows), document_type))

    async def _looks(self, batch: Batch, rows: Sequence[Parsed | RowError]) -> list[Look]:
        good = [row for row in rows if isinstance(row, Parsed)]
        bad = [
            Look(row.line, "bad", "", "", row.reasons) for row in rows if isinstance(row, RowError)
        ]
        indexes = [self._maker.indexes(row.record, batch.issuer) for row in good]
        before = await certificates.newest_of(self._catalog, [both.record for both in indexes])
        matches = await self._recognition.match([row.record for row in good])
        looks = [
            self._look(row, match, before.get(both.record), both.content)
            for row, match, both in zip(good, matches, indexes, strict=True)
        ]
        return sorted([*looks, *bad], key=lambda look: look.line)

    def _look(
        self,
        row: Parsed,
        match: Match | None,
        before: CertificateRow | Damaged | None,
        content: bytes,
    ) -> Look:
        facts = facts_of(row.record)
        name = f"{facts.family_name} {facts.given_name}"
        born = facts.birth_date.isoformat() if facts.birth_date else ""
        if match is None:
            return Look(row.line, "bad", name, born, (_DAMAGED,))
        if isinstance(before, Damaged):
            return Look(row.line, "bad", name, born, (CERTIFICATE_DAMAGED,))
        if match.verdict == "certain":
            return Look(row.line, _certain(before, content), name, born)
        if match.verdict == "unknown" and self._welcome.open_to(row.record, False):
            return Look(row.line, "welcome", name, born)
        return Look(row.line, match.verdict, name, born, doubt=doubt(match))


def _certain(before: CertificateRow | None, content: bytes) -> Verdict:
    if before is None or before.lost_at:
        return "new"
    return "again" if before.content_index == content else "correction"
