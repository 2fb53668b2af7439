"""Certificates of the Journée défense et citoyenneté (JDC)."""

from __future__ import annotations

from collections.abc import Sequence

from parchemin_jdc.document import ISSUER, JdcType
from vault_core.api import DocumentType, Issuer
from vault_core.hookspecs import hookimpl


@hookimpl
def parchemin_issuers() -> Sequence[Issuer]:
    """The directorate that holds the day."""
    return [ISSUER]


@hookimpl
def parchemin_document_types() -> Sequence[DocumentType]:
    """One type for the three certificates, which one file may hold together."""
    return [JdcType()]
