"""The credential of a certificate: an Open Badge 3.0, which is a W3C Verifiable Credential 2.0.

Names and texts are language maps (`{"fr": …, "en": …}`), as 1EdTech's JSON schema allows. The
evidence carries the whole record and its hash, so that the hash can be checked by anyone.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault_core.api import Fact, Issuer, Presentation, Record, Text
from vault_core.issuing.credentials.claims import CONTEXTS
from vault_core.issuing.credentials.identity import Binding, last_moment, record_object
from vault_core.issuing.credentials.proofs import Document, proved
from vault_core.issuing.credentials.status import StatusPlace

CONTEXT = [*CONTEXTS, "https://www.w3.org/ns/credentials/undefined-terms/v2"]
"""The third lets JSON-LD readers keep the record, its hash and the language maps."""
_SCHEMA = (
    "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
)
_EVIDENCE = Text("Fiche de l'émetteur", "The issuer's record")


@dataclass(frozen=True, slots=True)
class Issuance:
    """Everything a credential is made from. `public_url` has no slash at its end."""

    record: Record
    presentation: Presentation
    issuer: Issuer
    binding: Binding
    public_url: str
    verification_url: str
    status: StatusPlace
    issued_at: dt.datetime

    @property
    def issuer_url(self) -> str:
        return issuer_url(self.public_url, self.issuer.id)

    @property
    def type_url(self) -> str:
        return f"{self.public_url}/types/{self.record.type_id}"


def issuer_url(public_url: str, issuer_id: str) -> str:
    """The issuer's identifier: the address of its controller document."""
    return f"{public_url}/issuers/{issuer_id}"


def timestamp(moment: dt.datetime) -> str:
    """A moment as XML Schema's dateTimeStamp, in UTC, to the second."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def credential(issuance: Issuance) -> Document:
    """The credential without its proof."""
    record = issuance.record
    until, day = record.valid_until, record.awarded_on
    return {
        "@context": CONTEXT,
        "id": issuance.binding.certificate,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": language_map(issuance.presentation.title),
        "issuer": _profile(issuance.issuer_url, issuance.issuer),
        "validFrom": timestamp(issuance.issued_at),
        **({"validUntil": timestamp(last_moment(until))} if until else {}),
        **({"awardedDate": f"{day.isoformat()}T00:00:00Z"} if day else {}),
        "credentialSubject": _subject(issuance),
        "evidence": [_evidence(issuance)],
        "credentialSchema": [{"id": _SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": issuance.status.entry(),
    }


def signed_credential(issuance: Issuance, key: Ed25519PrivateKey, key_id: str) -> bytes:
    """The credential with its proof, as canonical JSON: what is attached to the PDF."""
    method = f"{issuance.issuer_url}#{key_id}"
    created = timestamp(issuance.issued_at)
    return proved(credential(issuance), key, method, created)


def _profile(url: str, issuer: Issuer) -> Document:
    return {
        "id": url,
        "type": ["Profile"],
        "name": language_map(issuer.name),
        **({"url": issuer.url} if issuer.url else {}),
    }


def _subject(issuance: Issuance) -> Document:
    subject = issuance.record.subject
    name = " ".join((*subject.given_names, subject.family_name))
    facts = issuance.presentation.facts
    return {
        "type": ["AchievementSubject"],
        "identifier": [
            _identity("name", name),
            _identity("ext:birthDate", subject.birth_date.isoformat()),
        ],
        "achievement": _achievement(issuance),
        **({"result": [_result(issuance.type_url, fact) for fact in facts]} if facts else {}),
    }


def _identity(kind: str, value: str) -> Document:
    return {
        "type": "IdentityObject",
        "hashed": False,
        "identityHash": value,
        "identityType": kind,
    }


def _achievement(issuance: Issuance) -> Document:
    shown, url = issuance.presentation, issuance.type_url
    framework = shown.framework.fr or shown.framework.en
    descriptions = [_result_description(url, fact) for fact in shown.facts]
    return {
        "id": url,
        "type": ["Achievement"],
        "achievementType": "Diploma" if shown.twoddoc is not None else "Certificate",
        "name": language_map(shown.title),
        "description": language_map(shown.description if shown.description.fr else shown.statement),
        "criteria": {
            "narrative": language_map(shown.criteria if shown.criteria.fr else shown.statement)
        },
        "creator": _profile(issuance.issuer_url, issuance.issuer),
        **({"alignment": [_alignment(url, shown.framework)]} if framework else {}),
        **({"resultDescription": descriptions} if descriptions else {}),
    }


def _alignment(url: str, framework: Text) -> Document:
    return {
        "type": ["Alignment"],
        "targetName": language_map(framework),
        "targetUrl": f"{url}#framework",
    }


def _result_description(url: str, fact: Fact) -> Document:
    return {
        "id": f"{url}#{fact.id}",
        "type": ["ResultDescription"],
        "name": language_map(fact.title),
        "resultType": "Result",
    }


def _result(url: str, fact: Fact) -> Document:
    return {
        "type": ["Result"],
        "resultDescription": f"{url}#{fact.id}",
        "value": language_map(fact.value),
    }


def _evidence(issuance: Issuance) -> Document:
    binding = issuance.binding
    return {
        "id": issuance.verification_url,
        "type": ["Evidence"],
        "name": language_map(_EVIDENCE),
        "record": record_object(issuance.record, issuance.issuer.id, binding.certificate),
        "recordHash": binding.record_hash,
    }


def language_map(text: Text) -> Document:
    """A text in both languages, as credentials have it."""
    return {"fr": text.fr, "en": text.en}
