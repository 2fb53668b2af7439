"""Bech32 (BIP 173) without its length limit, as age writes keys (C2SP age, "Conventions").

A hybrid recipient is 1,959 characters, and every delivery parses one: so `base64` and `int` do
the work on bits, and the checksum folds long texts in halves before it goes through them.
"""

from __future__ import annotations

import base64
from functools import lru_cache
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
_FIELD: Final = 0b101001
"""GF(32), whose elements the values are: x^5 + x^3 + 1."""
_SHORT: Final = 64
"""Values that are gone through, two a step; more are folded first."""


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


def _product(one: int, other: int) -> int:
    """In GF(32)."""
    product = 0
    for bit in range(4, -1, -1):
        product = product << 1 ^ one * (other >> bit & 1)
        product ^= _FIELD * (product >> 5)
    return product


_MULTIPLES: Final = tuple(
    bytes(_product(factor, value) for value in range(32)).ljust(256) for factor in range(32)
)
"""Every value multiplied by each factor, as `bytes.translate` takes it."""


@lru_cache(maxsize=256)
def _power(exponent: int) -> tuple[bytes, ...]:
    """x^exponent modulo the code's generator: its six coefficients, lowest first, as tables."""
    checksum = 1
    for _ in range(exponent):
        checksum = _step(checksum, 0)
    return tuple(_MULTIPLES[checksum >> shift & 31] for shift in range(0, 30, 5))


def _folded(values: bytes) -> bytes:
    """Half as many values, and five, with the same remainder by the code's generator.

    As a polynomial, values are a(x)·x^k + b(x), which leaves what a(x)·(x^k mod g) + b(x) leaves.
    """
    half = len(values) // 2
    low = len(values) - half
    high = values[:half]
    total = int.from_bytes(values[half:], "big")
    for place, table in enumerate(_power(low)):
        total ^= int.from_bytes(high.translate(table), "big") << 8 * place
    return total.to_bytes(max(low, half + 5), "big")


def _polymod(values: bytes) -> int:
    """The checksum of five-bit values."""
    checksum = 1
    if len(values) > _SHORT:
        checksum, values = 0, b"\1" + values
        while len(values) > _SHORT:
            values = _folded(values)
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
