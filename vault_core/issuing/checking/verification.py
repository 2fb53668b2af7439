"""Is this certificate what it claims to be? Seal, credential, issuer, dates and status together.

A signature alone would accept an expired, a revoked and a stranger's certificate; so nothing
here gives an answer before everything held. Every function raises `CertificateRefused`, whose
fault says in one sentence what is wrong.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding

from vault_core.api import Subject
from vault_core.issuing.checking.trust import (
    Trust,
    TrustedIssuer,
    TrustedKey,
    certificate_name,
    twoddoc_key,
)
from vault_core.issuing.credentials.claims import Claims, read_claims
from vault_core.issuing.credentials.identity import Binding, read_reason
from vault_core.issuing.credentials.multibase import from_multikey
from vault_core.issuing.credentials.proofs import Document, check_proof
from vault_core.issuing.credentials.status import PURPOSES, State, StatusPlace, list_url, state_at
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.pdf.syntax import text_string
from vault_core.issuing.seals.pades import Seal, read_seal
from vault_core.issuing.symbols.twoddoc import TwoDDoc, parse
from vault_core.issuing.symbols.twoddoc_fields import subject_fields

ATTACHMENT = "credential.json"
"""Name of the credential inside the PDF."""
_LARGEST_CREDENTIAL = 1024 * 1024
_CLOCKS = dt.timedelta(minutes=5)
_FAULTS: Mapping[State, Fault] = {
    "revoked": Fault.REVOKED,
    "replaced": Fault.REPLACED,
    "suspended": Fault.SUSPENDED,
}


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate that holds. `status_at` is when its issuer last said so.

    `sealed_at` is None for a credential without its PDF.
    """

    issuer: TrustedIssuer
    claims: Claims
    credential: Document
    status_at: dt.datetime
    sealed_at: dt.datetime | None = None

    @property
    def binding(self) -> Binding:
        return self.claims.binding


def verify_pdf(data: bytes, trust: Trust, now: dt.datetime) -> Verified:
    """Verify a sealed PDF: the seal first, then the credential inside, then that both agree."""
    seal = read_seal(data)
    issuer = _sealing_issuer(seal, trust)
    attached = seal.pdf.attachments().get(ATTACHMENT)
    if attached is None:
        raise refused(Fault.NO_CREDENTIAL)
    verified = verify_credential(attached, trust, now)
    if verified.issuer.id != issuer.id:
        raise refused(Fault.MISMATCH, what="issuer")
    _check_binding(seal, verified.binding)
    return replace(verified, sealed_at=seal.sealed_at)


def verify_credential(data: bytes, trust: Trust, now: dt.datetime) -> Verified:
    """Verify a credential as JSON, with or without the PDF it was attached to."""
    document = parse_document(data)
    claims = read_claims(document)
    issuer = _check_proof(document, claims, trust)
    if claims.record.get("issuer") != issuer.id:
        raise refused(Fault.MISMATCH, what="issuer")
    check_dates(claims.valid_from, claims.valid_until, now)
    status_at = check_status(claims.place, issuer, trust)
    return Verified(issuer, claims, document, status_at)


def verify_twoddoc(text: str, trust: Trust) -> tuple[TrustedIssuer, TwoDDoc]:
    """Verify a scanned 2D-Doc; it carries no status, which needs the verification code."""
    document = parse(text)
    name = document.authority + document.certificate
    found = trust.find("twoddoc", name)
    if found is None:
        raise refused(Fault.TWODDOC_FOREIGN, name=name)
    issuer, key = found
    document.verify(twoddoc_key(key))
    return issuer, document


def check_same_person(document: TwoDDoc, subject: Subject) -> None:
    """Raises CertificateRefused if a 2D-Doc does not name the person of a certificate."""
    for name, value in subject_fields(subject).items():
        if document.fields.get(name, value) != value:
            raise refused(Fault.MISMATCH, what=f"2D-Doc {name}")


def parse_document(data: bytes) -> Document:
    """A JSON object in which no name stands twice. Raises CertificateRefused."""
    if len(data) > _LARGEST_CREDENTIAL:
        raise refused(Fault.CREDENTIAL_FORM, what="size")
    try:
        document = json.loads(data, object_pairs_hook=_object)
    except (ValueError, RecursionError) as error:
        raise refused(Fault.CREDENTIAL_FORM, what="JSON") from error
    if not isinstance(document, dict):
        raise refused(Fault.CREDENTIAL_FORM, what="JSON")
    return document


def _object(pairs: list[tuple[str, Any]]) -> Document:
    """Refuses a name given twice: readers differ in which of the two they take."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def _sealing_issuer(seal: Seal, trust: Trust) -> TrustedIssuer:
    name = certificate_name(seal.certificate.public_bytes(Encoding.DER))
    found = trust.find("seal", name)
    if found is None:
        raise refused(Fault.FOREIGN_SEAL, name=_common_name(seal.certificate))
    issuer, key = found
    if not key.covers(seal.sealed_at):
        raise refused(Fault.SEAL_PERIOD)
    return issuer


def _common_name(certificate: x509.Certificate) -> str:
    """What a stranger's certificate calls its owner."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[-1].value) if names else "?"


def _check_proof(document: Document, claims: Claims, trust: Trust) -> TrustedIssuer:
    signers: list[tuple[TrustedIssuer, TrustedKey]] = []

    def key_of(method: str) -> Ed25519PublicKey:
        found = trust.find("credential", method)
        if found is None or found[0].url != claims.issuer:
            raise refused(Fault.FOREIGN_ISSUER, name=claims.issuer)
        signers.append(found)
        return from_multikey(found[1].value)

    check_proof(document, key_of)
    issuer, key = signers[0]
    if not key.covers(claims.proved_at) or not key.covers(claims.valid_from):
        raise refused(Fault.KEY_PERIOD)
    return issuer


def check_dates(valid_from: dt.datetime, valid_until: dt.datetime | None, now: dt.datetime) -> None:
    """Raises CertificateRefused before the one and after the other."""
    if now + _CLOCKS < valid_from:
        raise refused(Fault.NOT_YET, date=valid_from.date().isoformat())
    if valid_until is not None and valid_until < now:
        raise refused(Fault.EXPIRED, date=valid_until.date().isoformat())


def check_status(place: StatusPlace, issuer: TrustedIssuer, trust: Trust) -> dt.datetime:
    """When the lists that say "valid" were made; raises CertificateRefused for any other state."""
    urls = [list_url(place.lists_url, purpose) for purpose in PURPOSES]
    lists = {url: trust.lists[url] for url in urls if url in trust.lists}
    for document in lists.values():
        _check_list(document, issuer, trust)
    state = state_at(lists, place)
    if state != "valid":
        raise refused(_FAULTS[state])
    return min(dt.datetime.fromisoformat(document["validFrom"]) for document in lists.values())


def _check_list(document: Document, issuer: TrustedIssuer, trust: Trust) -> None:
    def key_of(method: str) -> Ed25519PublicKey:
        found = trust.find("credential", method)
        if found is None or found[0] != issuer:
            raise refused(Fault.NO_STATUS)
        return from_multikey(found[1].value)

    check_proof(document, key_of)


def _check_binding(seal: Seal, binding: Binding) -> None:
    named = read_reason(seal.reason)
    if named is None or named.certificate != binding.certificate:
        raise refused(Fault.MISMATCH, what="certificate id")
    if named.record_hash != binding.record_hash:
        raise refused(Fault.MISMATCH, what="record hash")
    keywords = text_string(seal.pdf.information("Keywords"))
    if keywords and not all(word in keywords for word in binding.keywords):
        raise refused(Fault.MISMATCH, what="document's keywords")
