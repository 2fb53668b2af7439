"""Computer and internet certificates: B2i (school) and C2i (university)."""

from __future__ import annotations

from collections.abc import Sequence

from parchemin_b2i.document import ISSUER, SkillsType
from parchemin_b2i.levels import LEVELS
from vault_core.api import DocumentType, Issuer
from vault_core.hookspecs import hookimpl


@hookimpl
def parchemin_issuers() -> Sequence[Issuer]:
    """Digital education, in whose name schools and universities certify."""
    return [ISSUER]


@hookimpl
def parchemin_document_types() -> Sequence[DocumentType]:
    """One type a level."""
    return [SkillsType(level) for level in LEVELS]
