"""What a credential says, once it has the form that `credential` gives it; nothing is believed.

The form is a part of what 1EdTech's and W3C's JSON schemas allow: exactly what is issued here.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vault_core.api import Subject, Text
from vault_core.issuing.credentials.identity import Binding, binding_of
from vault_core.issuing.credentials.proofs import Document
from vault_core.issuing.credentials.status import StatusPlace, read_place
from vault_core.issuing.faults import Fault, refused

CONTEXTS = (
    "https://www.w3.org/ns/credentials/v2",
    "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
)
_TYPES = {"VerifiableCredential", "OpenBadgeCredential"}
_URN = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Claim:
    """One line of the certificate as its credential says it: title and value."""

    id: str
    title: Text
    value: Text


@dataclass(frozen=True, slots=True)
class Claims:
    """A credential's content, typed. `record` is the record object of `identity`."""

    binding: Binding
    issuer: str
    title: Text
    record: Mapping[str, Any]
    facts: tuple[Claim, ...]
    valid_from: dt.datetime
    valid_until: dt.datetime | None
    proved_at: dt.datetime
    place: StatusPlace

    @property
    def subject(self) -> Subject:
        """The person; the student number is not part of a credential."""
        person = _object(self.record.get("subject"), "subject")
        given = tuple(str(name) for name in _array(person.get("givenNames"), "givenNames"))
        gender = person.get("gender", "")
        return Subject(
            ine="",
            family_name=_string(person.get("familyName"), "familyName"),
            given_names=given,
            birth_date=_date(person.get("birthDate"), "birthDate"),
            birth_place=str(person.get("birthPlace", "")),
            gender=gender if gender in ("M", "F", "X") else "",
            usual_name=str(person.get("usualName", "")),
            birth_country=str(person.get("birthCountry", "")),
        )

    @property
    def awarded_on(self) -> dt.date | None:
        """The day of the award, if its issuer says one."""
        day = self.record.get("awardedOn")
        return None if day is None else _date(day, "awardedOn")


def read_claims(document: Document) -> Claims:
    """Read a credential. Raises CertificateRefused, naming the first part that is not as issued.

    The record hash is computed anew and compared with the one that the credential names.
    """
    _check_kind(document)
    evidence = _object(_first(document.get("evidence"), "evidence"), "evidence")
    record = _object(evidence.get("record"), "record")
    binding = binding_of(record)
    if binding.record_hash != evidence.get("recordHash"):
        raise refused(Fault.RECORD_HASH)
    if binding.certificate != document["id"]:
        raise refused(Fault.MISMATCH, what="certificate id")
    proof = _object(document.get("proof"), "proof")
    until = document.get("validUntil")
    return Claims(
        binding,
        _string(_object(document.get("issuer"), "issuer").get("id"), "issuer"),
        _text(document.get("name"), "name"),
        record,
        _facts(_object(document.get("credentialSubject"), "credentialSubject")),
        _moment(document.get("validFrom"), "validFrom"),
        None if until is None else _moment(until, "validUntil"),
        _moment(proof.get("created"), "created"),
        read_place(document.get("credentialStatus")),
    )


def _check_kind(document: Document) -> None:
    contexts = _array(document.get("@context"), "@context")
    if tuple(contexts[:2]) != CONTEXTS:
        raise refused(Fault.CREDENTIAL_FORM, what="@context")
    kinds = [kind for kind in _array(document.get("type"), "type") if isinstance(kind, str)]
    if not set(kinds) >= _TYPES:
        raise refused(Fault.CREDENTIAL_FORM, what="type")
    if not _URN.fullmatch(_string(document.get("id"), "id")):
        raise refused(Fault.CREDENTIAL_FORM, what="id")


def _facts(subject: Document) -> tuple[Claim, ...]:
    achievement = _object(subject.get("achievement"), "achievement")
    described = _array(achievement.get("resultDescription", []), "resultDescription")
    titles = {
        _string(item.get("id"), "resultDescription"): _text(item.get("name"), "resultDescription")
        for item in (_object(each, "resultDescription") for each in described)
    }
    facts = []
    for each in _array(subject.get("result", []), "result"):
        item = _object(each, "result")
        url = _string(item.get("resultDescription"), "result")
        if url not in titles:
            raise refused(Fault.CREDENTIAL_FORM, what="result")
        facts.append(Claim(url.rpartition("#")[2], titles[url], _text(item.get("value"), "result")))
    return tuple(facts)


def _object(value: Any, what: str) -> Document:
    if not isinstance(value, dict):
        raise refused(Fault.CREDENTIAL_FORM, what=what)
    return value


def _array(value: Any, what: str) -> list[Any]:
    if not isinstance(value, list):
        raise refused(Fault.CREDENTIAL_FORM, what=what)
    return value


def _first(value: Any, what: str) -> Any:
    items = _array(value, what)
    if len(items) != 1:
        raise refused(Fault.CREDENTIAL_FORM, what=what)
    return items[0]


def _string(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise refused(Fault.CREDENTIAL_FORM, what=what)
    return value


def _text(value: Any, what: str) -> Text:
    texts = _object(value, what)
    return Text(_string(texts.get("fr"), what), _string(texts.get("en"), what))


def _moment(value: Any, what: str) -> dt.datetime:
    text = _string(value, what)
    if not _MOMENT.fullmatch(text):
        raise refused(Fault.CREDENTIAL_FORM, what=what)
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise refused(Fault.CREDENTIAL_FORM, what=what) from error


def _date(value: Any, what: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_string(value, what))
    except ValueError as error:
        raise refused(Fault.CREDENTIAL_FORM, what=what) from error
