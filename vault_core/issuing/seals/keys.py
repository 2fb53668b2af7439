"""An issuer's keys: what seals its PDFs, proves its credentials and signs its 2D-Docs.

A generation holds one key of each kind. Rotation closes the newest generation and opens another;
old ones stay, for what they signed stays valid. Private keys leave memory only sealed under the
institution's key, by functions that are handed in.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from vault_core.errors import CryptoError, InvalidRequest
from vault_core.issuing.seals.cms import Sealer
from vault_core.issuing.seals.hsm import HsmLabel
from vault_core.issuing.symbols.twoddoc import TwoDDocSigner

SealSecret = Callable[[bytes, bytes], bytes]
"""(context, plaintext) to ciphertext bound to that context, under the institution's key."""
OpenSecret = Callable[[bytes, bytes], bytes]
"""(context, ciphertext) to plaintext; raises a CryptoError if either was altered."""
Certify = Callable[[ec.EllipticCurvePublicKey], tuple[x509.Certificate, ...]]
"""A seal key to its certificate, and those above it but the root."""

SealKey = ec.EllipticCurvePrivateKey | HsmLabel
"""A seal key in memory, or where it lies in the institution's HSM."""

_CONTEXT = b"parchemin issuer keys v1 "
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Generation:
    """One key of each kind, used from `since` until `until` (None: in use)."""

    number: int
    since: dt.datetime
    until: dt.datetime | None
    seal_key: SealKey
    seal_chain: tuple[x509.Certificate, ...]
    credential_key: Ed25519PrivateKey
    twoddoc: TwoDDocSigner

    @property
    def credential_key_id(self) -> str:
        """Fragment of the verification method in the issuer's controller document."""
        return f"key-{self.number}"

    @property
    def sealer(self) -> Sealer:
        """What seals with a key in memory. Raises CryptoError for one that lies in an HSM."""
        if isinstance(self.seal_key, HsmLabel):
            raise CryptoError("This seal key lies in an HSM.")
        return Sealer.with_key(self.seal_key, self.seal_chain)


@dataclass(frozen=True, slots=True)
class IssuerKeys:
    """All generations of one issuer, oldest first; there is at least one."""

    issuer: str
    generations: tuple[Generation, ...]

    @property
    def current(self) -> Generation:
        """The generation in use."""
        return self.generations[-1]

    @classmethod
    def create(
        cls, issuer: str, now: dt.datetime, certify: Certify, twoddoc_authority: str
    ) -> IssuerKeys:
        """The first keys of an issuer."""
        key = ec.generate_private_key(ec.SECP256R1())
        chain = certify(key.public_key())
        return cls(issuer, (_generation_of(issuer, 1, now, twoddoc_authority, key, chain),))

    def rotate(self, now: dt.datetime, certify: Certify) -> IssuerKeys:
        """New keys from `now` on; the old ones are kept, closed."""
        key = ec.generate_private_key(ec.SECP256R1())
        return self.take(now, key, certify(key.public_key()))

    def take(
        self, now: dt.datetime, seal_key: SealKey, chain: tuple[x509.Certificate, ...]
    ) -> IssuerKeys:
        """As `rotate`, with a given seal key and its certificates, its own first.

        Raises InvalidRequest if that certificate was this issuer's before: whether a seal was
        made in its period could then not be told.
        """
        if any(chain[0] == generation.seal_chain[0] for generation in self.generations):
            raise InvalidRequest("That certificate is this issuer's already: ask for a new one.")
        last = self.current
        number, authority = last.number + 1, last.twoddoc.authority
        fresh = _generation_of(self.issuer, number, now, authority, seal_key, chain)
        return replace(self, generations=(*self.generations[:-1], replace(last, until=now), fresh))

    def dump(self, seal: SealSecret) -> bytes:
        """The keys as ciphertext for the catalog."""
        rows = [_row(generation) for generation in self.generations]
        text = json.dumps({"version": _VERSION, "generations": rows}, separators=(",", ":"))
        return seal(_CONTEXT + self.issuer.encode(), text.encode())

    @classmethod
    def load(cls, issuer: str, data: bytes, open_secret: OpenSecret) -> IssuerKeys:
        """The inverse of `dump`. Raises CryptoError if `data` is another issuer's or altered."""
        stored = json.loads(open_secret(_CONTEXT + issuer.encode(), data))
        if stored["version"] != _VERSION:
            raise CryptoError(f"The keys of {issuer} are of a later version of Parchemin.")
        return cls(issuer, tuple(_generation(row) for row in stored["generations"]))


def twoddoc_certificate_id(issuer: str, number: int) -> str:
    """Four characters that tell the 2D-Doc keys of issuers and generations apart."""
    value = int.from_bytes(hashlib.sha256(f"{issuer}#{number}".encode()).digest()[:8], "big")
    return base64.b32encode(value.to_bytes(8, "big")).decode("ascii")[:4]


def _generation_of(
    issuer: str,
    number: int,
    now: dt.datetime,
    authority: str,
    seal_key: SealKey,
    chain: tuple[x509.Certificate, ...],
) -> Generation:
    certificate_id = twoddoc_certificate_id(issuer, number)
    return Generation(
        number,
        now,
        None,
        seal_key,
        chain,
        Ed25519PrivateKey.generate(),
        TwoDDocSigner(authority, certificate_id, ec.generate_private_key(ec.SECP256R1())),
    )


def _row(generation: Generation) -> dict[str, Any]:
    until = generation.until
    chain = [certificate.public_bytes(Encoding.DER) for certificate in generation.seal_chain]
    return {
        "number": generation.number,
        "since": generation.since.isoformat(),
        "until": until.isoformat() if until else None,
        "seal": _stored(generation.seal_key),
        "chain": [_text(certificate) for certificate in chain],
        "credential": _text(generation.credential_key.private_bytes_raw()),
        "twoddoc": {
            "authority": generation.twoddoc.authority,
            "certificate": generation.twoddoc.certificate,
            "key": _text(_pkcs8(generation.twoddoc.key)),
        },
    }


def _generation(row: Mapping[str, Any]) -> Generation:
    twoddoc, until = row["twoddoc"], row["until"]
    return Generation(
        row["number"],
        dt.datetime.fromisoformat(row["since"]),
        dt.datetime.fromisoformat(until) if until else None,
        _seal_key(row["seal"]),
        tuple(x509.load_der_x509_certificate(base64.b64decode(der)) for der in row["chain"]),
        Ed25519PrivateKey.from_private_bytes(base64.b64decode(row["credential"])),
        TwoDDocSigner(twoddoc["authority"], twoddoc["certificate"], _p256(twoddoc["key"])),
    )


def _stored(key: SealKey) -> Any:
    return {"hsm": key.label} if isinstance(key, HsmLabel) else _text(_pkcs8(key))


def _seal_key(stored: Any) -> SealKey:
    return HsmLabel(stored["hsm"]) if isinstance(stored, dict) else _p256(stored)


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _p256(text: str) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(base64.b64decode(text), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CryptoError("A stored issuer key is not on an elliptic curve.")
    return key


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
