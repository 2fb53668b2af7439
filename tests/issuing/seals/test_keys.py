"""Issuer keys: kept sealed, rotated with their history, handed to verifiers as a signed file."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.issuing.world import DAY, NOW, certificate, make_world, world
from vault_core.crypto import aead
from vault_core.errors import CertificateRefused, CorruptCiphertext
from vault_core.issuing.checking.snapshot import read_snapshot, write_snapshot
from vault_core.issuing.checking.trust import controller_document
from vault_core.issuing.checking.verification import verify_pdf
from vault_core.issuing.credentials.multibase import did_key
from vault_core.issuing.seals.authority import TEST_NAME, TestAuthority
from vault_core.issuing.seals.keys import IssuerKeys

INSTITUTION = bytes(range(32))
SNAPSHOT_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))


def seal(context: bytes, data: bytes) -> bytes:
    return aead.seal(INSTITUTION, bytes(12), data, context)


def open_secret(context: bytes, data: bytes) -> bytes:
    return aead.open(INSTITUTION, bytes(12), data, context)


def test_keys_are_kept_sealed_and_read_back() -> None:
    stored = world().keys.dump(seal)
    loaded = IssuerKeys.load("education", stored, open_secret)
    assert loaded.dump(seal) == stored
    assert b"seal" not in stored


def test_stored_keys_open_for_their_own_issuer_only() -> None:
    with pytest.raises(CorruptCiphertext):
        IssuerKeys.load("defence", world().keys.dump(seal), open_secret)


def test_rotation_closes_the_old_keys_and_keeps_them() -> None:
    keys = world().keys.rotate(NOW + DAY, world().certify)
    old, new = keys.generations
    assert (old.until, new.since, new.until) == (NOW + DAY, NOW + DAY, None)
    assert keys.current.credential_key_id == "key-2"
    assert old.twoddoc.certificate != new.twoddoc.certificate


def test_what_old_keys_sealed_stays_valid_after_a_rotation() -> None:
    keys = world().keys.rotate(NOW + DAY, world().certify)
    verify_pdf(certificate().pdf, world().trust(keys=keys), NOW + 2 * DAY)


@pytest.mark.parametrize("fault", ["seal_period", "key_period"])
def test_what_old_keys_sealed_after_a_rotation_is_refused(fault: str) -> None:
    keys = world().keys.rotate(NOW - DAY / 2, world().certify)
    trust = world().trust(keys=keys)
    if fault == "key_period":
        issuer = trust.issuers[0]
        open_ended = [
            replace(key, until=None) if key.kind == "seal" else key for key in issuer.keys
        ]
        trust = replace(trust, issuers=(replace(issuer, keys=tuple(open_ended)),))
    with pytest.raises(CertificateRefused) as caught:
        verify_pdf(certificate().pdf, trust, NOW)
    assert caught.value.fault == fault


def test_a_seal_certificate_names_the_organisation_and_says_that_it_is_a_test() -> None:
    found = world().keys.current.seal_chain[0]
    text = found.subject.rfc4514_string()
    assert "O=Académie de Rennes" in text
    assert "TEST" in text
    assert TEST_NAME in found.issuer.rfc4514_string()
    usage = found.extensions.get_extension_for_class(x509.KeyUsage).value
    assert usage.content_commitment
    assert usage.digital_signature
    assert not usage.key_cert_sign
    found.verify_directly_issued_by(world().authority.certificate)


def test_an_authority_is_written_and_read_back() -> None:
    authority = TestAuthority.load(world().authority.dump())
    assert authority.certificate == world().authority.certificate
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    issued = authority.issue("A" * 100, "FR", key, NOW, lambda count: bytes(count))
    issued.verify_directly_issued_by(authority.certificate)


def test_a_controller_document_lists_every_credential_key() -> None:
    keys = world().keys.rotate(NOW + DAY, world().certify)
    document = controller_document(world().trust(keys=keys).issuers[0])
    methods = document["verificationMethod"]
    assert [method["id"] for method in methods] == document["assertionMethod"]
    assert [method.get("expires") is None for method in methods] == [False, True]


def test_a_snapshot_says_all_that_a_verifier_needs() -> None:
    data = write_snapshot(world().trust({1: "revoked"}), SNAPSHOT_KEY)
    trust = read_snapshot(data, did_key(SNAPSHOT_KEY.public_key()))
    assert trust == world().trust({1: "revoked"})
    verify_pdf(certificate().pdf, trust, NOW)
    assert b"PRIVATE" not in data


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("altered", "snapshot_forged"),
        ("other key", "snapshot_forged"),
        ("no proof", "snapshot_forged"),
        ("no JSON", "snapshot_form"),
        ("other document", "snapshot_form"),
    ],
)
def test_a_snapshot_of_another_hand_is_refused(name: str, fault: str) -> None:
    data = write_snapshot(world().trust(), SNAPSHOT_KEY)
    forger = Ed25519PrivateKey.from_private_bytes(bytes([1] * 32))
    document = json.loads(data)
    forged = {
        "altered": data.replace(b"madeAt", b"nadeAt"),
        "other key": write_snapshot(make_world().trust(), forger),
        "no proof": json.dumps(document | {"proof": None}).encode(),
        "no JSON": data[:-1],
        "other document": json.dumps(document | {"type": "Other"}).encode(),
    }[name]
    with pytest.raises(CertificateRefused) as caught:
        read_snapshot(forged, did_key(SNAPSHOT_KEY.public_key()))
    assert caught.value.fault == fault
