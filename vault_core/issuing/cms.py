"""The CMS SignedData of a PAdES B-B seal (RFC 5652, RFC 5035, ETSI EN 319 122-1), in DER.

One signer, ECDSA with SHA-256 on P-256, three signed attributes: content-type, message-digest
and signing-certificate-v2. The signing time stands in the PDF's /M, so the attribute is absent
(ETSI EN 319 142-1, section 6.3). There is exactly one way to write such a structure: reading
builds it anew and compares, so that nothing can hide in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from vault_core.errors import CertificateRefused
from vault_core.issuing.faults import Fault, refused

Sign = Callable[[bytes], bytes]
"""ECDSA with SHA-256 over the given bytes: a DER signature, from a key or from an HSM."""

_SEQUENCE, _SET, _OCTETS, _INTEGER = 0x30, 0x31, 0x04, 0x02
_CONTEXT_0 = 0xA0
_DATA = bytes.fromhex("06092a864886f70d010701")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_CONTENT_TYPE = bytes.fromhex("06092a864886f70d010903")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
_SHA256 = bytes.fromhex("300b0609608648016503040201")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_VERSION_1 = bytes.fromhex("020101")
_ECDSA = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class Sealer:
    """What seals: how to sign, and the certificates, the signer's own first, root left out."""

    sign: Sign
    chain: tuple[x509.Certificate, ...]

    @classmethod
    def with_key(
        cls, key: ec.EllipticCurvePrivateKey, chain: tuple[x509.Certificate, ...]
    ) -> Sealer:
        """A sealer whose key is in memory."""
        return cls(lambda data: key.sign(data, _ECDSA), chain)

    @property
    def common_name(self) -> str:
        """The subject's name as the certificate gives it, for the PDF's /Name."""
        names = self.chain[0].subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
        return str(names[0].value) if names else ""


@dataclass(frozen=True, slots=True)
class SignedData:
    """A parsed seal: its certificates (the signer's first), the digest it signs, the signature."""

    chain: tuple[bytes, ...]
    digest: bytes
    signature: bytes

    def verify(self) -> x509.Certificate:
        """The signer's certificate, if the signature is by its key. Raises VerificationFailed.

        Whether the certificate is an issuer's is for the caller to say.
        """
        try:
            signer = x509.load_der_x509_certificate(self.chain[0])
            key = signer.public_key()
        except (ValueError, TypeError) as error:
            raise refused(Fault.SEAL_FORM) from error
        if not isinstance(key, ec.EllipticCurvePublicKey):
            raise refused(Fault.SEAL_FORM)
        try:
            signed = _tlv(_SET, _attributes(self.digest, self.chain[0]))
            key.verify(self.signature, signed, _ECDSA)
        except InvalidSignature as error:
            raise refused(Fault.SEAL_FORGED) from error
        return signer


def sign_digest(digest: bytes, sealer: Sealer) -> bytes:
    """The DER ContentInfo that seals data whose SHA-256 is `digest`."""
    chain = tuple(certificate.public_bytes(Encoding.DER) for certificate in sealer.chain)
    signature = sealer.sign(_tlv(_SET, _attributes(digest, chain[0])))
    return _content_info(chain, digest, signature)


def signed_data_length(sealer: Sealer) -> int:
    """The most bytes that `sign_digest` gives: a P-256 signature takes up to 72."""
    chain = tuple(certificate.public_bytes(Encoding.DER) for certificate in sealer.chain)
    return len(_content_info(chain, bytes(32), bytes(72)))


def read_signed_data(data: bytes) -> SignedData:
    """Parse a ContentInfo. Raises VerificationFailed unless it is one `sign_digest` writes."""
    content = _Reader(_Reader(data).one(_SEQUENCE))
    content.skip(_SIGNED_DATA)
    body = _Reader(_Reader(content.one(_CONTEXT_0)).one(_SEQUENCE))
    body.skip(_VERSION_1 + _tlv(_SET, _SHA256) + _tlv(_SEQUENCE, _DATA))
    certificates = _Reader(body.one(_CONTEXT_0))
    chain = []
    while not certificates.ended:
        chain.append(_tlv(_SEQUENCE, certificates.one(_SEQUENCE)))
    signer = _Reader(_Reader(body.one(_SET)).one(_SEQUENCE))
    signer.skip(_VERSION_1)
    signer.one(_SEQUENCE)
    signer.skip(_SHA256)
    digest = _digest(signer.one(_CONTEXT_0))
    signer.skip(_ECDSA_SHA256)
    parsed = SignedData(tuple(chain), digest, signer.one(_OCTETS))
    if not chain or _content_info(parsed.chain, digest, parsed.signature) != data:
        raise _foreign()
    return parsed


def _content_info(chain: tuple[bytes, ...], digest: bytes, signature: bytes) -> bytes:
    attributes = _tlv(_CONTEXT_0, _attributes(digest, chain[0]))
    signer = _tlv(
        _SEQUENCE,
        _VERSION_1
        + _issuer_and_serial(chain[0])
        + _SHA256
        + attributes
        + _ECDSA_SHA256
        + _tlv(_OCTETS, signature),
    )
    body = (
        _VERSION_1
        + _tlv(_SET, _SHA256)
        + _tlv(_SEQUENCE, _DATA)
        + _tlv(_CONTEXT_0, b"".join(chain))
        + _tlv(_SET, signer)
    )
    return _tlv(_SEQUENCE, _SIGNED_DATA + _tlv(_CONTEXT_0, _tlv(_SEQUENCE, body)))


def _attributes(digest: bytes, certificate: bytes) -> bytes:
    """The signed attributes in the order that DER asks of a SET (shortest first here)."""
    reference = _tlv(_OCTETS, hashlib.sha256(certificate).digest())
    essence = _tlv(_SEQUENCE, _tlv(_SEQUENCE, _tlv(_SEQUENCE, reference)))
    return (
        _tlv(_SEQUENCE, _CONTENT_TYPE + _tlv(_SET, _DATA))
        + _tlv(_SEQUENCE, _MESSAGE_DIGEST + _tlv(_SET, _tlv(_OCTETS, digest)))
        + _tlv(_SEQUENCE, _SIGNING_CERTIFICATE_V2 + _tlv(_SET, essence))
    )


def _digest(attributes: bytes) -> bytes:
    reader = _Reader(attributes)
    reader.one(_SEQUENCE)
    message_digest = _Reader(reader.one(_SEQUENCE))
    message_digest.skip(_MESSAGE_DIGEST)
    return _Reader(message_digest.one(_SET)).one(_OCTETS)


def _issuer_and_serial(certificate: bytes) -> bytes:
    """TBSCertificate: [0] version, serialNumber, signature, issuer (RFC 5280, section 4.1)."""
    body = _Reader(_Reader(_Reader(certificate).one(_SEQUENCE)).one(_SEQUENCE))
    body.one(_CONTEXT_0)
    serial = body.one(_INTEGER)
    body.one(_SEQUENCE)
    return _tlv(_SEQUENCE, _tlv(_SEQUENCE, body.one(_SEQUENCE)) + _tlv(_INTEGER, serial))


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 128 | size)) + length.to_bytes(size, "big") + content


def _foreign() -> CertificateRefused:
    return refused(Fault.SEAL_FORM)


class _Reader:
    """Walks the elements of one constructed value, in order."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def one(self, tag: int) -> bytes:
        """The content of the next element, which must have `tag`. Raises VerificationFailed."""
        head = self._data[self._at : self._at + 2]
        if len(head) != 2 or head[0] != tag:
            raise _foreign()
        start, length = self._at + 2, head[1]
        if length >= 128:
            size = length & 127
            length = int.from_bytes(self._data[start : start + size], "big")
            start += size
        self._at = start + length
        if self._at > len(self._data):
            raise _foreign()
        return self._data[start : self._at]

    def skip(self, expected: bytes) -> None:
        """Pass over `expected`, which must come next. Raises VerificationFailed."""
        if not self._data.startswith(expected, self._at):
            raise _foreign()
        self._at += len(expected)
