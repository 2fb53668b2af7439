"""Seals: valid for others' validators, over the whole file, and broken by any changed byte."""

from __future__ import annotations

import io
import re
import subprocess
from pathlib import Path

import page as pdf_validator
import pytest
import typst
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from tests.issuing.seals.changed import unnoticed
from tests.issuing.world import NOW, certificate, other_certificate, world
from tests.requirements import need
from vault_core.errors import CertificateRefused
from vault_core.issuing.pdf.file import PdfFile, open_pdf
from vault_core.issuing.seals.cms import read_signed_data, sign_digest
from vault_core.issuing.seals.pades import read_seal, seal_pdf

REASON = "Parchemin test"


def typeset(source: str, **options: object) -> bytes:
    """A PDF of typst's, of a given source."""
    data = typst.compile(source.encode(), format="pdf", **options)  # type: ignore[call-overload]
    assert isinstance(data, bytes)
    return data


PLAIN = typeset("#set document(title: [A])\nHello", pdf_standards="a-3b")


def validate(data: bytes) -> object:
    """What pyHanko says, trusting the test authority, at the time of the seal."""
    root = asn1_x509.Certificate.load(world().authority.certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[root], moment=NOW, allow_fetching=False)
    embedded = PdfFileReader(io.BytesIO(data)).embedded_signatures
    assert len(embedded) == 1
    return validate_pdf_signature(embedded[0], context)


def test_pyhanko_judges_a_certificate_valid_and_whole() -> None:
    status = validate(certificate().pdf)
    assert status.bottom_line, status.pretty_print_details()
    assert status.coverage.name == "ENTIRE_FILE"
    assert status.signer_reported_dt == NOW


def test_poppler_judges_a_certificate_valid_and_whole(tmp_path: Path) -> None:
    (tmp_path / "c.pdf").write_bytes(certificate().pdf)
    command = [need("pdfsig", "poppler-utils"), "-nocert", str(tmp_path / "c.pdf")]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


@pytest.mark.parametrize("profile", ["3a", "ua1"])
def test_a_sealed_certificate_stays_pdf_a_and_pdf_ua(profile: str) -> None:
    report = pdf_validator.validate_pdf_bytes(certificate().pdf, profile=profile)
    assert report.is_compliant, [failure.message for failure in report.failures]


def test_a_sealed_page_stays_pdf_a_3b_and_the_validator_can_say_no() -> None:
    sealed = seal_pdf(PLAIN, world().keys.current.sealer, NOW, REASON)
    assert pdf_validator.is_pdf_compliant_bytes(sealed, profile="3b")
    broken = sealed.replace(b"/F 132", b"/F 130")
    assert not pdf_validator.is_pdf_compliant_bytes(broken, profile="3b")


def test_the_seal_says_when_and_why_and_who() -> None:
    seal = read_seal(seal_pdf(PLAIN, world().keys.current.sealer, NOW, REASON))
    assert (seal.sealed_at, seal.reason) == (NOW, REASON)
    assert seal.certificate == world().keys.current.seal_chain[0]


def test_the_signed_attributes_are_those_of_pades() -> None:
    data = seal_pdf(PLAIN, world().keys.current.sealer, NOW, REASON)
    [embedded] = PdfFileReader(io.BytesIO(data)).embedded_signatures
    attributes = [item["type"].native for item in embedded.signer_info["signed_attrs"]]
    assert attributes == ["content_type", "message_digest", "signing_certificate_v2"]
    assert embedded.signer_info["unsigned_attrs"].native is None


@pytest.mark.parametrize(
    "source",
    [
        '#link("https://a.example")[a]',
        '#link("https://a.example")[a] #link("https://b.example")[b]',
        "one\n#pagebreak()\ntwo",
    ],
)
def test_a_page_with_links_or_a_second_page_keeps_them(source: str) -> None:
    before = typeset(source, pdf_tags=False)
    sealed = seal_pdf(before, world().keys.current.sealer, NOW, REASON)
    assert validate(sealed).bottom_line
    pages, reader = open_pdf(before), open_pdf(sealed)
    assert sealed.startswith(before)
    assert sealed.count(b"/Link") >= before.count(b"/Link")
    assert reader.catalog["Pages"] == pages.catalog["Pages"]
    first = reader.array(reader.dictionary(reader.catalog["Pages"])["Kids"])[0]
    annotations = reader.array(reader.dictionary(first)["Annots"])
    assert len(annotations) == 1 + source.count("#link")


def test_a_sealed_file_is_not_sealed_again() -> None:
    with pytest.raises(CertificateRefused):
        seal_pdf(certificate().pdf, world().keys.current.sealer, NOW, REASON)


SEALED = seal_pdf(PLAIN, world().keys.current.sealer, NOW, REASON)


def test_any_changed_byte_breaks_the_seal() -> None:
    """Every byte of a small file, one at a time: none may pass."""
    assert unnoticed(SEALED, range(len(SEALED))) == []


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(SEALED) - 1), st.binary(max_size=3), st.integers(0, 4))
def test_any_splice_is_refused_by_our_errors_only(at: int, inserted: bytes, removed: int) -> None:
    changed = SEALED[:at] + inserted + SEALED[at + removed :]
    if changed != SEALED:
        with pytest.raises(CertificateRefused):
            read_seal(changed)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_refused_by_our_errors_only(data: bytes) -> None:
    for tried in (data, b"%PDF-1.7\n" + data, SEALED[:-300] + data):
        with pytest.raises(CertificateRefused):
            read_seal(tried)


def _widen(data: bytes) -> bytes:
    """The same file, whose signature dictionary claims a wider gap than its hexadecimal string."""
    match = re.search(rb"/ByteRange\[0 (\d{10}) (\d{10}) (\d{10})\]", data)
    assert match is not None
    start, end, rest = (int(match[group]) - 1 * (group == 1) for group in (1, 2, 3))
    ranges = b"/ByteRange[0 %010d %010d %010d]" % (start, end, rest)
    return data[: match.start()] + ranges + data[match.end() :]


@pytest.mark.parametrize(
    ("name", "data", "fault"),
    [
        ("not a PDF", b"<html>", "not_a_pdf"),
        ("no seal", PLAIN, "no_seal"),
        ("cut at the end", SEALED[:-30], "cut"),
        ("a newline added", SEALED + b"\n", "added"),
        ("a revision added", SEALED + SEALED[len(PLAIN) :], "added"),
        ("the gap widened", _widen(SEALED), "not_covered"),
        ("the page changed", SEALED.replace(b"/MediaBox[0 0 5", b"/MediaBox[0 0 6"), "altered"),
        ("the time changed", SEALED.replace(b"D:20260710", b"D:20250710"), "altered"),
        (
            "the digits in capitals",
            SEALED.replace(b"2a864886f70d01", b"2A864886f70d01"),
            "not_covered",
        ),
        ("another form of seal", SEALED.replace(b"ETSI.CAdES", b"adbe.CAdES"), "seal_form"),
        ("a structure without end", SEALED.replace(b"/Fields[", b"/Fields[" + b"[" * 9), "damaged"),
    ],
)
def test_each_fault_has_its_sentence(name: str, data: bytes, fault: str) -> None:
    with pytest.raises(CertificateRefused) as caught:
        read_seal(data)
    assert caught.value.fault == fault, name


def test_another_file_s_seal_does_not_fit() -> None:
    mine, theirs = certificate().pdf, other_certificate().pdf
    pattern = re.compile(rb"/Contents<([0-9a-f]+)>")
    stolen = pattern.search(theirs)
    assert stolen is not None
    with pytest.raises(CertificateRefused) as caught:
        read_seal(pattern.sub(lambda _: stolen[0], mine))
    assert caught.value.fault == "altered"


def test_a_cms_has_one_spelling() -> None:
    signed = sign_digest(bytes(32), world().keys.current.sealer)
    parsed = read_signed_data(signed)
    assert parsed.digest == bytes(32)
    assert parsed.verify() == world().keys.current.seal_chain[0]
    for data in (
        signed + b"\0",
        signed[:-1],
        b"",
        signed.replace(b"\x02\x01\x01", b"\x02\x01\x03", 1),
    ):
        with pytest.raises(CertificateRefused):
            read_signed_data(data)


class Ambiguous:
    """A typesetter whose first pages hold a stream that ends in a carriage return."""

    def __init__(self, bad: int) -> None:
        self.left = bad

    def sheet(self, page: object) -> PdfFile:
        del page
        self.left -= 1
        ambiguous = PLAIN.replace(b"startxref", b"%\r\nendstream\nstartxref")
        return open_pdf(ambiguous if self.left >= 0 else PLAIN)


@pytest.mark.parametrize(("bad", "ends"), [(0, False), (3, False), (4, False), (5, True)])
def test_a_page_that_strict_readers_could_misread_is_set_again(bad: int, ends: bool) -> None:
    issued = world().issue(typesetter=Ambiguous(bad))
    assert (b"\r\nendstream" in issued.pdf) is ends
