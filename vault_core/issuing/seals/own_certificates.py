"""An institution's own seal key and certificates, from the PEM file that its authority gave it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from vault_core.errors import InvalidRequest

LARGEST = 256 * 1024
"""Bytes of the largest PEM file that is read."""


@dataclass(frozen=True, slots=True)
class OwnCertificate:
    """A P-256 key and its certificates, its own first, the root left out."""

    key: ec.EllipticCurvePrivateKey
    chain: tuple[x509.Certificate, ...]


def read_own_certificate(data: bytes, password: bytes | None, now: dt.datetime) -> OwnCertificate:
    """Key and chain of a PEM file, in any order, checked. Raises InvalidRequest, saying what to do.

    The key has to be on P-256, each certificate issued by the next, and all of them valid now.
    """
    key = _key(_bounded(data), password)
    return OwnCertificate(key, read_chain(data, key.public_key(), now))


def read_chain(
    data: bytes, key: ec.EllipticCurvePublicKey, now: dt.datetime
) -> tuple[x509.Certificate, ...]:
    """The chain of a key that is kept elsewhere, such as in an HSM. Raises InvalidRequest."""
    try:
        certificates = x509.load_pem_x509_certificates(_bounded(data))
    except ValueError as error:
        raise InvalidRequest(
            "The file holds no certificate that can be read: put key and certificates into one "
            "PEM file."
        ) from error
    chain = _chain(key, certificates)
    for certificate in chain:
        if not certificate.not_valid_before_utc <= now < certificate.not_valid_after_utc:
            raise InvalidRequest(
                f"The certificate of “{_name(certificate)}” is valid from "
                f"{certificate.not_valid_before_utc.date()} until "
                f"{certificate.not_valid_after_utc.date()} only: ask for a new one."
            )
    _check_usage(chain[0])
    return chain


def _bounded(data: bytes) -> bytes:
    if len(data) > LARGEST:
        raise InvalidRequest("The file is larger than a key and its certificates can be.")
    return data


def _key(data: bytes, password: bytes | None) -> ec.EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(data, password)
    except TypeError as error:
        hint = "give its password" if password is None else "it needs no password"
        raise InvalidRequest(f"The key cannot be read: {hint}.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidRequest(
            "The file holds no private key that can be read, or the password is wrong."
        ) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise InvalidRequest("The key is not on the curve P-256: have a certificate made for one.")
    return key


def _chain(
    key: ec.EllipticCurvePublicKey, certificates: list[x509.Certificate]
) -> tuple[x509.Certificate, ...]:
    """From the key's own certificate upwards."""
    mine = [one for one in certificates if one.public_key() == key]
    if not mine:
        raise InvalidRequest("No certificate in the file is for that key.")
    chain = [mine[0]]
    while not _issued(chain[-1], chain[-1]):
        above = [one for one in certificates if one not in chain and _issued(chain[-1], one)]
        if not above:
            break
        chain.append(above[0])
    root = len(chain) > 1 and _issued(chain[-1], chain[-1])
    return tuple(chain[:-1] if root else chain)


def _issued(certificate: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _check_usage(certificate: x509.Certificate) -> None:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise InvalidRequest("The certificate is not for signing: ask for one for an e-seal.")


def _name(certificate: x509.Certificate) -> str:
    return certificate.subject.rfc4514_string()
