"""From an issuer's file to a sealed certificate fetched over WebDAV, for every type of document."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import page as pdf_validator
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.issuing.house import TYPES, Row, code, credential, house
from tests.requirements import need
from vault_core.api import Record
from vault_core.issuing.checking.answer import Answer
from vault_core.issuing.seals.authority import TestAuthority


@dataclass(frozen=True)
class Issued:
    """One certificate as its holder fetched it, and what the institution says of it."""

    row: Row
    record: Record
    path: str
    pdf: bytes
    by_file: Answer
    by_code: Answer
    by_credential: Answer


@dataclass(frozen=True)
class Everything:
    """A certificate of every type, and the authority that certified the seals."""

    root: TestAuthority
    issued: dict[str, Issued]


async def _issue_everything(data: Path) -> Everything:
    async with house(data) as running:
        issued = {}
        verifier = running.institution.verifier
        for number, type_id in enumerate(TYPES):
            row = running.row(type_id, number)
            holder = await running.holder(type_id, row, f"person{number}")
            summary = await running.deliver(type_id, row)
            assert (summary.counts["delivered"], summary.failed) == (1, [])
            [(path, pdf)] = (await running.fetch(holder)).items()
            issued[type_id] = Issued(
                row,
                running.type(type_id).parse(row),
                path,
                pdf,
                await verifier.check_data(pdf),
                await verifier.check_code(code(pdf)),
                await verifier.check_data(credential(pdf)),
            )
        return Everything(await running.institution.register.authority(), issued)


@cache
def everything() -> Everything:
    """Made once: issuing is what is tested, and every test looks at the same certificates."""
    with tempfile.TemporaryDirectory() as data:
        return asyncio.run(_issue_everything(Path(data)))


@pytest.fixture(params=TYPES)
def one(request: pytest.FixtureRequest) -> Issued:
    return everything().issued[request.param]


def test_all_issuers_of_the_mission_are_here() -> None:
    assert {"bac", "dnb", "cap", "bep", "bts", "jdc", "assr1", "assr2", "asr", "aer"} <= set(TYPES)
    assert {"b2i-ecole", "b2i-college", "b2i-lycee", "c2i-1", "c2i-2", "pix"} <= set(TYPES)


def test_pyhanko_judges_the_seal_valid_over_the_whole_file(one: Issued) -> None:
    root = everything().root.certificate.public_bytes(Encoding.DER)
    trusted = [asn1_x509.Certificate.load(root)]
    [embedded] = PdfFileReader(io.BytesIO(one.pdf)).embedded_signatures
    context = ValidationContext(trust_roots=trusted, allow_fetching=False)
    status = validate_pdf_signature(embedded, context)
    assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"


def test_poppler_judges_the_seal_valid_over_the_whole_file(one: Issued, tmp_path: Path) -> None:
    (tmp_path / "one.pdf").write_bytes(one.pdf)
    command = [need("pdfsig", "poppler-utils"), "-nocert", str(tmp_path / "one.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said


def test_the_file_is_pdf_a(one: Issued) -> None:
    report = pdf_validator.validate_pdf_bytes(one.pdf, profile="3a")
    assert report.is_compliant, [failure.message for failure in report.failures]


def test_it_lies_in_the_issuers_folder(one: Issued) -> None:
    top, folder, name = one.path.split("/")
    assert top == "Attestations"
    assert folder
    assert name.endswith(".pdf")


def test_file_code_and_credential_give_the_same_answer(one: Issued) -> None:
    answers = (one.by_file, one.by_code, one.by_credential)
    assert [answer.verdict for answer in answers] == ["valid"] * 3
    assert len({answer.claims.binding for answer in answers if answer.claims}) == 1
    for answer in answers:
        assert answer.subject is not None
        assert answer.subject.family_name == one.record.subject.family_name
        assert answer.claims is not None
        assert answer.claims.record["facts"] == dict(one.record.facts)


def test_the_student_number_stays_at_home(one: Issued) -> None:
    if one.record.subject.ine:
        assert one.record.subject.ine.encode() not in credential(one.pdf)


def test_the_page_says_that_the_seal_is_a_test_seal(one: Issued, tmp_path: Path) -> None:
    (tmp_path / "one.pdf").write_bytes(one.pdf)
    command = [need("pdftotext", "poppler-utils"), str(tmp_path / "one.pdf"), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Démonstration, sans valeur légale" in " ".join(text.split())
    assert code(one.pdf) in text


def test_the_credential_names_the_public_address() -> None:
    document = json.loads(credential(everything().issued["pix"].pdf))
    assert document["issuer"]["id"] == "https://coffre.example/issuers/pix"
    assert document["credentialStatus"]["statusListCredential"].startswith(
        "https://coffre.example/status/pix/1/"
    )
