"""An institution's own seal certificate: taken from PEM, or refused with a sentence."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)

from tests.issuing.house import house
from vault_core.errors import InvalidRequest, NodeNotFound
from vault_core.issuing.seals import authority as test_authority
from vault_core.issuing.seals.authority import TestAuthority
from vault_core.issuing.seals.own_certificates import read_own_certificate
from vault_core.issuing.seals.pades import read_seal

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)


def pem(
    name: str = "Académie de Rennes", curve: ec.EllipticCurve | None = None, password: bytes = b""
) -> bytes:
    """A key, its certificate and the root, as an authority that is not the tests' gives them."""
    known = test_authority.TEST_NAME
    test_authority.TEST_NAME = "AC Cachets"
    try:
        authority = TestAuthority.create(NOW - DAY, os.urandom)
    finally:
        test_authority.TEST_NAME = known
    key = ec.generate_private_key(curve or ec.SECP256R1())
    certificate = authority.issue(name, "FR", key.public_key(), NOW - DAY, os.urandom, years=1)
    how = BestAvailableEncryption(password) if password else NoEncryption()
    return (
        authority.certificate.public_bytes(Encoding.PEM)
        + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)
        + certificate.public_bytes(Encoding.PEM)
    )


def test_a_file_in_any_order_gives_key_and_chain_without_the_root() -> None:
    own = read_own_certificate(pem(), None, NOW)
    assert len(own.chain) == 1
    assert own.chain[0].public_key() == own.key.public_key()


def test_an_encrypted_key_opens_with_its_password() -> None:
    assert read_own_certificate(pem(password=b"sesame"), b"sesame", NOW).chain


REFUSED = {
    "nothing": (b"", None, NOW, "no private key"),
    "password missing": (pem(password=b"a"), None, NOW, "give its password"),
    "password wrong": (pem(password=b"a"), b"b", NOW, "password is wrong"),
    "another curve": (pem(curve=ec.SECP384R1()), None, NOW, "P-256"),
    "key alone": (pem().split(b"-----BEGIN CERT")[1].split(b"\n", 2)[2], None, NOW, "no "),
    "another's certificate": (
        pem().rsplit(b"-----BEGIN CERT", 1)[0],
        None,
        NOW,
        "No certificate in the file is for that key",
    ),
    "expired": (pem(), None, NOW + 400 * DAY, "ask for a new one"),
    "not yet valid": (pem(), None, NOW - 9 * DAY, "ask for a new one"),
    "too large": (b"x" * 300_000, None, NOW, "larger"),
}


@pytest.mark.parametrize(("data", "password", "now", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_seal_is_refused(
    data: bytes, password: bytes | None, now: dt.datetime, why: str
) -> None:
    with pytest.raises(InvalidRequest, match=why):
        read_own_certificate(data, password, now)


async def test_certificates_are_sealed_with_it_and_the_old_ones_stay_valid(tmp_path: Path) -> None:
    async with house(tmp_path) as institution:
        register = institution.institution.register
        issuer = institution.institution.plugins.issuer_of("pix")
        row = institution.row("pix")
        ada = await institution.holder("pix", row)
        await institution.deliver("pix", row)
        before = await institution.fetch_one(ada)
        own = read_own_certificate(pem("GIP Pix"), None, NOW)
        desk = await register.take_own(issuer.id, own)
        assert desk.generation.number == 2
        second = institution.row("pix", 1)
        eve = await institution.holder("pix", second, "eve")
        await institution.deliver("pix", second)
        after = await institution.fetch_one(eve)
        assert read_seal(after).certificate == own.chain[0]
        assert "AC Cachets" in read_seal(after).certificate.issuer.rfc4514_string()
        for pdf in (before, after):
            answer = await institution.institution.verifier.check_data(pdf, "127.0.0.1")
            assert answer.verdict == "valid", answer
        with pytest.raises(NodeNotFound):
            await register.take_own("nobody", own)
