"""The selective credential of a certificate: an SD-JWT VC (RFC 9901; draft-ietf-oauth-sd-jwt-vc).

The issuer signs hashes of salted claims. Whoever holds all of them, the certificate's owner, hands
on the signed hashes and only the claims they choose; the others cannot be guessed, for each has a
salt of its own. Kind, title, issuer, dates of validity and status are never left out.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from vault_core.api import Random
from vault_core.issuing.credentials.credential import Issuance, language_map
from vault_core.issuing.credentials.identity import last_moment
from vault_core.issuing.credentials.proofs import Document, plain
from vault_core.issuing.faults import Fault, refused

ATTACHMENT: Final = "credential.sd-jwt"
"""Name of the selective credential inside the PDF."""
TYPE: Final = "dc+sd-jwt"
RESULT: Final = "result_"
"""Begins the names of claims that are facts of the certificate, not of the person."""
PERSON: Final = (
    "given_names", "family_name", "usual_name", "birth_date", "birth_place", "birth_country",
    "gender",
)  # fmt: skip
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_SALT_SIZE: Final = 16
_ROUND: Final = 8
"""Hashes are filled up to a multiple of it, so that their number tells nothing (section 4.2.5)."""
_DIGEST_SIZE: Final = 32
MOST: Final = 256
"""Disclosures of one credential."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """One claim that may be left out (section 4.2.1): `text` is what is hashed and handed on."""

    text: str
    name: str
    value: Any

    @property
    def digest(self) -> str:
        """Its place among the signed hashes."""
        return _digest(self.text)


def encode(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE, b"=").decode("ascii")


def decode(text: str) -> bytes:
    """The inverse, canonical only. Raises CertificateRefused."""
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused(Fault.CREDENTIAL_FORM, what="base64url") from error
    if encode(data) != text:
        raise refused(Fault.CREDENTIAL_FORM, what="base64url")
    return data


def _digest(disclosure: str) -> str:
    return encode(hashlib.sha256(disclosure.encode("ascii")).digest())


def selective_credential(
    issuance: Issuance, key: Ed25519PrivateKey, key_id: str, random: Random
) -> str:
    """The signed hashes and every disclosure: what is attached to the PDF."""
    disclosures = [_disclosure(name, value, random) for name, value in _claims(issuance)]
    decoys = -len(disclosures) % _ROUND
    digests = [_digest(each) for each in disclosures]
    digests += [encode(random(_DIGEST_SIZE)) for _ in range(decoys)]
    header = {"alg": "EdDSA", "kid": f"{issuance.issuer_url}#{key_id}", "typ": TYPE}
    signed = f"{encode(plain(header))}.{encode(plain(_payload(issuance, sorted(digests))))}"
    signature = encode(key.sign(signed.encode("ascii")))
    return "~".join((f"{signed}.{signature}", *disclosures, ""))


def _payload(issuance: Issuance, digests: list[str]) -> Document:
    until, title = issuance.record.valid_until, issuance.presentation.title
    payload: Document = {
        "_sd": digests,
        "_sd_alg": "sha-256",
        "credentialStatus": issuance.status.entry(),
        "iat": int(issuance.issued_at.timestamp()),
        "iss": issuance.issuer_url,
        "jti": issuance.binding.certificate,
        "name": {"fr": title.fr, "en": title.en},
        "vct": issuance.type_url,
    }
    if until is not None:
        payload["exp"] = int(last_moment(until).timestamp())
    return payload


def _claims(issuance: Issuance) -> Iterator[tuple[str, Any]]:
    """Everything that can be left out, in the order in which people are shown it."""
    subject = issuance.record.subject
    values = (
        list(subject.given_names), subject.family_name, subject.usual_name,
        subject.birth_date.isoformat(), subject.birth_place, subject.birth_country,
        subject.gender,
    )  # fmt: skip
    for name, value in zip(PERSON, values, strict=True):
        if value:
            yield name, value
    if issuance.record.awarded_on is not None:
        yield "awarded_on", issuance.record.awarded_on.isoformat()
    for fact in issuance.presentation.facts:
        shown = {"title": language_map(fact.title), "value": language_map(fact.value)}
        yield f"{RESULT}{fact.id}", shown


def _disclosure(name: str, value: Any, random: Random) -> str:
    """Section 4.2.1: an array of salt, name and value."""
    return encode(plain([encode(random(_SALT_SIZE)), name, value]))


def disclosures_of(text: str) -> list[Disclosure]:
    """The disclosures that come with signed hashes. Raises CertificateRefused."""
    _, *parts, last = text.split("~")
    if last or len(parts) > MOST:  # something after the last ~ would be a key binding
        raise refused(Fault.CREDENTIAL_FORM, what="disclosures")
    return [_read(part) for part in parts]


def choose(text: str, names: Collection[str]) -> str:
    """The same signed hashes with the disclosures of those names only."""
    kept = [each.text for each in disclosures_of(text) if each.name in names]
    return "~".join((text.partition("~")[0], *kept, ""))


def _read(part: str) -> Disclosure:
    """Section 7.1, step 3: an array of salt, name and value."""
    try:
        found = json.loads(decode(part))
    except (ValueError, RecursionError) as error:
        raise refused(Fault.CREDENTIAL_FORM, what="disclosure") from error
    if not isinstance(found, list) or len(found) != 3:
        raise refused(Fault.CREDENTIAL_FORM, what="disclosure")
    salt, name, value = found
    if not isinstance(salt, str) or not isinstance(name, str) or name in ("_sd", "..."):
        raise refused(Fault.CREDENTIAL_FORM, what="disclosure")
    return Disclosure(part, name, value)
