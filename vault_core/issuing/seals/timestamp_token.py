"""Timestamp tokens (RFC 3161, section 2.4.2): what one says, of which bytes, and who signed it.

A token is a CMS SignedData over a TSTInfo. It is read as its authority wrote it, whatever the
order of its sets: many write them unsorted.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID

from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.seals.der import (
    CONTEXT_0,
    CONTEXT_1,
    INTEGER,
    OBJECT,
    OCTETS,
    SEQUENCE,
    SET,
    TIME,
    Reader,
    foreign,
    tlv,
)

_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_TST_INFO = bytes.fromhex("060b2a864886f70d0109100104")
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d010904")
_SHA256 = bytes.fromhex("608648016503040201")
_DIGESTS: dict[bytes, hashes.HashAlgorithm] = {
    _SHA256: hashes.SHA256(),
    bytes.fromhex("608648016503040202"): hashes.SHA384(),
    bytes.fromhex("608648016503040203"): hashes.SHA512(),
}
_IDENTIFYING = (hashlib.sha256, hashlib.sha1, hashlib.sha384, hashlib.sha512)
"""How signing-certificate attributes name a certificate (RFC 5035; SHA-1 in its first version)."""
_VERSION_1 = bytes.fromhex("020101")
_VERSION_3 = bytes.fromhex("020103")
_ALGORITHMS = tuple(
    bytes.fromhex(oid)
    for oid in (
        "2a864886f70d010101",  # rsaEncryption
        "2a864886f70d01010b", "2a864886f70d01010c", "2a864886f70d01010d",  # sha…WithRSA
        "2a8648ce3d040302", "2a8648ce3d040303", "2a8648ce3d040304",  # ecdsa-with-SHA…
    )
)  # fmt: skip
_SIGNING_CERTIFICATE = bytes.fromhex("060b2a864886f70d010910020c")
_SIGNING_CERTIFICATE_V2 = bytes.fromhex("060b2a864886f70d010910022f")
_LONGEST_CHAIN = 6


@dataclass(frozen=True, slots=True)
class TimestampToken:
    """A token; `digest` is the SHA-256 of what it is about, `certificates` what it brings."""

    data: bytes
    digest: bytes
    stamped_at: dt.datetime
    nonce: int | None
    certificates: tuple[bytes, ...]
    info: bytes
    """The TSTInfo that is signed."""
    signer: bytes
    """The content of the one SignerInfo."""

    def is_of(self, data: bytes) -> bool:
        """Whether it is about `data`."""
        return hashlib.sha256(data).digest() == self.digest


def read_token(data: bytes) -> TimestampToken:
    """The token in `data`, which holds nothing else, unaltered. Raises VerificationFailed.

    Its signature fits the certificate inside it; whose that is, is for `check_token` to say.
    """
    token = _parsed(data)
    try:
        _check_whole(token)
    except (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion) as error:
        raise refused(Fault.STAMP_ALTERED) from error
    return token


def _parsed(data: bytes) -> TimestampToken:
    """Read in order, nothing left over."""
    outer = Reader(data)
    content = Reader(outer.one(SEQUENCE))
    if not outer.ended:
        raise foreign()
    content.skip(_SIGNED_DATA)
    signed = Reader(Reader(content.one(CONTEXT_0)).one(SEQUENCE))
    signed.skip(_VERSION_3)
    digests = signed.one(SET)
    encapsulated = Reader(signed.one(SEQUENCE))
    encapsulated.skip(_TST_INFO)
    info = Reader(encapsulated.one(CONTEXT_0)).one(OCTETS)
    certificates = Reader(signed.one(CONTEXT_0)) if signed.comes(CONTEXT_0) else Reader(b"")
    found = []
    while not certificates.ended:
        found.append(tlv(SEQUENCE, certificates.one(SEQUENCE)))
    if signed.comes(CONTEXT_1):
        signed.one(CONTEXT_1)  # revocation lists
    signers = Reader(signed.one(SET))
    signer = signers.one(SEQUENCE)
    if not (signers.ended and signed.ended and content.ended and _digest_of(signer) == digests):
        raise foreign()
    digest, moment, nonce = _said(info)
    return TimestampToken(data, digest, moment, nonce, tuple(found), info, signer)


def check_token(token: TimestampToken, roots: Sequence[x509.Certificate]) -> None:
    """Raises ValueError unless an authority under `roots` signed the token (RFC 3161, 2.3)."""
    pool = _pool(token)
    signer = _signer(token, pool)
    _check_purpose(signer)
    _check_chain(signer, pool, roots, token.stamped_at)


def authority_of(token: TimestampToken) -> str:
    """What the authority that signed the token calls itself; "?" if it has no name."""
    names = _signer(token, _pool(token)).subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return str(names[-1].value) if names else "?"


def _check_whole(token: TimestampToken) -> None:
    """Raises ValueError unless every byte of the token is as its authority wrote it."""
    pool = _pool(token)
    signer = _signer(token, pool)
    reader = Reader(token.signer)
    reader.skip(_VERSION_1)
    reader.one(SEQUENCE)
    digest = _DIGESTS.get(Reader(reader.one(SEQUENCE)).one(OBJECT))
    attributes = reader.one(CONTEXT_0)
    algorithm = Reader(reader.one(SEQUENCE)).one(OBJECT)
    signature = reader.one(OCTETS)
    if digest is None or algorithm not in _ALGORITHMS or not reader.ended:
        raise ValueError("its token is signed in a way that is not read here")
    named = _attribute(attributes, _MESSAGE_DIGEST)
    if Reader(named).one(OCTETS) != _hashed(token.info, digest):
        raise ValueError("its token does not fit what it signs")
    _check_signature(signer, signature, tlv(SET, attributes), digest)
    der = signer.public_bytes(Encoding.DER)
    essence = _attribute(attributes, _SIGNING_CERTIFICATE_V2) + _attribute(
        attributes, _SIGNING_CERTIFICATE
    )
    if not any(algorithm(der).digest() in essence for algorithm in _IDENTIFYING):
        raise ValueError("its token names another certificate")
    _check_all_above(signer, pool)


def _check_all_above(signer: x509.Certificate, pool: list[x509.Certificate]) -> None:
    """Raises ValueError unless the other certificates lead up from the signer's."""
    rest = [one for one in pool if one != signer]
    certificate = signer
    while rest:
        above = [one for one in rest if issued(certificate, one)]
        if not above:
            raise ValueError("its token brings certificates that do not belong to it")
        certificate = above[0]
        rest.remove(certificate)
    if _says_root(certificate) and not _signs_itself(certificate):
        raise ValueError("the uppermost certificate of its token was altered")


def _says_root(certificate: x509.Certificate) -> bool:
    """By its names or by its key identifiers: an altered one may say so in one way only."""
    extensions = certificate.extensions
    try:
        own = extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        above = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    except x509.ExtensionNotFound:
        return certificate.issuer == certificate.subject
    return certificate.issuer == certificate.subject or own.digest == above.key_identifier


def _signs_itself(certificate: x509.Certificate) -> bool:
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        _check_signature(
            certificate, certificate.signature, certificate.tbs_certificate_bytes, algorithm
        )
    except ValueError:
        return False
    return True


def _pool(token: TimestampToken) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(one) for one in token.certificates]


def _digest_of(signer: bytes) -> bytes:
    """The digest algorithm of a SignerInfo."""
    reader = Reader(signer)
    reader.one(INTEGER)
    reader.one(SEQUENCE)
    return tlv(SEQUENCE, reader.one(SEQUENCE))


def _said(info: bytes) -> tuple[bytes, dt.datetime, int | None]:
    """Digest, time and nonce of a TSTInfo."""
    reader = Reader(Reader(info).one(SEQUENCE))
    reader.one(INTEGER)
    reader.one(OBJECT)
    imprint = Reader(reader.one(SEQUENCE))
    if Reader(imprint.one(SEQUENCE)).one(OBJECT) != _SHA256:
        raise foreign()
    digest = imprint.one(OCTETS)
    reader.one(INTEGER)
    moment = _moment(reader.one(TIME))
    nonce = None
    while not reader.ended and nonce is None:
        tag, value = reader.any()
        nonce = int.from_bytes(value, "big", signed=True) if tag == INTEGER else None
    return digest, moment, nonce


def _signer(token: TimestampToken, pool: Sequence[x509.Certificate]) -> x509.Certificate:
    """The certificate that the SignerInfo's IssuerAndSerialNumber means. Raises ValueError."""
    reader = Reader(token.signer)
    reader.one(INTEGER)
    name = Reader(reader.one(SEQUENCE))
    issuer, serial = tlv(SEQUENCE, name.one(SEQUENCE)), int.from_bytes(name.one(INTEGER), "big")
    for one in pool:
        if one.serial_number == serial and one.issuer.public_bytes() == issuer:
            return one
    raise ValueError("its token does not bring the certificate it is signed with")


def _attribute(attributes: bytes, kind: bytes) -> bytes:
    """The values of a signed attribute; nothing if it is not there."""
    reader = Reader(attributes)
    while not reader.ended:
        attribute = reader.one(SEQUENCE)
        if attribute.startswith(kind):
            inner = Reader(attribute)
            inner.skip(kind)
            return inner.one(SET)
    return b""


def _hashed(data: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    digest = hashes.Hash(algorithm)
    digest.update(data)
    return digest.finalize()


def _check_signature(
    signer: x509.Certificate, signature: bytes, signed: bytes, digest: hashes.HashAlgorithm
) -> None:
    key = signer.public_key()
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, signed, ec.ECDSA(digest))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, signed, padding.PKCS1v15(), digest)
        else:
            raise ValueError("its key is of a kind that is not read here")
    except InvalidSignature as error:
        raise ValueError("its token's signature does not verify") from error


def _check_purpose(signer: x509.Certificate) -> None:
    try:
        usage = signer.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        raise ValueError("its certificate is not for timestamps") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise ValueError("its certificate is not for timestamps")


def _check_chain(
    signer: x509.Certificate,
    pool: Sequence[x509.Certificate],
    roots: Sequence[x509.Certificate],
    moment: dt.datetime,
) -> None:
    """Raises ValueError unless certificates of their period lead to a root."""
    certificate = signer
    for _ in range(_LONGEST_CHAIN):
        if not certificate.not_valid_before_utc <= moment <= certificate.not_valid_after_utc:
            raise ValueError("one of its certificates was not valid then")
        if certificate in roots:
            return
        above = [one for one in (*roots, *pool) if issued(certificate, one) and one != certificate]
        if not above:
            break
        certificate = above[0]
    raise ValueError("its certificates do not lead to timestamps.roots")


def issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    """Whether `by` is an authority that signed `certificate`."""
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _moment(text: bytes) -> dt.datetime:
    """GeneralizedTime in UTC, fractions left out."""
    try:
        whole = text.decode("ascii").removesuffix("Z").partition(".")[0]
        return dt.datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise foreign() from error
