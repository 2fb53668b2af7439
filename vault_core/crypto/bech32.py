"""Bech32 (BIP 173) without its length limit, as age writes keys (C2SP age, "Conventions").

A hybrid recipient is 1,959 characters, and every delivery parses one: so `base64` and `int` do
the work on bits, and the checksum takes two characters a step.
"""

from __future__ import annotations

import base64
from typing import Final

from vault_core.errors import MalformedAge

_ALPHABET: Final = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_BASE32: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_TO_BECH32: Final = bytes.maketrans(_BASE32, _ALPHABET)
_TO_DIGITS: Final = bytes.maketrans(_ALPHABET, b"0123456789abcdefghijklmnopqrstuv")
"""The digits that `int` reads in base 32."""
_TO_VALUE: Final = bytes.maketrans(_ALPHABET, bytes(range(32)))
_GENERATORS: Final = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECKSUM_LENGTH: Final = 6


def _step(checksum: int, value: int) -> int:
    """One five-bit value into the checksum polynomial of BIP 173."""
    top = checksum >> 25
    checksum = (checksum & 0x1FFFFFF) << 5 ^ value
    for bit, generator in enumerate(_GENERATORS):
        if top >> bit & 1:
            checksum ^= generator
    return checksum


_FEEDBACK: Final = tuple(_step(_step(top << 20, 0), 0) for top in range(1024))
"""What ten bits shifted out of the checksum by two steps leave in it."""


def _polymod(values: bytes) -> int:
    """The checksum of five-bit values."""
    checksum = 1
    if len(values) % 2:
        checksum, values = _step(checksum, values[0]), values[1:]
    for high, low in zip(values[::2], values[1::2], strict=True):
        checksum = (checksum & 0xFFFFF) << 10 ^ high << 5 ^ low ^ _FEEDBACK[checksum >> 20]
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
    size, spare = divmod(len(symbols) * 5, 8)
    number = int(symbols.translate(_TO_DIGITS) or b"0", 32)
    if spare >= 5 or number & (1 << spare) - 1:
        raise MalformedAge("The key is not in Bech32: bits after its end are set.")
    return (number >> spare).to_bytes(size, "big")
