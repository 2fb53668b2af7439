"""School road-safety certificates: ASSR 1, ASSR 2, ASR and AER."""

from __future__ import annotations

from collections.abc import Sequence

from parchemin_assr.document import ISSUER, RoadSafetyType
from parchemin_assr.levels import LEVELS
from vault_core.api import DocumentType, Issuer
from vault_core.hookspecs import hookimpl


@hookimpl
def parchemin_issuers() -> Sequence[Issuer]:
    """Road-safety education, in whose name schools hold the tests."""
    return [ISSUER]


@hookimpl
def parchemin_document_types() -> Sequence[DocumentType]:
    """One type a certificate."""
    return [RoadSafetyType(level) for level in LEVELS]
