"""The document types keep their contract."""

from __future__ import annotations

import pytest
from parchemin_pix import parchemin_document_types

from vault_core.api import DocumentType
from vault_core.testing.plugin import DocumentTypeContract


class TestTypes(DocumentTypeContract):
    @pytest.fixture(params=parchemin_document_types(), ids=lambda one: one.id)
    def document_type(self, request: pytest.FixtureRequest) -> DocumentType:
        return request.param
