"""Verifying what somebody chose to disclose of a certificate (RFC 9901, section 7.1).

As for a whole credential, nothing is believed before signature, issuer, dates and status held.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography.exceptions import InvalidSignature

from vault_core.api import Language, Text
from vault_core.errors import CertificateRefused
from vault_core.issuing.checking.answer import Verdict, valid_now
from vault_core.issuing.checking.trust import Trust, TrustedIssuer, sealed_for_tests
from vault_core.issuing.checking.verification import check_dates, check_status, parse_document
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.multibase import from_multikey
from vault_core.issuing.credentials.proofs import Document
from vault_core.issuing.credentials.selective import RESULT, Disclosure, decode, disclosures_of
from vault_core.issuing.credentials.status import read_place
from vault_core.issuing.faults import Fault, refused, sentence

_LARGEST = 256 * 1024
_ENDED: Mapping[str, Verdict] = {
    "expired": "expired",
    "replaced": "replaced",
    "revoked": "revoked",
    "suspended": "suspended",
    "no_status": "unproven",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One disclosed fact of the certificate."""

    id: str
    title: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What the issuer signed of what was disclosed, and whether it can be relied on now.

    `claims` holds the person's claims and `awarded_on`, `results` the certificate's facts; both
    only what was chosen. `fault` says why the verdict is not "valid".
    """

    verdict: Verdict
    issuer: Text
    issuer_url: str
    certificate: str
    type: str
    title: Text
    issued_at: dt.datetime
    valid_until: dt.datetime | None
    claims: Mapping[str, Any]
    results: tuple[Result, ...]
    hidden: int
    """How many hashes had no disclosure: claims left out, and decoys."""
    fault: CertificateRefused | None = None
    for_tests: bool = False
    """Whether the test authority alone certifies its issuer's seals."""

    def sentence(self, language: Language) -> str:
        """The answer in one sentence."""
        if self.fault:
            return sentence(self.fault, language)
        return valid_now(self.for_tests)[language]


def verify_disclosed(text: str, trust: Trust, now: dt.datetime) -> Disclosed:
    """Verify an SD-JWT with some of its disclosures, and no key binding.

    Raises CertificateRefused if it is not what an issuer known here signed; one that has expired or
    was replaced or revoked is genuine, and its verdict says so.
    """
    if len(text) > _LARGEST or not text.isascii():
        raise refused(Fault.CREDENTIAL_FORM, what="size")
    payload, issuer = _signed(text.partition("~")[0], trust)
    hashes = _hashes(payload)
    claims, results = _opened(disclosures_of(text), hashes)
    until = payload.get("exp")
    found = Disclosed(
        "valid", issuer.name, issuer.url, _string(payload, "jti"), _string(payload, "vct"),
        _text(payload.get("name"), "name"), _moment(payload.get("iat"), "iat"),
        None if until is None else _moment(until, "exp"),
        claims, results, len(hashes) - len(claims) - len(results),
    )  # fmt: skip
    found = replace(found, for_tests=sealed_for_tests(issuer, found.issued_at))
    return _standing(found, payload, issuer, trust, now)


def _standing(
    found: Disclosed, payload: Document, issuer: TrustedIssuer, trust: Trust, now: dt.datetime
) -> Disclosed:
    try:
        check_dates(found.issued_at, found.valid_until, now)
        check_status(read_place(payload.get("credentialStatus")), issuer, trust)
    except CertificateRefused as error:
        verdict = _ENDED.get(error.fault)
        if verdict is None:
            raise
        return replace(found, verdict=verdict, fault=error)
    return found


def _signed(jwt: str, trust: Trust) -> tuple[Document, TrustedIssuer]:
    """The signed payload and who signed it, by a key they had when they did."""
    parts = jwt.split(".")
    if len(parts) != 3:
        raise refused(Fault.CREDENTIAL_FORM, what="JWT")
    header, payload = parse_document(decode(parts[0])), parse_document(decode(parts[1]))
    if header.get("typ") != selective.TYPE or header.get("alg") != "EdDSA" or "crit" in header:
        raise refused(Fault.PROOF_FORM)
    named = trust.find("credential", _string(header, "kid"))
    if named is None or named[0].url != payload.get("iss"):
        raise refused(Fault.FOREIGN_ISSUER, name=str(payload.get("iss"))[:200])
    issuer, key = named
    try:
        signed = f"{parts[0]}.{parts[1]}".encode("ascii")
        from_multikey(key.value).verify(decode(parts[2]), signed)
    except InvalidSignature as error:
        raise refused(Fault.CREDENTIAL_ALTERED) from error
    if not key.covers(_moment(payload.get("iat"), "iat")):
        raise refused(Fault.KEY_PERIOD)
    return payload, issuer


def _hashes(payload: Document) -> set[str]:
    found = payload.get("_sd")
    if payload.get("_sd_alg") != "sha-256" or not isinstance(found, list):
        raise refused(Fault.CREDENTIAL_FORM, what="_sd")
    hashes = {each for each in found if isinstance(each, str)}
    if len(hashes) != len(found) or len(found) > selective.MOST:
        raise refused(Fault.CREDENTIAL_FORM, what="_sd")
    return hashes


def _opened(
    disclosures: list[Disclosure], hashes: set[str]
) -> tuple[dict[str, Any], tuple[Result, ...]]:
    """Every disclosure must be among the hashes, and no name twice (section 7.1, steps 3 to 5)."""
    if any(each.digest not in hashes for each in disclosures):
        raise refused(Fault.CREDENTIAL_ALTERED)
    names = {each.name for each in disclosures}
    if len(names) != len(disclosures):
        raise refused(Fault.CREDENTIAL_FORM, what="disclosure")
    claims: dict[str, Any] = {}
    results = []
    for each in disclosures:
        if each.name.startswith(RESULT):
            results.append(_result(each))
        else:
            claims[each.name] = each.value
    return claims, tuple(results)


def _result(disclosure: Disclosure) -> Result:
    found = disclosure.value if isinstance(disclosure.value, dict) else {}
    name = disclosure.name.removeprefix(RESULT)
    return Result(name, _text(found.get("title"), name), _text(found.get("value"), name))


def _text(value: Any, what: str) -> Text:
    texts = value if isinstance(value, dict) else {}
    return Text(_string(texts, "fr", what), _string(texts, "en", what))


def _string(document: Document, name: str, what: str = "") -> str:
    value = document.get(name)
    if not isinstance(value, str):
        raise refused(Fault.CREDENTIAL_FORM, what=what or name)
    return value


def _moment(value: Any, what: str) -> dt.datetime:
    if type(value) is not int or not 0 <= value < 1 << 36:
        raise refused(Fault.CREDENTIAL_FORM, what=what)
    return dt.datetime.fromtimestamp(value, dt.UTC)
