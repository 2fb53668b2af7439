"""Keys and signatures as W3C documents write them: multibase, Multikey and did:key.

Controlled Identifiers 1.0: section 2.4 (Multibase, base-58-btc 'z'), section 2.2.2 (Multikey:
0xed 0x01 before the 32 bytes of an Ed25519 public key).
"""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from vault_core.issuing.faults import Fault, refused

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUE = {letter: value for value, letter in enumerate(_ALPHABET)}
_ED25519 = b"\xed\x01"
_DID_KEY = "did:key:"
_LONGEST = 128


def base58btc(data: bytes) -> str:
    """`data` in base 58, without a multibase letter; a leading zero byte is a leading '1'."""
    number = int.from_bytes(data, "big")
    pairs = []
    while number:
        number, pair = divmod(number, 58 * 58)
        pairs.append(_PAIRS[pair])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(pairs)).lstrip("1")


def from_base58btc(text: str) -> bytes:
    """The inverse of `base58btc`. Raises VerificationFailed for foreign letters or over 128."""
    if len(text) > _LONGEST:
        raise refused(Fault.PROOF_FORM)
    number = 0
    for letter in text:
        if letter not in _VALUE:
            raise refused(Fault.PROOF_FORM)
        number = number * 58 + _VALUE[letter]
    zeros = len(text) - len(text.lstrip("1"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def multikey(key: Ed25519PublicKey) -> str:
    """The key as a Multikey's `publicKeyMultibase` ("z6Mk…")."""
    return "z" + base58btc(_ED25519 + key.public_bytes_raw())


def from_multikey(text: str) -> Ed25519PublicKey:
    """The key of a `publicKeyMultibase`. Raises VerificationFailed if it is no Ed25519 key."""
    data = from_base58btc(text[1:]) if text.startswith("z") else b""
    if len(data) != 34 or data[:2] != _ED25519:
        raise refused(Fault.PROOF_FORM)
    return Ed25519PublicKey.from_public_bytes(data[2:])


def did_key(key: Ed25519PublicKey) -> str:
    """The verification method of a key that names itself: "did:key:z6Mk…#z6Mk…"."""
    name = multikey(key)
    return f"{_DID_KEY}{name}#{name}"


def from_did_key(method: str) -> Ed25519PublicKey:
    """The key inside a did:key verification method. Raises VerificationFailed if malformed."""
    name, mark, fragment = method.removeprefix(_DID_KEY).partition("#")
    if not method.startswith(_DID_KEY) or not mark or fragment != name:
        raise refused(Fault.PROOF_FORM)
    return from_multikey(name)
