"""DataMatrix symbols are those that zxing-cpp draws, and it reads them."""

from __future__ import annotations

import random

import pytest
import zxingcpp

from vault_core.issuing.symbols.barcodes import Symbol, drawn
from vault_core.issuing.symbols.datamatrix import SIZES, Size, datamatrix

RANDOM = random.Random(16022)
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHIFTED = "\x1d\x1f\x7f\0!/:@[_`az~"
"""Letters that take two values: the first and the last ones of each set."""


def theirs(text: str) -> Symbol:
    """As zxing-cpp draws it."""
    barcode = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix, force_square=True)
    return drawn(barcode.to_image(scale=1, add_quiet_zones=False), 2)


def read(symbol: Symbol) -> list[bytes]:
    """What zxing-cpp reads, four pixels a module."""
    side, pixels = symbol.modules, symbol.pixels
    wide = b"".join(bytes([value]) * 4 for value in pixels)
    rows = b"".join(wide[at : at + 4 * side] * 4 for at in range(0, len(wide), 4 * side))
    image = memoryview(rows).cast("B", (4 * side, 4 * side))
    found = zxingcpp.read_barcodes(image, formats=zxingcpp.BarcodeFormat.DataMatrix, is_pure=True)
    return [one.bytes for one in found]


def capitals(count: int) -> str:
    return "".join(RANDOM.choices(CAPITALS, k=count))


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.side}")
def test_capitals_that_fill_a_size_are_drawn_as_another_writer_draws_them(size: Size) -> None:
    text = capitals((size.data - 1) // 2 * 3)
    symbol = datamatrix(text)
    assert symbol.modules == size.side + 4
    assert read(symbol) == [text.encode()]
    if len(text) > 9:  # the other one writes so few in ASCII
        assert symbol == theirs(text)


@pytest.mark.parametrize("count", range(270, 340))
def test_whatever_letters_are_left_at_the_end(count: int) -> None:
    text = capitals(count)
    assert read(datamatrix(text)) == [text.encode()]
    assert datamatrix(text).modules <= theirs(text).modules


@pytest.mark.parametrize("count", range(len(SHIFTED)))
def test_letters_of_every_set_are_read(count: int) -> None:
    text = "DC04" + SHIFTED[count:] + "0 9" + SHIFTED[:count]
    assert read(datamatrix(text)) == [text.encode()]


@pytest.mark.parametrize("text", ["É", "A" * 1300], ids=["no ASCII", "too long"])
def test_what_does_not_go_in_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="DataMatrix"):
        datamatrix(text)
