"""A certificate signing request for a key that is not in memory (RFC 2986), in PEM."""

from __future__ import annotations

import base64
import textwrap

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID

from vault_core.issuing.seals.cms import Sign
from vault_core.issuing.seals.der import BITS, CONTEXT_0, INTEGER, SEQUENCE, tlv

_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_LONGEST = 64


def signing_request(
    organisation: str, country: str, key: ec.EllipticCurvePublicKey, sign: Sign
) -> str:
    """A request in an organisation's name (64 characters of it), signed by the key itself."""
    name = organisation[:_LONGEST]
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, country),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
        ]
    )
    public = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    version = tlv(INTEGER, b"\0")
    asked = tlv(SEQUENCE, version + subject.public_bytes() + public + tlv(CONTEXT_0, b""))
    signature = tlv(BITS, b"\0" + sign(asked))
    text = base64.b64encode(tlv(SEQUENCE, asked + _ECDSA_SHA256 + signature)).decode()
    lines = "\n".join(textwrap.wrap(text, 64))
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{lines}\n-----END CERTIFICATE REQUEST-----\n"
