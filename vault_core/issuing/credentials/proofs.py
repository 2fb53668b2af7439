"""Data Integrity proofs with the cryptosuite eddsa-jcs-2022 (W3C vc-di-eddsa, section 3.3).

A proof says only that the document is as the key's holder wrote it. Whether that key is an
issuer's, and the document in date and not revoked, is for `verification` to say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from vault_core.issuing.credentials.multibase import base58btc, from_base58btc
from vault_core.issuing.faults import Fault, refused

Document = dict[str, Any]
"""A JSON object: str keys, and values that JSON knows."""
KeyOf = Callable[[str], Ed25519PublicKey]
"""Verification method to key; raises VerificationFailed for one that is not trusted."""

TYPE = "DataIntegrityProof"
CRYPTOSUITE = "eddsa-jcs-2022"
PURPOSE = "assertionMethod"


def canonical(value: Any) -> bytes:
    """The JSON Canonicalization Scheme (RFC 8785) of a JSON value.

    Raises VerificationFailed if a value has no canonical form (NaN, integers past 2^53, lone
    surrogates).
    """
    try:
        return plain(value) if _is_plain(value) else rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as error:
        raise refused(Fault.CREDENTIAL_FORM, what="JSON") from error


def plain(value: Any) -> bytes:
    """`canonical` of strings, booleans, null, lists, objects with ASCII names; 20 times as fast.

    Raises VerificationFailed for lone surrogates.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise refused(Fault.CREDENTIAL_FORM, what="JSON") from error


_LARGEST = 2**53 - 1


def _is_plain(value: Any) -> bool:
    """Whether `plain` writes `value` as RFC 8785 does.

    It does for ASCII names, whose order is the same in every encoding, and strings, booleans,
    null and the integers that RFC 8785 allows; other numbers are left to the other.
    """
    kind = type(value)
    if kind is dict:
        for name, item in value.items():
            if type(name) is not str or not name.isascii():
                return False
            if type(item) is not str and not _is_plain(item):
                return False
        return True
    if kind is list:
        return all(map(_is_plain, value))
    if kind is int:
        return abs(value) <= _LARGEST  # type: ignore[no-any-return]
    return kind is str or kind is bool or value is None


def add_proof(
    document: Mapping[str, Any], key: Ed25519PrivateKey, method: str, created: str
) -> Document:
    """`document` with its proof (section 3.3.1); a proof it already had is replaced.

    `method` is the URL of the verification method, `created` an XML Schema dateTimeStamp.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    options = _options(unsecured, method, created)
    signature = key.sign(hash_data(unsecured, options))
    return {**unsecured, "proof": _proof(options, signature)}


def proved(document: Mapping[str, Any], key: Ed25519PrivateKey, method: str, created: str) -> bytes:
    """`add_proof` as canonical JSON.

    Raises VerificationFailed if a value has no canonical form.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if not _is_plain(unsecured):
        return canonical(add_proof(unsecured, key, method, created))
    options = _options(unsecured, method, created)
    signature = key.sign(_hashes(plain(options), plain(unsecured)))
    return plain({**unsecured, "proof": _proof(options, signature)})


def _options(document: Mapping[str, Any], method: str, created: str) -> Document:
    options: Document = {
        "type": TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    return options


def _proof(options: Document, signature: bytes) -> Document:
    return {**options, "proofValue": "z" + base58btc(signature)}


def check_proof(document: Mapping[str, Any], key_of: KeyOf) -> str:
    """Verify the one proof of `document` (section 3.3.2); returns its verification method.

    Raises VerificationFailed if there is not exactly one proof, if it is of another kind, names
    a key that `key_of` refuses, or does not fit the document.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise refused(Fault.PROOF_FORM)
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    signature = _signature(proof)
    _check_options(options, document)
    method = options["verificationMethod"]
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    if "@context" in options:
        unsecured["@context"] = options["@context"]
    try:
        key_of(method).verify(signature, hash_data(unsecured, options))
    except InvalidSignature as error:
        raise refused(Fault.CREDENTIAL_ALTERED) from error
    return str(method)


def hash_data(unsecured: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """64 bytes that are signed: hash of the proof options, then of the document (3.3.4)."""
    return _hashes(canonical(dict(options)), canonical(dict(unsecured)))


def _hashes(options: bytes, unsecured: bytes) -> bytes:
    return hashlib.sha256(options).digest() + hashlib.sha256(unsecured).digest()


def _signature(proof: Mapping[str, Any]) -> bytes:
    value = proof.get("proofValue")
    if not isinstance(value, str) or not value.startswith("z"):
        raise refused(Fault.PROOF_FORM)
    signature = from_base58btc(value[1:])
    if len(signature) != 64:
        raise refused(Fault.PROOF_FORM)
    return signature


def _check_options(options: Mapping[str, Any], document: Mapping[str, Any]) -> None:
    kind = (options.get("type"), options.get("cryptosuite"), options.get("proofPurpose"))
    if kind != (TYPE, CRYPTOSUITE, PURPOSE):
        raise refused(Fault.PROOF_FORM)
    if not isinstance(options.get("verificationMethod"), str):
        raise refused(Fault.PROOF_FORM)
    if "@context" in options and not _starts_with(document.get("@context"), options["@context"]):
        raise refused(Fault.PROOF_FORM)


def _starts_with(contexts: Any, start: Any) -> bool:
    """Section 3.3.2, step 4.1."""
    whole = contexts if isinstance(contexts, list) else [contexts]
    first = start if isinstance(start, list) else [start]
    return bool(whole[: len(first)] == first)
