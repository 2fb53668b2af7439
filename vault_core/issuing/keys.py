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

from vault_core.errors import CryptoError
from vault_core.issuing.cms import Sealer
from vault_core.issuing.twoddoc import TwoDDocSigner

SealSecret = Callable[[bytes, bytes], bytes]
"""(context, plaintext) to ciphertext bound to that context, under the institution's key."""
OpenSecret = Callable[[bytes, bytes], bytes]
"""(context, ciphertext) to plaintext; raises a CryptoError if either was altered."""
Certify = Callable[[ec.EllipticCurvePublicKey], tuple[x509.Certificate, ...]]
"""A seal key to its certificate, and those above it but the root."""

_CONTEXT = b"parchemin issuer keys v1 "
_VERSION = 1


@dataclass(frozen=True, slots=True)
class Generation:
    """One key of each kind, used from `since` until `until` (None: in use)."""

    number: int
    since: dt.datetime
    until: dt.datetime | None
    seal_key: ec.EllipticCurvePrivateKey
    seal_chain: tuple[x509.Certificate, ...]
    credential_key: Ed25519PrivateKey
    twoddoc: TwoDDocSigner

    @property
    def credential_key_id(self) -> str:
        """Fragment of the verification method in the issuer's controller document."""
        return f"key-{self.number}"

    @property
    def sealer(self) -> Sealer:
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
        return cls(issuer, (_generate(issuer, 1, now, certify, twoddoc_authority),))

    def rotate(
        self, now: dt.datetime, certify: Certify, seal_key: ec.EllipticCurvePrivateKey | None = None
    ) -> IssuerKeys:
        """New keys from `now` on, `seal_key` among them if given; the old ones are kept, closed."""
        last = self.current
        number, authority = last.number + 1, last.twoddoc.authority
        fresh = _generate(self.issuer, number, now, certify, authority, seal_key)
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


def _generate(
    issuer: str,
    number: int,
    now: dt.datetime,
    certify: Certify,
    authority: str,
    seal_key: ec.EllipticCurvePrivateKey | None = None,
) -> Generation:
    seal_key = seal_key or ec.generate_private_key(ec.SECP256R1())
    certificate_id = twoddoc_certificate_id(issuer, number)
    return Generation(
        number,
        now,
        None,
        seal_key,
        certify(seal_key.public_key()),
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
        "seal": _text(_pkcs8(generation.seal_key)),
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
        _p256(row["seal"]),
        tuple(x509.load_der_x509_certificate(base64.b64decode(der)) for der in row["chain"]),
        Ed25519PrivateKey.from_private_bytes(base64.b64decode(row["credential"])),
        TwoDDocSigner(twoddoc["authority"], twoddoc["certificate"], _p256(twoddoc["key"])),
    )


def _pkcs8(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _p256(text: str) -> ec.EllipticCurvePrivateKey:
    key = load_der_private_key(base64.b64decode(text), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise CryptoError("A stored issuer key is not on an elliptic curve.")
    return key


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
