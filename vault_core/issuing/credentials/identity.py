"""What makes a certificate the same in its page, its credential and its seal.

A certificate has an id (a UUID version 7, as urn:uuid) and a record hash: SHA-256 over the
canonical JSON (RFC 8785) of the record, its issuer and that id. Both stand in the seal's
/Reason, in the credential, and in the PDF's keywords.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NewType

from vault_core.api import Random, Record
from vault_core.errors import InvalidRecord, VerificationFailed
from vault_core.issuing.credentials.proofs import canonical

CertificateId = NewType("CertificateId", str)
"""`urn:uuid:` and a UUID in lower case."""

_REASON = re.compile(r"Parchemin (urn:uuid:[0-9a-f-]{36}) sha256:([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Binding:
    """Certificate id and record hash (64 hexadecimal digits)."""

    certificate: CertificateId
    record_hash: str

    @property
    def reason(self) -> str:
        """What the seal's /Reason says."""
        return f"Parchemin {self.certificate} sha256:{self.record_hash}"

    @property
    def keywords(self) -> tuple[str, str]:
        """The document's keywords, in its information dictionary and its XMP metadata."""
        return self.certificate, f"sha256:{self.record_hash}"


def new_certificate_id(now_ms: int, random: Random) -> CertificateId:
    """A UUID version 7 (RFC 9562, section 5.7): 48 bits of time, then 74 random bits."""
    value = now_ms << 80 | int.from_bytes(random(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    value = value & ~(0b11 << 62) | 0b10 << 62
    return CertificateId(uuid.UUID(int=value).urn)


def record_object(record: Record, issuer_id: str, certificate: CertificateId) -> dict[str, Any]:
    """The JSON object that is hashed, and that the credential carries.

    The national student number and the record's key, which may contain it, stay out: whoever is
    shown a certificate has no use for them.
    """
    subject = record.subject
    person = {
        "familyName": subject.family_name,
        "givenNames": list(subject.given_names),
        "birthDate": subject.birth_date.isoformat(),
        "birthPlace": subject.birth_place,
        "birthCountry": subject.birth_country,
        "gender": subject.gender,
        "usualName": subject.usual_name,
    }
    until, day = record.valid_until, record.awarded_on
    return {
        "certificate": certificate,
        "issuer": issuer_id,
        "type": record.type_id,
        "subject": {name: value for name, value in person.items() if value},
        "facts": dict(record.facts),
        **({"awardedOn": day.isoformat()} if day else {}),
        **({"validUntil": until.isoformat()} if until else {}),
    }


def last_moment(day: dt.date) -> dt.datetime:
    """The last second (UTC) of the last day on which a certificate is valid."""
    return dt.datetime.combine(day, dt.time(23, 59, 59), dt.UTC)


def bind(record: Record, issuer_id: str, certificate: CertificateId) -> Binding:
    """Id and hash of a record. Raises InvalidRecord if its facts are no JSON values."""
    try:
        return binding_of(record_object(record, issuer_id, certificate))
    except VerificationFailed as error:
        raise InvalidRecord("The record's facts cannot be written as JSON.") from error


def binding_of(record: Mapping[str, Any]) -> Binding:
    """Id and hash of a record object. Raises VerificationFailed if it has no canonical form."""
    digest = hashlib.sha256(canonical(dict(record))).hexdigest()
    return Binding(CertificateId(str(record.get("certificate"))), digest)


def read_reason(reason: str) -> Binding | None:
    """The binding that a seal's /Reason names, or None."""
    match = _REASON.fullmatch(reason)
    return Binding(CertificateId(match[1]), match[2]) if match else None
