"""Verification codes: made, read, and turned into the key of what they open.

A code is 12 characters of a cryptographic generator and a check character, in Crockford's 32
letters and digits, which are hard to mishear: "7Q4K-0XZ2-M9TD-H". It opens one verification
record. The database holds neither the code nor a hash of it alone: the record's place and its
key come from the code *and* the institution's key, so that the database reveals no certificate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NewType

from vault_core.api import Random
from vault_core.crypto import aead
from vault_core.errors import CorruptCiphertext
from vault_core.issuing.faults import Fault, refused

Code = NewType("Code", str)
"""13 characters without hyphens, checked."""

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUE = {letter: value for value, letter in enumerate(ALPHABET)}
_HEARD = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V"})
_LENGTH = 12
_LONGEST = 400
"""Characters of what is typed or pasted."""
_CONTEXT = b"parchemin verification code v1 "


@dataclass(frozen=True, slots=True)
class CodeKeys:
    """What a code leads to: where its record lies (16 bytes), and the key that opens it."""

    index: bytes
    key: bytes

    def seal(self, record: bytes, random: Random) -> bytes:
        """The record encrypted: nonce, ciphertext and tag, bound to its index."""
        nonce = random(aead.NONCE_SIZE)
        return nonce + aead.seal(self.key, nonce, record, self.index)

    def open(self, sealed: bytes) -> bytes:
        """The inverse of `seal`. Raises VerificationFailed if it was altered or moved."""
        nonce, data = sealed[: aead.NONCE_SIZE], sealed[aead.NONCE_SIZE :]
        try:
            return aead.open(self.key, nonce, data, self.index)
        except (CorruptCiphertext, ValueError) as error:
            raise refused(Fault.CODE_RECORD) from error


def new_code(random: Random) -> Code:
    """A fresh code of 60 random bits."""
    letters = "".join(ALPHABET[byte & 31] for byte in random(_LENGTH))
    return Code(letters + _check(letters))


def read_code(text: str) -> Code:
    """The code in what a person typed: case, spaces and hyphens do not matter, O is 0, I is 1.

    An address that ends with it is taken, too: it is what a QR code holds. Raises
    VerificationFailed if it is too short or long, or its check character does not fit.
    """
    text = text[:_LONGEST].rpartition("/verify/")[2]
    letters = "".join(text.upper().replace("-", " ").split()).translate(_HEARD)
    if len(letters) != _LENGTH + 1 or any(letter not in _VALUE for letter in letters):
        raise refused(Fault.CODE_FORM)
    if _check(letters[:_LENGTH]) != letters[_LENGTH]:
        raise refused(Fault.CODE_TYPO)
    return Code(letters)


def written(code: Code) -> str:
    """The code as it is printed: groups of four, then the check character."""
    return f"{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12]}"


def code_keys(code: Code, pepper: bytes) -> CodeKeys:
    """Place and key of the code's record, by HKDF-SHA256; `pepper` is the institution's secret."""
    secret = code.encode("ascii")
    return CodeKeys(
        aead.hkdf_sha256(secret, pepper, _CONTEXT + b"index", 16),
        aead.hkdf_sha256(secret, pepper, _CONTEXT + b"key"),
    )


def _check(letters: str) -> str:
    """The sum of a^i * letter_i in GF(32), with a = 2 and the polynomial x^5 + x^2 + 1.

    The weights are all different and none is zero, so every single wrong character and every
    swap of two different ones changes it.
    """
    total = 0
    for letter in reversed(letters):
        total = _double(total ^ _VALUE[letter])
    return ALPHABET[total]


def _double(value: int) -> int:
    value <<= 1
    return value ^ 0b100101 if value & 32 else value
