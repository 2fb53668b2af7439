"""A certification authority for tests and demonstrations, named as such in every certificate.

An institution in production has its seal certificates issued by a trusted authority (eIDAS,
qualified electronic seal); this one shows the whole path without it and convinces nobody.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vault_core.api import Random

TEST_NAME = "Parchemin TEST authority - not for production"
TWODDOC_TEST_AUTHORITY = "ZZ00"
"""2D-Doc authority id of test certificates; ZZ is no country, so that no reader trusts it."""
_SHA256 = hashes.SHA256()


@dataclass(frozen=True, slots=True)
class TestAuthority:
    """A root key and its self-signed certificate."""

    __test__ = False
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls, now: dt.datetime, random: Random, years: int = 20) -> TestAuthority:
        """A new authority, valid from `now`."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, TEST_NAME)])
        builder = _builder(name, name, key.public_key(), now, years, random)
        certificate = (
            builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
            .sign(key, _SHA256)
        )
        return cls(key, certificate)

    def issue(
        self,
        organisation: str,
        country: str,
        key: ec.EllipticCurvePublicKey,
        now: dt.datetime,
        random: Random,
        years: int = 5,
    ) -> x509.Certificate:
        """A seal certificate in an organisation's name (at most 64 characters are kept)."""
        name = organisation[:64]
        subject = x509.Name(
            [
                x509.NameAttribute(NameOID.COUNTRY_NAME, country),
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, name),
                x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "TEST - not for production"),
                x509.NameAttribute(NameOID.COMMON_NAME, name),
            ]
        )
        issuer = self.certificate
        builder = _builder(subject, issuer.subject, key, now, years, random)
        identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        return (
            builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage("digital_signature", "content_commitment"), critical=True)
            .add_extension(identifier, critical=False)
            .sign(self.key, _SHA256)
        )

    def revocations(self, now: dt.datetime, days: int = 7) -> bytes:
        """Its list of revoked certificates, in DER; it revokes none: test seals are rotated."""
        crl = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(now)
            .next_update(now + dt.timedelta(days=days))
            .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()),
                critical=False,
            )
            .sign(self.key, _SHA256)
        )
        return crl.public_bytes(serialization.Encoding.DER)

    def dump(self) -> bytes:
        """Key and certificate in PEM, unencrypted: the caller seals them."""
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ) + self.certificate.public_bytes(serialization.Encoding.PEM)

    @classmethod
    def load(cls, data: bytes) -> TestAuthority:
        """The inverse of `dump`."""
        key = serialization.load_pem_private_key(data, None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise TypeError("the authority's key is not on an elliptic curve")
        return cls(key, x509.load_pem_x509_certificate(data))


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePublicKey,
    now: dt.datetime,
    years: int,
    random: Random,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(int.from_bytes(random(16), "big") >> 1 or 1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=365 * years))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _usage(*purposes: str) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: name in purposes for name in names})
