"""What somebody who checks a certificate is told: one state, one sentence, and the facts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vault_core.api import Language, Subject, Text
from vault_core.errors import CertificateRefused
from vault_core.issuing.checking.trust import Trust, sealed_for_tests
from vault_core.issuing.checking.verification import Verified, verify_twoddoc
from vault_core.issuing.credentials.claims import Claim, Claims, read_claims
from vault_core.issuing.faults import sentence
from vault_core.issuing.seals.dating import Dated
from vault_core.issuing.symbols.twoddoc import TwoDDoc

Verdict = Literal["valid", "expired", "replaced", "revoked", "suspended", "unproven", "refused"]
Kind = Literal["code", "unknown-code", "file", "issuer", "damaged", "early", "other"]
"""What a refusal is about, for the one word at its head."""
KINDS: Mapping[str, Kind] = {
    "code_form": "code",
    "code_typo": "code",
    "code_unknown": "unknown-code",
    "not_a_pdf": "file",
    "too_large": "file",
    "no_seal": "file",
    "no_credential": "file",
    "foreign_seal": "issuer",
    "foreign_issuer": "issuer",
    "twoddoc_foreign": "issuer",
    "damaged": "damaged",
    "cut": "damaged",
    "not_yet": "early",
}
"""By fault; every other one means that the certificate was altered."""
VALID_NOW = Text(
    "Authentique, inchangée, et toujours valable selon son émetteur.",
    "Authentic, unaltered, and still valid according to its issuer.",
)
VALID_FOR_TESTS = Text(
    "Authentique et inchangée, mais scellée par une autorité de test : une démonstration, sans "
    "valeur légale.",
    "Authentic and unaltered, but sealed by a test authority: a demonstration, without legal "
    "value.",
)
TWODDOC_ONLY = Text(
    "Le 2D-Doc est authentique. Il ne dit pas si l'attestation est toujours valable : vérifiez "
    "aussi sa clé de contrôle.",
    "The 2D-Doc is authentic. It does not tell whether the certificate is still valid: check its "
    "verification code, too.",
)
_VERDICTS: Mapping[str, Verdict] = {
    "expired": "expired",
    "replaced": "replaced",
    "revoked": "revoked",
    "suspended": "suspended",
    "no_status": "unproven",
}
"""Faults of certificates that are genuine: their proofs held, and what they say may be shown."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The result of a check; `claims` are there where the proofs held, whatever the verdict.

    A 2D-Doc by itself is never valid: it is authentic, and says nothing of its status.
    """

    verdict: Verdict
    fault: CertificateRefused | None = None
    issuer: Text | None = None
    claims: Claims | None = None
    status_at: dt.datetime | None = None
    ended_at: dt.datetime | None = None
    """When it was replaced or revoked, where its issuer was asked."""
    reason: str = ""
    twoddoc: TwoDDoc | None = None
    dated: Dated | None = None
    """Who timestamped the seal, if anybody did."""
    for_tests: bool = False
    """Whether the test authority alone certifies its seal."""

    @property
    def valid(self) -> bool:
        """Whether it can be relied on now."""
        return self.verdict == "valid"

    @property
    def heading(self) -> str:
        """What its one word is known by: the verdict, or what a refusal is about."""
        kind = KINDS.get(self.fault.fault, "other") if self.fault else "other"
        return self.verdict if self.verdict != "refused" or kind == "other" else kind

    def sentence(self, language: Language) -> str:
        """The answer in one sentence."""
        if self.fault is not None:
            return sentence(self.fault, language)
        if not self.valid:
            return TWODDOC_ONLY[language]
        return valid_now(self.for_tests)[language]

    @property
    def subject(self) -> Subject | None:
        """Whom it is about."""
        return self.claims.subject if self.claims else None

    @property
    def facts(self) -> tuple[Claim, ...]:
        """Its facts, for people."""
        return self.claims.facts if self.claims else ()


def valid_now(for_tests: bool) -> Text:
    """The sentence for what holds; the seal of a demonstration is called one."""
    return VALID_FOR_TESTS if for_tests else VALID_NOW


def answer_of(
    verify: Callable[[], Verified], credential: Callable[[], bytes | None], trust: Trust
) -> Answer:
    """The answer that a verification gives; `credential` is asked only for what is genuine."""
    try:
        verified = verify()
        for_tests = sealed_for_tests(verified.issuer, verified.claims.valid_from)
    except CertificateRefused as error:
        verdict = _VERDICTS.get(error.fault, "refused")
        data = credential() if verdict != "refused" else None
        if data is None:
            return Answer("refused", error)
        return _ended(verdict, error, data, trust)
    return Answer(
        "valid",
        issuer=verified.issuer.name,
        claims=verified.claims,
        status_at=verified.status_at,
        for_tests=for_tests,
    )


def _ended(verdict: Verdict, error: CertificateRefused, data: bytes, trust: Trust) -> Answer:
    claims = read_claims(json.loads(data))
    names = [issuer.name for issuer in trust.issuers if issuer.url == claims.issuer]
    return Answer(verdict, error, names[0] if names else None, claims)


def twoddoc_answer(text: str, trust: Trust) -> Answer:
    """The answer for the text of a scanned 2D-Doc."""
    try:
        issuer, document = verify_twoddoc(text, trust)
    except CertificateRefused as error:
        return Answer("refused", error)
    return Answer("unproven", issuer=issuer.name, twoddoc=document)


def as_json(answer: Answer) -> dict[str, Any]:
    """The answer for programs."""
    found: dict[str, Any] = {
        "valid": answer.valid,
        "verdict": answer.verdict,
        "fault": answer.fault.fault if answer.fault else None,
        "message": {"fr": answer.sentence("fr"), "en": answer.sentence("en")},
        "issuer": _texts(answer.issuer) if answer.issuer else None,
        "statusAt": _moment(answer.status_at),
    }
    if answer.ended_at is not None:
        found |= {"endedAt": _moment(answer.ended_at), "reason": answer.reason or None}
    if answer.claims is not None:
        found["certificate"] = _certificate(answer.claims)
    if answer.dated is not None:
        found["timestamp"] = {
            "at": _moment(answer.dated.at),
            "authority": answer.dated.authority,
            "known": answer.dated.is_known,
        }
    if answer.twoddoc is not None:
        found["twoddoc"] = dict(answer.twoddoc.fields)
    return found


def _certificate(claims: Claims) -> dict[str, Any]:
    until, day = claims.valid_until, claims.awarded_on
    return {
        "id": claims.binding.certificate,
        "recordHash": claims.binding.record_hash,
        "title": _texts(claims.title),
        "subject": claims.record.get("subject"),
        "awardedOn": day.isoformat() if day else None,
        "issuedAt": _moment(claims.valid_from),
        "validUntil": _moment(until),
        "facts": [
            {"id": fact.id, "title": _texts(fact.title), "value": _texts(fact.value)}
            for fact in claims.facts
        ],
    }


def _texts(text: Text) -> dict[str, str]:
    return {"fr": text.fr, "en": text.en}


def _moment(moment: dt.datetime | None) -> str | None:
    return moment.isoformat() if moment else None
