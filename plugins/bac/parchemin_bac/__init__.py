"""French national diplomas: baccalauréat, DNB, CAP, BEP and BTS."""

from __future__ import annotations

from collections.abc import Sequence

from parchemin_bac.diplomas import DIPLOMAS, ISSUER
from parchemin_bac.document import DiplomaType
from vault_core.api import DocumentType, Issuer
from vault_core.hookspecs import hookimpl


@hookimpl
def parchemin_issuers() -> Sequence[Issuer]:
    """The examinations office, which holds the juries' results."""
    return [ISSUER]


@hookimpl
def parchemin_document_types() -> Sequence[DocumentType]:
    """One type a diploma."""
    return [DiplomaType(diploma) for diploma in DIPLOMAS]
