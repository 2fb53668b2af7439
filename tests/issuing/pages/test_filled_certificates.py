"""Certificates whose page came from a blank, of every document type, judged by others."""

from __future__ import annotations

import io
import os
import subprocess
from dataclasses import replace
from pathlib import Path

import page as pdf_validator
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.issuing.house import PLUGINS, TYPES
from tests.issuing.world import NOW, RENDERER, URL, world
from tests.requirements import need
from vault_core.issuing.certificates.certificate import Order, issue
from vault_core.issuing.checking.verification import verify_pdf
from vault_core.issuing.pages.blanks import WORTH, Blanks
from vault_core.issuing.pages.rendering import Page
from vault_core.issuing.pdf.file import PdfFile
from vault_core.plugins import load_plugins

LOADED = load_plugins(PLUGINS)


class Filling:
    """A typesetter that gives nothing but pages filled into a blank."""

    def __init__(self) -> None:
        self.blanks = Blanks(RENDERER)

    def sheet(self, page: Page) -> PdfFile:
        for _ in range(3 * WORTH):
            sheet = self.blanks.sheet(page)
            if sheet is not None:
                return sheet
        raise AssertionError(f"no blank fits {page.presentation.file_name}")


@pytest.mark.parametrize("type_id", TYPES)
def test_it_is_valid_by_pdfsig_pyhanko_and_the_validator_of_pdf_a(
    type_id: str, tmp_path: Path
) -> None:
    document_type = LOADED.document_types[type_id]
    [row] = document_type.sample(1, 5)
    record = document_type.parse(row)
    presentation = document_type.present(record)
    issuer = replace(LOADED.issuer_of(type_id), id=world().issuer.id)
    order = Order(record, presentation, issuer, URL, world().place, document_type.template())
    pdf = issue(order, world().keys.current, Filling(), NOW, os.urandom).pdf

    assert verify_pdf(pdf, world().trust(), NOW).claims.record["type"] == type_id
    root = asn1_x509.Certificate.load(world().authority.certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], moment=NOW, allow_fetching=False)
    [embedded] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    status = validate_pdf_signature(embedded, context)
    assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"
    (tmp_path / "c.pdf").write_bytes(pdf)
    command = [need("pdfsig", "poppler-utils"), "-nocert", str(tmp_path / "c.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    for profile in ("3a", "ua1"):
        report = pdf_validator.validate_pdf_bytes(pdf, profile=profile)
        assert report.is_compliant, [failure.message for failure in report.failures]
