"""DataMatrix symbols (ISO/IEC 16022, ECC 200) of texts in capitals and figures, as 2D-Docs are.

Square ones, in C40 throughout: three letters in two codewords. zxing-cpp, which reads them in the
tests, also writes them, the same; it weighs all six encodations letter by letter, which takes twice
as long (docs/adr/0019).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from vault_core.issuing.symbols.barcodes import Symbol

_QUIET_ZONE = 2
_LATCH_C40, _UNLATCH, _PAD = 230, 254, 129
_FIELD = 301
"""The polynomial of the Galois field (section 5.7.2), x^8 + x^5 + x^3 + x^2 + 1."""

Place = tuple[int, int]
"""A module's row and column; below zero it wraps round to the other side."""


@dataclass(frozen=True, slots=True)
class Size:
    """One line of table 7: modules and regions a side, data codewords, blocks, checks of each."""

    side: int
    regions: int
    data: int
    blocks: int
    checks: int

    @property
    def modules(self) -> int:
        """Modules a side without finder patterns."""
        return self.side - 2 * self.regions


SIZES = tuple(
    Size(*line)
    for line in (
        (10, 1, 3, 1, 5), (12, 1, 5, 1, 7), (14, 1, 8, 1, 10), (16, 1, 12, 1, 12),
        (18, 1, 18, 1, 14), (20, 1, 22, 1, 18), (22, 1, 30, 1, 20), (24, 1, 36, 1, 24),
        (26, 1, 44, 1, 28), (32, 2, 62, 1, 36), (36, 2, 86, 1, 42), (40, 2, 114, 1, 48),
        (44, 2, 144, 1, 56), (48, 2, 174, 1, 68), (52, 2, 204, 2, 42), (64, 4, 280, 2, 56),
        (72, 4, 368, 4, 36), (80, 4, 456, 4, 48), (88, 4, 576, 4, 56), (96, 4, 696, 4, 68),
        (104, 4, 816, 6, 56),
    )
)  # fmt: skip


def datamatrix(text: str) -> Symbol:
    """ASCII `text` of up to some 1,200 letters. Raises ValueError for others."""
    size, data = _filled(*_codewords(text))
    words = data + _checks(data, size)
    count = 8 * len(words)
    # a bit that is set is a dark module; after them one that is dark, and one that is light
    light = f"{int.from_bytes(words) ^ (1 << count) - 1:0{count}b}01"
    side = size.side + 2 * _QUIET_ZONE
    room = side * ((side + 7) // 8)
    return Symbol(side, int("".join(_places(size)(light)), 2).to_bytes(room))


# Codewords: section 5.2.


def _c40(letter: int) -> str:
    """The values of a letter (table 5), each as a character of its own."""
    found = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".find(chr(letter))
    if found >= 0:
        return chr(found + 3)
    if letter < 32:
        return f"\0{chr(letter)}"
    if letter >= 96:
        return f"\2{chr(letter - 96)}"
    return f"\1{chr(letter - (33 if letter < 48 else 43 if letter < 65 else 69))}"


_C40 = {letter: _c40(letter) for letter in range(128)}


def _codewords(text: str) -> tuple[bytes, bytes]:
    """In C40, and the last letters in ASCII: one or two where C40 goes three by three."""
    if not text.isascii():
        raise ValueError("a DataMatrix of letters that are not ASCII")
    kept = len(text)
    values = text.translate(_C40).encode("ascii")
    while len(values) % 3:
        kept -= 1
        values = text[:kept].translate(_C40).encode("ascii")
    triples = zip(values[::3], values[1::3], values[2::3], strict=True)
    pairs = [1600 * one + 40 * two + three + 1 for one, two, three in triples]
    packed = bytes([_LATCH_C40]) + struct.pack(f">{len(pairs)}H", *pairs)
    return packed, bytes(ord(letter) + 1 for letter in text[kept:])


def _filled(packed: bytes, tail: bytes) -> tuple[Size, bytes]:
    """The smallest size that takes them, and them with its padding (section 5.2.3)."""
    left = [one.data - len(packed) for one in SIZES]
    # where one letter is left for the last codeword, that C40 ends there is understood
    fits = (room > len(tail) or room == len(tail) < 2 for room in left)
    size = next((one for one, enough in zip(SIZES, fits, strict=True) if enough), None)
    if size is None:
        raise ValueError("more than a DataMatrix holds")
    ended = size.data - len(packed) > len(tail)
    data = bytearray(packed + bytes([_UNLATCH] * ended) + tail)
    if len(data) < size.data:
        data.append(_PAD)
    for place in range(len(data) + 1, size.data + 1):
        value = _PAD + 149 * place % 253 + 1
        data.append(value if value <= 254 else value - 254)
    return size, bytes(data)


# Checks: section 5.7 and annex E.


def _checks(data: bytes, size: Size) -> bytes:
    """The Reed-Solomon codewords; blocks take turns in them, as they do in the data."""
    multiples, top = _multiples(size.checks), 8 * (size.checks - 1)
    kept = (1 << top) - 1
    checks = bytearray(size.blocks * size.checks)
    for block in range(size.blocks):
        rest = 0
        for word in data[block :: size.blocks]:
            rest = (rest & kept) << 8 ^ multiples[rest >> top ^ word]
        checks[block :: size.blocks] = rest.to_bytes(size.checks)
    return bytes(checks)


@lru_cache
def _multiples(count: int) -> Sequence[int]:
    """The generator polynomial of so many checks, but its first coefficient, times each element."""
    polynomial, root = [1], 1
    for _ in range(count):
        root = _product(root, 2)
        less = [0, *(_product(one, root) for one in polynomial)]
        polynomial = [one ^ other for one, other in zip([*polynomial, 0], less, strict=True)]
    return [
        int.from_bytes(bytes(_product(factor, one) for one in polynomial[1:]))
        for factor in range(256)
    ]


def _product(one: int, other: int) -> int:
    """In the field."""
    result = 0
    while other:
        if other & 1:
            result ^= one
        one, other = one << 1, other >> 1
        if one & 256:
            one ^= _FIELD
    return result


# Where they stand: section 5.8 and annex F.


@lru_cache
def _places(size: Size) -> Callable[[str], Iterable[str]]:
    """Of each module, row by row and rows filled up to bytes, the bit that it shows."""
    bits = _bits(size.modules)
    dark = 8 * (size.data + size.blocks * size.checks)
    light, region = dark + 1, size.modules // size.regions + 2

    def shown(row: int, column: int) -> int:
        if not (0 <= row < size.side and 0 <= column < size.side):
            return light
        y, x = row % region, column % region
        if x == 0 or y == region - 1:  # the solid sides of a finder pattern
            return dark
        if y == 0 or x == region - 1:  # the dashed ones
            return light if (x if y == 0 else y + 1) % 2 else dark
        down, along = row // region * (region - 2) + y - 1, column // region * (region - 2) + x - 1
        found = bits.get((down, along))
        # no codeword has the last corner of some sizes: a chequer
        return found if found is not None else dark if down % 2 == along % 2 else light

    span = range(-_QUIET_ZONE, size.side + _QUIET_ZONE)
    filling = [dark] * (-len(span) % 8)
    return itemgetter(*(at for y in span for at in (*(shown(y, x) for x in span), *filling)))


def _bits(side: int) -> dict[Place, int]:
    """The bits of the codewords, first to last, by their places among the modules."""
    bits: dict[Place, int] = {}
    for places in _shapes(side, bits):
        for row, column in places:
            at = row, column
            if row < 0:
                at = row + side, column + 4 - (side + 4) % 8
            if at[1] < 0:
                at = at[0] + 4 - (side + 4) % 8, at[1] + side
            bits[at] = len(bits)
    return bits


_UTAH = (-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0)
"""A codeword, around the place of its last bit."""


def _shapes(side: int, taken: dict[Place, int]) -> Iterator[Sequence[Place]]:
    """The places of each codeword's bits: up and down the diagonals, and round the corners."""
    row, column = 4, 0
    while row < side or column < side:
        corner = _corner(side, row, column)
        if corner:
            yield corner
        for step, down, along in ((-2, 1, 3), (2, 3, 1)):
            while True:
                inside = 0 <= row < side and 0 <= column < side
                if inside and (row, column) not in taken:
                    yield [(row + y, column + x) for y, x in _UTAH]
                row, column = row + step, column - step
                if (row < 0 or column >= side) if step < 0 else (row >= side or column < 0):
                    break
            row, column = row + down, column + along


def _corner(side: int, row: int, column: int) -> Sequence[Place]:
    """The places of a codeword that is cut in two by a corner, where one comes next."""
    end = side - 1
    right = [(0, end), (1, end), (2, end), (3, end)]
    if (row, column) == (side, 0):
        return [(end, 0), (end, 1), (end, 2), (0, end - 1), *right]
    if (row, column) == (side - 2, 0) and side % 4:
        top = [(0, end - 3), (0, end - 2), (0, end - 1), (0, end), (1, end)]
        return [(end - 2, 0), (end - 1, 0), (end, 0), *top]
    if (row, column) == (side - 2, 0) and side % 8 == 4:
        return [(end - 2, 0), (end - 1, 0), (end, 0), (0, end - 1), *right]
    if (row, column) == (side + 4, 2) and side % 8 == 0:
        top = [(0, end - 2), (0, end - 1), (0, end), (1, end - 2), (1, end - 1), (1, end)]
        return [(end, 0), (end, end), *top]
    return []
