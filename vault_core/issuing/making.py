"""Making one certificate: its page, and what is bound to it."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import dataclass

from vault_core.api import DocumentType, Issuer, Random, Record
from vault_core.issuing.rendering import Page, Renderer
from vault_core.store.ids import new_id


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate ready to be delivered."""

    certificate: str
    """Its id."""
    name: str
    """Its file name."""
    pdf: bytes


class Maker:
    """Renders records; one warm typesetter in this process."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._renderer: Renderer | None = None

    async def make(
        self, record: Record, document_type: DocumentType, issuer: Issuer, now: float
    ) -> Made:
        """Raises PluginError if the document type's template is at fault."""
        return await asyncio.to_thread(self._make, record, document_type, issuer, now)

    def _make(
        self, record: Record, document_type: DocumentType, issuer: Issuer, now: float
    ) -> Made:
        if self._renderer is None:
            self._renderer = Renderer()
        certificate = new_id(now, self._random).hex()
        presentation = document_type.present(record)
        page = Page(
            presentation,
            record,
            issuer,
            certificate,
            dt.datetime.fromtimestamp(now, dt.UTC),
            template=document_type.template(),
        )
        name = presentation.file_name
        return Made(certificate, name, self._renderer.pdf(page))
