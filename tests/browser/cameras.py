"""What a camera sees, as a film that Chromium takes for one: codes of a page, or any others."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import zxingcpp

from tests.requirements import need
from vault_core.issuing.symbols.barcodes import Symbol

WIDTH, HEIGHT = 1280, 960
PAPER = 235
"""Grey of the paper, of 255."""
MARGIN = 30
"""Pixels of paper round a code."""


@dataclass(frozen=True)
class Grey:
    """A picture in grey, a byte a pixel."""

    width: int
    height: int
    pixels: bytes

    def cut(self, left: int, top: int, width: int, height: int) -> Grey:
        """A part of it."""
        rows = (
            self.pixels[at * self.width + left : at * self.width + left + width]
            for at in range(top, top + height)
        )
        return Grey(width, height, b"".join(rows))

    def larger(self, times: int) -> Grey:
        """Each pixel that many times across and down."""
        rows = []
        for at in range(self.height):
            row = self.pixels[at * self.width : (at + 1) * self.width]
            rows.append(b"".join(bytes((pixel,)) * times for pixel in row) * times)
        return Grey(self.width * times, self.height * times, b"".join(rows))


def printed(pdf: bytes, folder: Path) -> Grey:
    """The first page at 150 dpi."""
    (folder / "page.pdf").write_bytes(pdf)
    command = [need("pdftoppm", "poppler-utils"), "-r", "150", "-gray", "-singlefile"]
    subprocess.run([*command, str(folder / "page.pdf"), str(folder / "page")], check=True)
    _, width, height, rest = (folder / "page.pgm").read_bytes().split(maxsplit=3)
    return Grey(int(width), int(height), rest.split(b"\n", 1)[1])


def code_on(page: Grey, symbology: str) -> Grey:
    """The code of that kind on a page, with some paper round it."""
    image = memoryview(page.pixels).cast("B", (page.height, page.width))
    [found] = [one for one in zxingcpp.read_barcodes(image) if str(one.format) == symbology]
    place = found.position
    corners = (place.top_left, place.top_right, place.bottom_left, place.bottom_right)
    left, right = min(one.x for one in corners), max(one.x for one in corners)
    top, bottom = min(one.y for one in corners), max(one.y for one in corners)
    return page.cut(
        left - MARGIN, top - MARGIN, right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
    )


def drawn(symbol: Symbol) -> Grey:
    """A code that no page has."""
    return Grey(symbol.modules, symbol.modules, symbol.pixels).larger(6)


def film(picture: Grey, to: Path) -> Path:
    """The picture held before a camera, as YUV4MPEG2 of some frames."""
    picture = picture.larger(max(1, min(WIDTH // picture.width, HEIGHT // picture.height, 2)))
    assert picture.width <= WIDTH, picture.width
    assert picture.height <= HEIGHT, picture.height
    left, top = (WIDTH - picture.width) // 2, (HEIGHT - picture.height) // 2
    frame = bytearray(bytes((PAPER,)) * (WIDTH * HEIGHT))
    for at in range(picture.height):
        start = (top + at) * WIDTH + left
        row = picture.pixels[at * picture.width : (at + 1) * picture.width]
        frame[start : start + picture.width] = row
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    colours = b"\x80" * (WIDTH * HEIGHT // 2)
    to.write_bytes(head + (b"FRAME\n" + bytes(frame) + colours) * 3)
    return to
