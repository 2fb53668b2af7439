"""The CMS SignedData of a PAdES seal (RFC 5652, RFC 5035, ETSI EN 319 122-1), in DER.

One signer, ECDSA with SHA-256 on P-256, three signed attributes: content-type, message-digest
and signing-certificate-v2. The signing time stands in the PDF's /M, so the attribute is absent
(ETSI EN 319 142-1, section 6.3). One unsigned attribute where timestamps are configured: the
signature-time-stamp of RFC 3161, which makes B-T of B-B. There is exactly one way to write such a
structure: reading builds it anew and compares, so that nothing can hide in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.seals.der import (
    CONTEXT_0,
    CONTEXT_1,
    INTEGER,
    OCTETS,
    SEQUENCE,
    SET,
    Reader,
    foreign,
    tlv,
)
from vault_core.issuing.seals.timestamp_token import TimestampToken, read_token

Sign = Callable[[bytes], bytes]
"""ECDSA with SHA-256 over the given bytes: a DER signature, from a key or from an HSM."""

_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
_SIGNATURE_TIME_STAMP = bytes.fromhex("060b2a864886f70d010910020e")
_SHA256 = bytes.fromhex("300b0609608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_IS_DATA = tlv(SEQUENCE, _CONTENT_TYPE + tlv(SET, _DATA))
_VERSION_1 = bytes.fromhex("020101")
_ECDSA = ec.ECDSA(hashes.SHA256())
_ISSUERS = 64
"""Certificates of which what every seal repeats is kept."""


class Stamp(Protocol):
    """A time-stamping authority: `vault_core.issuing.seals.timestamps.Timestamps`."""

    @property
    def room(self) -> int:
        """Bytes to leave for a token."""
        ...

    def __call__(self, data: bytes) -> bytes:
        """A timestamp token over the SHA-256 of `data`. Raises SealingUnavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Sealer:
    """What seals: how to sign, and the certificates, the signer's own first, root left out."""

    sign: Sign
    chain: tuple[x509.Certificate, ...]
    stamp: Stamp | None = None
    """Who puts a time on the signature, if anybody does."""

    @classmethod
    def with_key(
        cls, key: ec.EllipticCurvePrivateKey, chain: tuple[x509.Certificate, ...]
    ) -> Sealer:
        """A sealer whose key is in memory."""
        return cls(lambda data: key.sign(data, _ECDSA), chain)

    @property
    def common_name(self) -> str:
        """The subject's name as the certificate gives it, for the PDF's /Name."""
        return _common_name(self.chain[0])


@lru_cache(maxsize=_ISSUERS)
def _common_name(certificate: x509.Certificate) -> str:
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[0].value) if names else ""


@dataclass(frozen=True, slots=True)
class SignedData:
    """A parsed seal: its certificates (the signer's first), the digest it signs, the signature."""

    chain: tuple[bytes, ...]
    digest: bytes
    signature: bytes
    token: TimestampToken | None = None
    """The timestamp on the signature."""

    def verify(self) -> x509.Certificate:
        """The signer's certificate, if the signature is by its key. Raises VerificationFailed.

        Whether the certificate is an issuer's is for the caller to say.
        """
        try:
            signer = x509.load_der_x509_certificate(self.chain[0])
            key = signer.public_key()
        except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
            raise refused(Fault.SEAL_FORM) from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise refused(Fault.SEAL_FORM)
        try:
            signed = tlv(SET, _attributes(self.digest, self.chain[0]))
            key.verify(self.signature, signed, _ECDSA)
        except InvalidSignature as error:
            raise refused(Fault.SEAL_FORGED) from error
        return signer


def sign_digest(digest: bytes, sealer: Sealer) -> bytes:
    """The DER ContentInfo that seals data whose SHA-256 is `digest`."""
    chain = _encoded(sealer.chain)
    signature = sealer.sign(tlv(SET, _attributes(digest, chain[0])))
    token = sealer.stamp(signature) if sealer.stamp else b""
    return _content_info(chain, digest, signature, token)


def signed_data_length(sealer: Sealer) -> int:
    """The most bytes that `sign_digest` gives: a P-256 signature takes up to 72.

    A timestamp token that grew since the last one may take more: see `Stamp.room`.
    """
    return _length(_encoded(sealer.chain), sealer.stamp.room if sealer.stamp else 0)


@lru_cache(maxsize=_ISSUERS)
def _length(chain: tuple[bytes, ...], token: int) -> int:
    return len(_content_info(chain, bytes(32), bytes(72), bytes(token)))


@lru_cache(maxsize=_ISSUERS)
def _encoded(chain: tuple[x509.Certificate, ...]) -> tuple[bytes, ...]:
    return tuple(certificate.public_bytes(Encoding.DER) for certificate in chain)


def read_signed_data(data: bytes) -> SignedData:
    """Parse a ContentInfo. Raises VerificationFailed unless it is one `sign_digest` writes."""
    content = Reader(Reader(data).one(SEQUENCE))
    content.skip(_SIGNED_DATA)
    body = Reader(Reader(content.one(CONTEXT_0)).one(SEQUENCE))
    body.skip(_VERSION_1 + tlv(SET, _SHA256) + tlv(SEQUENCE, _DATA))
    certificates = Reader(body.one(CONTEXT_0))
    chain = []
    while not certificates.ended:
        chain.append(tlv(SEQUENCE, certificates.one(SEQUENCE)))
    signer = Reader(Reader(body.one(SET)).one(SEQUENCE))
    signer.skip(_VERSION_1)
    signer.one(SEQUENCE)
    signer.skip(_SHA256)
    digest = _digest(signer.one(CONTEXT_0))
    signer.skip(_ECDSA_SHA256)
    signature = signer.one(OCTETS)
    token = b"" if signer.ended else _token(signer.one(CONTEXT_1))
    if not chain or _content_info(tuple(chain), digest, signature, token) != data:
        raise foreign()
    stamped = read_token(token) if token else None
    if stamped is not None and not stamped.is_of(signature):
        raise refused(Fault.STAMP)
    return SignedData(tuple(chain), digest, signature, stamped)


def _token(attributes: bytes) -> bytes:
    """The token in the one unsigned attribute."""
    attribute = Reader(Reader(attributes).one(SEQUENCE))
    attribute.skip(_SIGNATURE_TIME_STAMP)
    return tlv(SEQUENCE, Reader(attribute.one(SET)).one(SEQUENCE))


def _content_info(chain: tuple[bytes, ...], digest: bytes, signature: bytes, token: bytes) -> bytes:
    attributes = tlv(CONTEXT_0, _attributes(digest, chain[0]))
    signer = tlv(
        SEQUENCE,
        _VERSION_1
        + _issuer_and_serial(chain[0])
        + _SHA256
        + attributes
        + _ECDSA_SHA256
        + tlv(OCTETS, signature)
        + (tlv(CONTEXT_1, _stamped(token)) if token else b""),
    )
    body = (
        _VERSION_1
        + tlv(SET, _SHA256)
        + tlv(SEQUENCE, _DATA)
        + tlv(CONTEXT_0, b"".join(chain))
        + tlv(SET, signer)
    )
    return tlv(SEQUENCE, _SIGNED_DATA + tlv(CONTEXT_0, tlv(SEQUENCE, body)))


def _stamped(token: bytes) -> bytes:
    return tlv(SEQUENCE, _SIGNATURE_TIME_STAMP + tlv(SET, token))


def _attributes(digest: bytes, certificate: bytes) -> bytes:
    """The signed attributes in the order that DER asks of a SET (shortest first here)."""
    message_digest = tlv(SEQUENCE, _MESSAGE_DIGEST + tlv(SET, tlv(OCTETS, digest)))
    return _IS_DATA + message_digest + _signing_certificate(certificate)


@lru_cache(maxsize=_ISSUERS)
def _signing_certificate(certificate: bytes) -> bytes:
    reference = tlv(OCTETS, hashlib.sha256(certificate).digest())
    essence = tlv(SEQUENCE, tlv(SEQUENCE, tlv(SEQUENCE, reference)))
    return tlv(SEQUENCE, _SIGNING_CERTIFICATE_V2 + tlv(SET, essence))


def _digest(attributes: bytes) -> bytes:
    reader = Reader(attributes)
    reader.one(SEQUENCE)
    message_digest = Reader(reader.one(SEQUENCE))
    message_digest.skip(_MESSAGE_DIGEST)
    return Reader(message_digest.one(SET)).one(OCTETS)


@lru_cache(maxsize=_ISSUERS)
def _issuer_and_serial(certificate: bytes) -> bytes:
    """TBSCertificate: [0] version, serialNumber, signature, issuer (RFC 5280, section 4.1)."""
    body = Reader(Reader(Reader(certificate).one(SEQUENCE)).one(SEQUENCE))
    body.one(CONTEXT_0)
    serial = body.one(INTEGER)
    body.one(SEQUENCE)
    return tlv(SEQUENCE, tlv(SEQUENCE, body.one(SEQUENCE)) + tlv(INTEGER, serial))
