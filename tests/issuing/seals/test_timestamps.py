"""Timestamps and archives: OpenSSL stamps and tells status, pyHanko's validator judges."""

from __future__ import annotations

import asyncio
import datetime as dt
import io
import os
import re
from collections.abc import Iterator

import page as pdf_validator
import pytest
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.ades import AdESLTAValidationResult, ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.policy_decl import (
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager

from tests.issuing.authorities import NOW, Authorities
from tests.issuing.seals.changed import unnoticed
from tests.issuing.world import DIPLOMA, RECORD, RENDERER, URL, make_world, world
from vault_core.errors import CertificateRefused, SealingUnavailable
from vault_core.issuing.certificates.certificate import Order, issue
from vault_core.issuing.checking.verification import verify_pdf
from vault_core.issuing.seals.archive import archive_pdf
from vault_core.issuing.seals.evidence import Gatherer
from vault_core.issuing.seals.keys import IssuerKeys
from vault_core.issuing.seals.pades import read_seal
from vault_core.issuing.seals.sealing import Sealing
from vault_core.issuing.seals.timestamps import Account, Timestamps

HOUR = dt.timedelta(hours=1)
EARLIER = "PDFA3A-SIGNATURE-BYTERANGE-001"
"""The validator wants every signature to cover the whole file, also one that another follows: it
would refuse every file that was signed twice. ISO 19005-3, 6.4.3, is about when it is computed, and
veraPDF holds each to the end of its own revision (its issue 1493); so does `uncovered`."""


@pytest.fixture(scope="module")
def keys(outside: Authorities) -> IssuerKeys:
    """An issuer's keys whose seal the authority outside certified."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = outside.certify("Académie de Rennes", key.public_key())
    outside.index(certificate)
    return world().keys.take(NOW - HOUR, key, (certificate,))


@pytest.fixture
def sealing(outside: Authorities) -> Iterator[Sealing]:
    made = Sealing(None, stamps(outside), lambda: NOW.timestamp(), [outside.root])
    yield made
    made.close()


def faults(pdf: bytes) -> list[str]:
    """What the validator of PDF/A-3a objects to."""
    return [one.rule_id for one in pdf_validator.validate_pdf_bytes(pdf, profile="3a").failures]


def uncovered(pdf: bytes) -> list[int]:
    """Signatures, by their place, that do not reach from the first byte to the end of the revision
    that adds them: to the end-of-file marker after the next cross-reference table."""
    found = []
    for match in re.finditer(rb"/ByteRange\[0 (\d+) (\d+) (\d+)\]/Contents(<[0-9a-f]*>)", pdf):
        first, second, rest = (int(number) for number in match.groups()[:3])
        end = pdf.index(b"%%EOF\n", pdf.index(b"\nstartxref\n", second)) + len(b"%%EOF\n")
        if (first, second, second + rest) != (match.start(4), match.end(4), end):
            found.append(match.start())
    return found


def stamps(outside: Authorities) -> Timestamps:
    return Timestamps(Account(f"{outside.url}/tsa", (outside.root,)), os.urandom, lambda _: None)


def issued(keys: IssuerKeys, sealing: Sealing) -> bytes:
    order = Order(RECORD, DIPLOMA, world().issuer, URL, world().place)
    return issue(order, keys.current, RENDERER, NOW, os.urandom, sealing).pdf


@pytest.fixture(scope="module")
def archived(outside: Authorities, keys: IssuerKeys) -> bytes:
    """A certificate at level B-LTA."""
    made = Sealing(None, stamps(outside), lambda: NOW.timestamp(), [outside.root])
    try:
        return issued(keys, made)
    finally:
        made.close()


def judged(pdf: bytes, *roots: x509.Certificate) -> AdESLTAValidationResult:
    """What pyHanko finds by EN 319 102-1, section 5.6: revocation told for all, no network."""
    rule = RevocationCheckingRule.CRL_OR_OCSP_REQUIRED
    policy = CertValidationPolicySpec(
        SimpleTrustManager.build(
            [asn1_x509.Certificate.load(one.public_bytes(Encoding.DER)) for one in roots]
        ),
        CertRevTrustPolicy(RevocationCheckingPolicy(rule, rule)),
    )
    local = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, local))
    embedded = PdfFileReader(io.BytesIO(pdf)).embedded_regular_signatures[0]
    return asyncio.run(ades_lta_validation(embedded, spec))


def test_a_seal_with_a_timestamp_is_valid_by_pyhanko(
    outside: Authorities, keys: IssuerKeys
) -> None:
    pdf = issued(keys, Sealing(None, stamps(outside)))
    [embedded] = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
    root = asn1_x509.Certificate.load(outside.root.public_bytes(Encoding.DER))
    trusting = ValidationContext(trust_roots=[root], allow_fetching=False)
    status = asyncio.run(async_validate_pdf_signature(embedded, trusting, trusting))
    assert status.bottom_line, status.pretty_print_details()
    assert status.timestamp_validity.valid
    assert status.timestamp_validity.trusted
    assert abs(status.timestamp_validity.timestamp - NOW) < dt.timedelta(hours=1)
    token = read_seal(pdf).token
    assert token is not None
    assert token.stamped_at == status.timestamp_validity.timestamp


def test_an_archived_certificate_is_valid_at_pades_lta_without_any_network(
    outside: Authorities, archived: bytes
) -> None:
    result = judged(archived, outside.root)
    assert result.ades_subindic == AdESPassed.OK, result.failure_msg
    assert result.best_signature_time is not None


def test_without_its_evidence_it_would_not_be(outside: Authorities, keys: IssuerKeys) -> None:
    result = judged(issued(keys, Sealing(None, stamps(outside))), outside.root)
    assert result.ades_subindic != AdESPassed.OK


def test_an_archived_certificate_verifies_here_and_stays_pdf_a_and_ua(
    keys: IssuerKeys, archived: bytes
) -> None:
    seal = read_seal(archived)
    assert len(seal.archived) == 1
    verified = verify_pdf(archived, world().trust(keys=keys), NOW)
    assert verified.binding.certificate in seal.reason
    assert pdf_validator.is_pdf_compliant_bytes(archived, profile="ua1")
    assert faults(archived) == [EARLIER]
    assert archived.count(b"/ByteRange[") == 2
    assert uncovered(archived) == []
    assert uncovered(archived[: archived.index(b"%%EOF\n", archived.index(b"/Sig/")) + 6]) == []
    longer = archived.replace(b"/ByteRange[0 0", b"/ByteRange[0 1", 1)
    assert len(uncovered(longer)) == 1


def test_an_archive_is_renewed(
    outside: Authorities, keys: IssuerKeys, archived: bytes, sealing: Sealing
) -> None:
    stamp = stamps(outside)
    gatherer = Gatherer(lambda _: None, lambda: NOW.timestamp())
    evidence = gatherer.evidence([outside.unit], [outside.root])
    renewed = archive_pdf(archived, evidence, stamp)
    assert renewed.startswith(archived)
    assert len(read_seal(renewed).archived) == 2
    assert verify_pdf(renewed, world().trust(keys=keys), NOW)
    reader = PdfFileReader(io.BytesIO(renewed))
    assert len(reader.embedded_timestamp_signatures) == 2
    assert set(faults(renewed)) == {EARLIER}
    assert renewed.count(b"/ByteRange[") == 3
    assert uncovered(renewed) == []


def test_anything_else_in_the_archive_s_revision_is_refused(archived: bytes) -> None:
    """Every 17th byte of the revision, and some edits that leave the file readable."""
    start = archived.index(b"%%EOF\n", archived.index(b"/ETSI.CAdES.detached")) + 6
    assert unnoticed(archived, range(start, len(archived), 17)) == []
    sealed = archived[:start]
    assert read_seal(sealed).archived == ()
    with pytest.raises(CertificateRefused) as caught:
        read_seal(archived[:start] + b"% more\n" + archived[start:])
    assert caught.value.fault in ("damaged", "added", "cut")


def test_a_timestamp_of_another_signature_is_refused(
    outside: Authorities, keys: IssuerKeys
) -> None:
    stamp = stamps(outside)
    other = stamp(b"another signature")

    class Wrong:
        room = stamp.room

        def __call__(self, data: bytes) -> bytes:
            return other

    with pytest.raises(CertificateRefused) as caught:
        read_seal(issued(keys, Sealing(None, Wrong())))  # type: ignore[arg-type]
    assert caught.value.fault == "stamp"


def test_a_silent_authority_is_said_after_three_tries(
    outside: Authorities, keys: IssuerKeys
) -> None:
    outside.refusing = True
    before = len(outside.requests)
    try:
        with pytest.raises(SealingUnavailable, match="it answered 503"):
            issued(keys, Sealing(None, stamps(outside)))
    finally:
        outside.refusing = False
    assert len(outside.requests) == before + 3


def test_an_authority_with_other_roots_is_not_believed(
    outside: Authorities, keys: IssuerKeys
) -> None:
    stranger = make_world().authority.certificate
    stamp = Timestamps(Account(f"{outside.url}/tsa", (stranger,)), os.urandom, lambda _: None)
    with pytest.raises(SealingUnavailable, match="timestamp"):
        issued(keys, Sealing(None, stamp))


def test_a_revoked_seal_certificate_seals_nothing_for_long(
    outside: Authorities, keys: IssuerKeys
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    revoked = outside.certify("Revoked", key.public_key())
    good: x509.Certificate = keys.current.seal_chain[0]
    outside.index(revoked, revoked=True)
    theirs = world().keys.take(NOW - HOUR, key, (revoked,))
    sealing = Sealing(None, stamps(outside), lambda: NOW.timestamp(), [outside.root])
    try:
        with pytest.raises(SealingUnavailable, match="revoked"):
            issued(theirs, sealing)
    finally:
        outside.index(good)
        sealing.close()


def test_the_test_authority_s_own_seals_are_archived_too(outside: Authorities) -> None:
    """It publishes no list: the institution itself brings an empty one."""
    house = make_world()
    sealing = Sealing(None, stamps(outside), lambda: NOW.timestamp(), [outside.root])
    sealing.know(house.authority)
    pdf = issue(
        Order(RECORD, DIPLOMA, house.issuer, URL, house.place),
        house.keys.current, RENDERER, NOW, os.urandom, sealing,
    ).pdf  # fmt: skip
    sealing.close()
    result = judged(pdf, outside.root, house.authority.certificate)
    assert result.ades_subindic == AdESPassed.OK, result.failure_msg
