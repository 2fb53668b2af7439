"""eddsa-jcs-2022: the published vector, canonical JSON, and one fault a row."""

from __future__ import annotations

import hashlib
from typing import Any

import base58
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from tests.issuing.published import published
from vault_core.errors import CertificateRefused, VerificationFailed
from vault_core.issuing.credentials.multibase import (
    base58btc,
    did_key,
    from_base58btc,
    from_did_key,
    from_multikey,
    multikey,
)
from vault_core.issuing.credentials.proofs import (
    add_proof,
    canonical,
    check_proof,
    hash_data,
    proved,
)

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
METHOD = did_key(KEY.public_key())
DOCUMENT: dict[str, Any] = {"@context": ["https://www.w3.org/ns/credentials/v2"], "a": {"b": "é"}}
SIGNED = add_proof(DOCUMENT, KEY, METHOD, "2026-07-10T09:30:00Z")
JSON = st.recursive(
    st.none() | st.booleans() | st.text() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)


def test_the_vector_of_the_recommendation_is_reproduced() -> None:
    """W3C vc-di-eddsa, section B.2: key pair and document as published, and their results."""
    pair = published("vc_di_eddsa/key-pair.json")
    document = published("vc_di_eddsa/signed-credential.json")
    secret = from_base58btc(pair["privateKeyMultibase"][1:])[2:]
    method = f"did:key:{pair['publicKeyMultibase']}#{pair['publicKeyMultibase']}"
    key = Ed25519PrivateKey.from_private_bytes(secret)
    signed = add_proof(document, key, method, "2023-02-24T23:36:38Z")
    options = {name: value for name, value in signed["proof"].items() if name != "proofValue"}
    unsecured = {name: value for name, value in signed.items() if name != "proof"}
    assert hash_data(unsecured, options).hex() == (
        "66ab154f5c2890a140cb8388a22a160454f80575f6eae09e5a097cabe539a1db"
        "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
    )
    assert signed["proof"]["proofValue"] == (
        "z2HnFSSPPBzR36zdDgK8PbEHeXbR56YF24jwMpt3R1eHXQzJDMWS93FCzpvJpwTWd3GAVFuUfjoJdcnTMuVor51aX"
    )
    assert check_proof(signed, from_did_key) == method


@given(JSON)
def test_canonical_json_is_that_of_rfc_8785(value: Any) -> None:
    try:
        expected = rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, ValueError):
        with pytest.raises(VerificationFailed):
            canonical(value)
    else:
        assert canonical(value) == expected


@given(st.dictionaries(st.text(), JSON))
def test_a_document_is_proved_in_one_writing_as_in_two(document: dict[str, Any]) -> None:
    arguments = document, KEY, METHOD, "2026-07-10T09:30:00Z"
    try:
        expected = canonical(add_proof(*arguments))
    except VerificationFailed:
        with pytest.raises(VerificationFailed):
            proved(*arguments)
    else:
        assert proved(*arguments) == expected


@given(st.binary(max_size=64))
def test_base_58_is_that_of_others(data: bytes) -> None:
    assert base58btc(data) == base58.b58encode(data).decode()
    assert from_base58btc(base58btc(data)) == data


def test_a_multikey_is_read_back() -> None:
    public = KEY.public_key()
    assert from_multikey(multikey(public)).public_bytes_raw() == public.public_bytes_raw()
    assert multikey(public).startswith("z6Mk")


@pytest.mark.parametrize("text", ["", "z", "6Mk", "z6Mk0", "z" + "1" * 200, "z" + "2" * 46])
def test_what_is_no_multikey_is_refused(text: str) -> None:
    with pytest.raises(CertificateRefused):
        from_multikey(text)


@pytest.mark.parametrize("method", ["did:web:a#b", "did:key:z6Mk", METHOD + "x", ""])
def test_what_is_no_did_key_is_refused(method: str) -> None:
    with pytest.raises(CertificateRefused):
        from_did_key(method)


def test_the_proof_covers_document_and_options() -> None:
    assert check_proof(SIGNED, from_did_key) == METHOD
    assert hashlib.sha256(canonical(DOCUMENT)).digest() in hash_data(DOCUMENT, {})


def _with_proof(**changes: Any) -> dict[str, Any]:
    proof = {**SIGNED["proof"], **changes}
    return {**SIGNED, "proof": {name: value for name, value in proof.items() if value is not None}}


@pytest.mark.parametrize(
    ("document", "fault"),
    [
        ({**SIGNED, "a": {"b": "e"}}, "credential_altered"),
        ({**SIGNED, "more": True}, "credential_altered"),
        (_with_proof(created="2026-07-10T09:30:01Z"), "credential_altered"),
        (_with_proof(proofValue="z" + "2" * 87), "proof_form"),
        (_with_proof(proofValue=base58btc(bytes(64))), "proof_form"),
        (_with_proof(proofValue="z" + base58btc(bytes(64))), "credential_altered"),
        (_with_proof(proofValue=None), "proof_form"),
        (_with_proof(cryptosuite="eddsa-rdfc-2022"), "proof_form"),
        (_with_proof(type="Ed25519Signature2020"), "proof_form"),
        (_with_proof(proofPurpose="authentication"), "proof_form"),
        (_with_proof(verificationMethod=["x"]), "proof_form"),
        (_with_proof(**{"@context": ["https://elsewhere.example"]}), "proof_form"),
        ({**SIGNED, "proof": [SIGNED["proof"]]}, "proof_form"),
        (DOCUMENT, "proof_form"),
    ],
)
def test_a_faulty_proof_is_refused(document: dict[str, Any], fault: str) -> None:
    with pytest.raises(CertificateRefused) as caught:
        check_proof(document, from_did_key)
    assert caught.value.fault == fault
