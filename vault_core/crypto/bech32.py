"""Bech32 (BIP 173) without its length limit, as age writes keys (C2SP age, "Conventions").

Groups of five bits pass through `base64`'s base 32, whose alphabet is translated: a hybrid
recipient is 1,959 characters, and every delivery parses one.
"""

from __future__ import annotations

import base64
import binascii
from typing import Final

from vault_core.errors import MalformedAge

_ALPHABET: Final = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE32: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_BECH32: Final = bytes.maketrans(_BASE32, _ALPHABET)
_TO_BASE32: Final = bytes.maketrans(_ALPHABET, _BASE32)
_TO_VALUE: Final = bytes.maketrans(_ALPHABET, bytes(range(32)))
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH: Final = 6


def _feedback(top: int) -> int:
    """What the five bits shifted out of the checksum add to it."""
    result = 0
    for bit, generator in enumerate(_GENERATORS):
        if top >> bit & 1:
            result ^= generator
    return result


_FEEDBACK: Final = tuple(_feedback(top) for top in range(32))


def _polymod(values: bytes) -> int:
    """The checksum polynomial of BIP 173 over five-bit values."""
    checksum = 1
    for value in values:
        checksum = (checksum & 0x1FFFFFF) << 5 ^ value ^ _FEEDBACK[checksum >> 25]
    return checksum


def _expand(prefix: bytes) -> bytes:
    """The human-readable part as the checksum sees it."""
    return bytes(c >> 5 for c in prefix) + b"\0" + bytes(c & 31 for c in prefix)


def encode(prefix: str, data: bytes) -> str:
    """The Bech32 string of `data` under a lower-case human-readable part, in lower case."""
    symbols = base64.b32encode(data).rstrip(b"=").translate(_TO_BECH32)
    head = _expand(prefix.encode())
    checksum = _polymod(head + symbols.translate(_TO_VALUE) + bytes(_CHECKSUM_LENGTH)) ^ 1
    tail = bytes(_ALPHABET[checksum >> shift & 31] for shift in range(25, -1, -5))
    return f"{prefix}1{(symbols + tail).decode()}"


def decode(text: str) -> tuple[str, bytes]:
    """The human-readable part in the case it was written in, and the data.

    Raises MalformedAge for anything `encode` (or its upper-case form) does not write.
    """
    if not text.isascii() or text not in (text.lower(), text.upper()):
        raise MalformedAge("The key is not in Bech32: it mixes cases or has foreign characters.")
    prefix, separator, rest = text.rpartition("1")
    if not separator or not prefix or len(rest) < _CHECKSUM_LENGTH:
        raise MalformedAge("The key is not in Bech32: a part of it is missing.")
    if not all("!" <= character <= "~" for character in prefix):
        raise MalformedAge("The key is not in Bech32: its prefix has foreign characters.")
    symbols = rest.lower().encode()
    if symbols.translate(None, _ALPHABET):
        raise MalformedAge("The key is not in Bech32: it has foreign characters.")
    if _polymod(_expand(prefix.lower().encode()) + symbols.translate(_TO_VALUE)) != 1:
        raise MalformedAge("The key's checksum is wrong: it was mistyped or cut.")
    return prefix, _from_symbols(symbols[:-_CHECKSUM_LENGTH])


def _from_symbols(symbols: bytes) -> bytes:
    """The bytes of five-bit symbols; the bits left over must be fewer than five and zero."""
    padding = b"=" * (-len(symbols) % 8)
    try:
        data = base64.b32decode(symbols.translate(_TO_BASE32) + padding)
    except binascii.Error:
        raise MalformedAge("The key is not in Bech32: it was cut.") from None
    if base64.b32encode(data).rstrip(b"=").translate(_TO_BECH32) != symbols:
        raise MalformedAge("The key is not in Bech32: bits after its end are set.")
    return data
