"""Pix certificates of digital skills."""

from __future__ import annotations

from collections.abc import Sequence

from parchemin_pix.document import ISSUER, PixType
from vault_core.api import DocumentType, Issuer
from vault_core.hookspecs import hookimpl


@hookimpl
def parchemin_issuers() -> Sequence[Issuer]:
    """Pix, in whose name certification centres hold sessions."""
    return [ISSUER]


@hookimpl
def parchemin_document_types() -> Sequence[DocumentType]:
    """The one certificate."""
    return [PixType()]
