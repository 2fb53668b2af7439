"""Verification: what holds is told, and every way not to hold has its own sentence."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.issuing.world import (
    DAY,
    DIPLOMA,
    NOW,
    RECORD,
    RENDERER,
    SUBJECT,
    URL,
    World,
    certificate,
    certified,
    make_world,
    other_certificate,
    world,
)
from vault_core.api import Text
from vault_core.errors import CertificateRefused, VerificationFailed
from vault_core.issuing.certificates.verifying import check_disclosure, check_file
from vault_core.issuing.checking.answer import as_json
from vault_core.issuing.checking.trust import Trust
from vault_core.issuing.checking.verification import ATTACHMENT, verify_credential, verify_pdf
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.credential import Issuance, signed_credential
from vault_core.issuing.credentials.identity import (
    Binding,
    bind,
    binding_of,
    new_certificate_id,
    read_reason,
)
from vault_core.issuing.credentials.proofs import add_proof, canonical
from vault_core.issuing.credentials.status import STATES, State
from vault_core.issuing.faults import Fault, refused, sentence
from vault_core.issuing.pages.rendering import Attachment, Page
from vault_core.issuing.pdf.file import open_pdf
from vault_core.issuing.seals.pades import read_seal, seal_pdf
from vault_core.issuing.symbols.twoddoc import parse


def refusal(data: bytes, trust: Trust | None = None, now: dt.datetime = NOW) -> CertificateRefused:
    """The fault of a PDF that must be refused."""
    with pytest.raises(CertificateRefused) as caught:
        verify_pdf(data, trust or world().trust(), now)
    return caught.value


def page(credential: bytes | None, **changes: Any) -> bytes:
    """A page with this credential attached (None: without one), not sealed yet."""
    attachments = ()
    if credential is not None:
        attachments = (Attachment(ATTACHMENT, credential.decode(), "application/json", "x"),)
    fields = {"presentation": DIPLOMA, "record": RECORD, "issuer": world().issuer} | changes
    return RENDERER.pdf(Page(certificate_id="x", issued_at=NOW, attachments=attachments, **fields))


def sealed(credential: bytes | None, reason: str, by: World | None = None) -> bytes:
    return seal_pdf(page(credential), (by or world()).keys.current.sealer, NOW, reason)


def signed(document: dict[str, Any]) -> bytes:
    """A document signed anew by the issuer itself."""
    keys = world().keys.current
    method = f"{world().url}#{keys.credential_key_id}"
    created = document["proof"]["created"]
    return canonical(add_proof(document, keys.credential_key, method, created))


def test_a_certificate_holds() -> None:
    verified = verify_pdf(certificate().pdf, world().trust(), NOW)
    claims = verified.claims
    assert verified.issuer.name.fr == "Académie de Rennes"
    assert verified.sealed_at == claims.valid_from == claims.proved_at == NOW
    assert claims.title == DIPLOMA.title
    assert claims.subject == replace(SUBJECT, ine="")
    assert claims.awarded_on == RECORD.awarded_on
    assert [(fact.id, fact.value) for fact in claims.facts] == [
        (fact.id, fact.value) for fact in DIPLOMA.facts
    ]
    assert verified.binding == certificate().binding
    assert verified.status_at == NOW


def test_the_credential_holds_without_its_pdf() -> None:
    verified = verify_credential(certificate().credential, world().trust(), NOW)
    assert verified.sealed_at is None
    assert verified.claims.record["facts"] == {"mention": "bien"}


def test_a_day_that_the_issuer_does_not_state_is_nowhere() -> None:
    issued = world().issue(replace(RECORD, awarded_on=None))
    answer = check_file(issued.pdf, world().trust(), NOW)
    assert answer.valid
    assert as_json(answer)["certificate"]["awardedOn"] is None
    assert b"awarded" not in issued.credential
    assert parse(issued.twoddoc).issued_on is None
    attached = read_seal(issued.pdf).pdf.attachments()[selective.ATTACHMENT].decode()
    assert "awarded_on" not in {each.name for each in selective.disclosures_of(attached)}


def test_what_the_test_authority_certified_is_called_a_demonstration() -> None:
    whole = read_seal(certificate().pdf).pdf.attachments()[selective.ATTACHMENT].decode()
    chosen = selective.choose(whole, {"given_names"}).encode()
    trust = world().trust()
    for data in (certificate().pdf, certificate().credential):
        assert check_file(data, trust, NOW).valid
        assert "sans valeur légale" in check_file(data, trust, NOW).sentence("fr")
    assert "sans valeur légale" in check_disclosure(chosen, trust, NOW).sentence("fr")
    trust = certified(trust)
    for answer in (
        check_file(certificate().credential, trust, NOW),
        check_disclosure(chosen, trust, NOW),
    ):
        assert answer.verdict == "valid"
        assert answer.sentence("en").startswith("Authentic, unaltered, and still valid")


def test_the_student_number_is_in_no_credential() -> None:
    assert SUBJECT.ine.encode() not in certificate().credential


@pytest.mark.parametrize("state", [state for state in STATES if state != "valid"])
def test_what_is_not_valid_any_more_is_refused(state: State) -> None:
    trust = world().trust({world().place.index: state})
    assert refusal(certificate().pdf, trust).fault == state


def test_a_neighbour_in_the_list_changes_nothing() -> None:
    index = world().place.index
    trust = world().trust({index - 1: "revoked", index + 1: "replaced"})
    assert verify_pdf(certificate().pdf, trust, NOW).binding == certificate().binding


@pytest.mark.parametrize(
    ("now", "fault"),
    [
        (NOW - DAY, "not_yet"),
        (dt.datetime(2026, 12, 31, 23, 59, tzinfo=dt.UTC), None),
        (dt.datetime(2027, 1, 1, 0, 0, tzinfo=dt.UTC), "expired"),
    ],
)
def test_dates_are_kept(now: dt.datetime, fault: str | None) -> None:
    record = replace(RECORD, valid_until=dt.date(2026, 12, 31))
    found = world().issue(record=record).pdf
    if fault is None:
        verify_pdf(found, world().trust(), now)
    else:
        assert refusal(found, now=now).fault == fault


def test_a_stranger_s_seal_is_refused() -> None:
    assert refusal(certificate().pdf, make_world("other").trust()).fault == "foreign_seal"


def test_a_stranger_who_seals_an_issuer_s_credential_is_refused() -> None:
    copied = sealed(certificate().credential, certificate().binding.reason, make_world())
    assert refusal(copied).fault == "foreign_seal"


def test_a_credential_of_an_unknown_key_is_refused() -> None:
    stranger = make_world().issue()
    assert refusal(sealed(stranger.credential, stranger.binding.reason)).fault == (
        "credential_altered"
    )
    elsewhere = make_world("elsewhere").issue()
    assert refusal(sealed(elsewhere.credential, elsewhere.binding.reason)).fault == (
        "foreign_issuer"
    )


def test_one_issuer_s_page_with_another_issuer_s_credential_is_refused() -> None:
    other = make_world("defence", "Défense")
    trust, more = world().trust(), other.trust()
    both = replace(trust, issuers=trust.issuers + more.issuers, lists={**trust.lists, **more.lists})
    mixed = other.issue()
    refused_as = refusal(sealed(mixed.credential, mixed.binding.reason), both)
    assert (refused_as.fault, refused_as.details["what"]) == ("mismatch", "issuer")


def with_attachment(pdf: bytes, credential: bytes) -> bytes:
    """The PDF with an incremental update that replaces the attached file's stream."""
    file = open_pdf(pdf)
    specification = file.array(file.catalog["AF"])[0]
    [number] = {
        file.reference(value).number
        for value in file.dictionary(file.dictionary(specification)["EF"]).values()
    }
    body = b"%d 0 obj\n<</Length %d/Type/EmbeddedFile>>\nstream\n" % (number, len(credential))
    body += credential + b"\nendstream\nendobj\n"
    table = b"xref\n%d 1\n%010d 00000 n\r\n" % (number, len(pdf))
    trailer = b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        file.trailer["Size"],
        file.reference(file.trailer["Root"]).number,
        file.table,
        len(pdf) + len(body),
    )
    changed = pdf + body + table + trailer
    assert open_pdf(changed).attachments()[ATTACHMENT] == credential
    return changed


def test_swapped_attachments_are_refused() -> None:
    mine, theirs = certificate(), other_certificate()
    swapped = sealed(theirs.credential, mine.binding.reason)
    assert refusal(swapped).details["what"] == "certificate id"
    assert refusal(with_attachment(mine.pdf, theirs.credential)).fault == "added"


def test_a_page_that_names_another_record_is_refused() -> None:
    wrong = Binding(certificate().binding.certificate, "0" * 64)
    assert refusal(sealed(certificate().credential, wrong.reason)).details["what"] == "record hash"
    assert refusal(sealed(certificate().credential, "Because")).fault == "mismatch"


def test_a_page_without_a_credential_is_refused() -> None:
    assert refusal(sealed(None, certificate().binding.reason)).fault == "no_credential"


def _record(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["evidence"][0]["record"]
    return found


def _change_fact(document: dict[str, Any]) -> None:
    _record(document)["facts"]["mention"] = "très bien"


def _rehash(document: dict[str, Any]) -> None:
    document["evidence"][0]["recordHash"] = binding_of(_record(document)).record_hash


def _other_id(document: dict[str, Any]) -> None:
    _record(document)["certificate"] = other_certificate().binding.certificate
    _rehash(document)


def _other_issuer(document: dict[str, Any]) -> None:
    _record(document)["issuer"] = "defence"
    _rehash(document)


def _undescribed(document: dict[str, Any]) -> None:
    del document["credentialSubject"]["achievement"]["resultDescription"]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (_change_fact, "record_hash"),
        (_other_id, "mismatch"),
        (_other_issuer, "mismatch"),
        (lambda found: found.update(id="urn:uuid:1"), "credential_form"),
        (lambda found: found.update(type=["VerifiableCredential"]), "credential_form"),
        (lambda found: found["@context"].reverse(), "credential_form"),
        (lambda found: found.update(evidence=[]), "credential_form"),
        (lambda found: found.update(evidence=found["evidence"] * 2), "credential_form"),
        (lambda found: found.update(issuer=found["issuer"]["id"]), "credential_form"),
        (lambda found: found.update(validFrom="2026-07-10"), "credential_form"),
        (lambda found: found.update(validUntil="2026-13-10T00:00:00Z"), "credential_form"),
        (lambda found: found.update(name="Bac"), "credential_form"),
        (lambda found: found.update(credentialSubject=[]), "credential_form"),
        (lambda found: found.pop("credentialStatus"), "no_status"),
        (
            lambda found: found["credentialStatus"].update(
                statusListCredential="https://else.example/revocation"
            ),
            "no_status",
        ),
        (_undescribed, "credential_form"),
    ],
)
def test_a_credential_that_its_issuer_made_wrongly_is_refused(
    change: Callable[[dict[str, Any]], None], fault: str
) -> None:
    document = json.loads(certificate().credential)
    change(document)
    with pytest.raises(CertificateRefused) as caught:
        verify_credential(signed(document), world().trust(), NOW)
    assert caught.value.fault == fault


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{",
        b"\xff",
        b"[" * 100_000,
        b'{"a":1,"a":2}',
        b" " * (1024 * 1024 + 1),
        b"{}",
    ],
)
def test_what_is_no_credential_is_refused(data: bytes) -> None:
    with pytest.raises(CertificateRefused) as caught:
        verify_credential(data, world().trust(), NOW)
    assert caught.value.fault == "credential_form"


def test_a_status_list_of_another_hand_is_refused() -> None:
    trust = world().trust()
    forged = make_world().trust()
    with pytest.raises(VerificationFailed):
        verify_pdf(certificate().pdf, replace(trust, lists=forged.lists), NOW)
    with pytest.raises(VerificationFailed):
        verify_pdf(certificate().pdf, replace(trust, lists={}), NOW)


def test_every_fault_has_a_sentence_in_both_languages() -> None:
    for fault in Fault:
        details = {"name": "N", "what": "W", "date": "2026-07-10", "limit": "8"}
        error = refused(fault, **details)
        assert error.fault == fault.name.lower()
        texts = {sentence(error, "fr"), sentence(error, "en")}
        assert len(texts) == 2
        assert all(text.endswith(".") and "{" not in text for text in texts)
        assert all(re.search(r"[\w)]\u00a0?: \w+", text) for text in texts), "what to do"
    assert sentence(VerificationFailed("As it is."), "fr") == "As it is."


def test_a_certificate_id_is_a_uuid_of_version_7_in_order_of_time() -> None:
    first = new_certificate_id(1_783_675_800_000, lambda count: b"\xff" * count)
    second = new_certificate_id(1_783_675_800_001, lambda count: bytes(count))
    assert first == "urn:uuid:019f4b5c-c9c0-7fff-bfff-ffffffffffff"
    assert first < second


def test_the_record_hash_is_of_the_record_the_issuer_and_the_id() -> None:
    base = bind(RECORD, "education", certificate().binding.certificate)
    others = [
        bind(RECORD, "defence", certificate().binding.certificate),
        bind(RECORD, "education", other_certificate().binding.certificate),
        bind(replace(RECORD, facts={"mention": "très bien"}), "education", base.certificate),
    ]
    assert base == certificate().binding == read_reason(base.reason)
    assert len({base.record_hash, *(other.record_hash for other in others)}) == 4


def test_a_certificate_of_the_least_facts_holds() -> None:
    """No 2D-Doc, no facts, no framework, an end date: what the shortest plugin gives."""
    title = Text("Attestation", "Certificate")
    least = replace(DIPLOMA, title=title, facts=(), framework=Text("", ""), twoddoc=None)
    issued = world().issue(presentation=least)
    assert issued.twoddoc == ""
    assert verify_pdf(issued.pdf, world().trust(), NOW).claims.title == title


def test_a_credential_can_be_made_without_a_page() -> None:
    binding = certificate().binding
    issuance = Issuance(
        RECORD, DIPLOMA, world().issuer, binding, URL, f"{URL}/verify/X", world().place, NOW
    )
    keys = world().keys.current
    data = signed_credential(issuance, keys.credential_key, keys.credential_key_id)
    assert verify_credential(data, world().trust(), NOW).binding == binding
