"""What a verifier trusts: issuers, the keys they had and when, and their status lists.

What an issuer signed while a key was in use stays good after the key was rotated.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from vault_core.api import Issuer, Text
from vault_core.issuing.credentials.multibase import multikey
from vault_core.issuing.credentials.proofs import Document
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.seals.authority import TEST_NAME
from vault_core.issuing.seals.keys import Generation, IssuerKeys

KeyKind = Literal["seal", "credential", "twoddoc"]


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One public key of an issuer and the period in which it signed.

    `name` is how signatures refer to it: the hexadecimal SHA-256 of a seal's certificate, a
    credential's verification method, or a 2D-Doc's authority and certificate ids. `value` is the
    certificate (DER), the Multikey, or the SubjectPublicKeyInfo (DER); DER is in base64.
    """

    kind: KeyKind
    name: str
    value: str
    since: dt.datetime
    until: dt.datetime | None = None

    def covers(self, moment: dt.datetime) -> bool:
        """Whether the key was in use at `moment`; a minute's difference of clocks is allowed."""
        slack = dt.timedelta(minutes=1)
        return self.since - slack <= moment and (self.until is None or moment <= self.until + slack)


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer with all the keys it ever had; `url` identifies it in credentials."""

    id: str
    name: Text
    url: str
    country: str
    keys: tuple[TrustedKey, ...]


@dataclass(frozen=True, slots=True)
class Trust:
    """Everything needed to check a certificate. `lists` are status lists by their address;
    `stamp_roots` those of time-stamping authorities whose word on a time is taken.
    """

    institution: str
    made_at: dt.datetime
    issuers: tuple[TrustedIssuer, ...]
    lists: Mapping[str, Document]
    stamp_roots: tuple[x509.Certificate, ...] = ()

    def find(self, kind: KeyKind, name: str) -> tuple[TrustedIssuer, TrustedKey] | None:
        """The key of that name and whose it is, or None."""
        for issuer in self.issuers:
            for key in issuer.keys:
                if key.kind == kind and key.name == name:
                    return issuer, key
        return None


def trusted_issuer(issuer: Issuer, url: str, keys: IssuerKeys) -> TrustedIssuer:
    """The public half of an issuer's keys."""
    found = [key for generation in keys.generations for key in _public(url, generation)]
    return TrustedIssuer(issuer.id, issuer.name, url, issuer.country, tuple(found))


def sealed_for_tests(issuer: TrustedIssuer, moment: dt.datetime) -> bool:
    """Whether what the issuer sealed then is certified by the test authority alone.

    Raises VerificationFailed if a seal's certificate cannot be read.
    """
    seals = [key for key in issuer.keys if key.kind == "seal" and key.covers(moment)]
    if not seals:
        return False
    newest = max(seals, key=lambda key: key.since)
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(newest.value))
        return TEST_NAME in certificate.issuer.rfc4514_string()
    except (ValueError, TypeError) as error:
        raise refused(Fault.SNAPSHOT_FORM) from error


def controller_document(issuer: TrustedIssuer) -> Document:
    """What the issuer's URL answers (W3C Controlled Identifiers 1.0): its credential keys."""
    methods = [
        {
            "id": key.name,
            "type": "Multikey",
            "controller": issuer.url,
            "publicKeyMultibase": key.value,
            **({"expires": key.until.isoformat()} if key.until else {}),
        }
        for key in issuer.keys
        if key.kind == "credential"
    ]
    return {
        "@context": "https://www.w3.org/ns/cid/v1",
        "id": issuer.url,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def certificate_name(certificate: bytes) -> str:
    """How a seal's certificate (DER) is named: its SHA-256 in hexadecimal."""
    return hashlib.sha256(certificate).hexdigest()


def twoddoc_key(key: TrustedKey) -> ec.EllipticCurvePublicKey:
    """The public key of a trusted 2D-Doc key. Raises VerificationFailed if it is no such key."""
    try:
        found = load_der_public_key(base64.b64decode(key.value))
    except (ValueError, TypeError) as error:
        raise refused(Fault.SNAPSHOT_FORM) from error
    if not isinstance(found, ec.EllipticCurvePublicKey):
        raise refused(Fault.SNAPSHOT_FORM)
    return found


def _public(url: str, generation: Generation) -> tuple[TrustedKey, ...]:
    certificate = generation.seal_chain[0].public_bytes(Encoding.DER)
    twoddoc = generation.twoddoc
    der = twoddoc.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    period = (generation.since, generation.until)
    values: tuple[tuple[KeyKind, str, str], ...] = (
        ("seal", certificate_name(certificate), _text(certificate)),
        (
            "credential",
            f"{url}#{generation.credential_key_id}",
            multikey(generation.credential_key.public_key()),
        ),
        ("twoddoc", twoddoc.authority + twoddoc.certificate, _text(der)),
    )
    return tuple(TrustedKey(kind, name, value, *period) for kind, name, value in values)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
