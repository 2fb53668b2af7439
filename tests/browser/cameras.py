"""What a camera sees, as a film that Chromium takes for one: codes of a page, or any others."""

from __future__ import annotations

import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path

import zxingcpp

from tests.requirements import need
from vault_core.issuing.symbols.barcodes import Symbol
from vault_core.issuing.symbols.datamatrix import datamatrix

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

    def blurred(self, side: int) -> Grey:
        """So many pixels across and down, each between its neighbours, as a page is drawn."""
        places = []
        for at in range(side):
            middle = min(max((at + 0.5) * self.width / side - 0.5, 0), self.width - 1)
            first = min(int(middle), self.width - 2)
            places.append((first, middle - first))
        rows = [self.pixels[at : at + self.width] for at in range(0, len(self.pixels), self.width)]
        wide = [[row[at] * (1 - part) + row[at + 1] * part for at, part in places] for row in rows]
        pixels = bytes(
            int(one * (1 - part) + other * part + 0.5)
            for at, part in places
            for one, other in zip(wide[at], wide[at + 1], strict=True)
        )
        return Grey(side, side, pixels)

    def held(self) -> Grey:
        """Twice as large where that goes, in the middle of all that a camera sees."""
        shown = self.larger(max(1, min(WIDTH // self.width, HEIGHT // self.height, 2)))
        assert shown.width <= WIDTH, shown.width
        assert shown.height <= HEIGHT, shown.height
        left, top = (WIDTH - shown.width) // 2, (HEIGHT - shown.height) // 2
        seen = bytearray(bytes((PAPER,)) * (WIDTH * HEIGHT))
        for at in range(shown.height):
            start = (top + at) * WIDTH + left
            row = shown.pixels[at * shown.width : (at + 1) * shown.width]
            seen[start : start + shown.width] = row
        return Grey(WIDTH, HEIGHT, bytes(seen))

    @property
    def png(self) -> bytes:
        """As a file."""
        rows = (
            b"\0" + self.pixels[at : at + self.width]
            for at in range(0, len(self.pixels), self.width)
        )
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 0, 0, 0, 0)
        parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows))), (b"IEND", b""))
        chunks = (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in parts
        )
        return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


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
    return flat(symbol).larger(6)


def misread() -> Grey:
    """A 2D-Doc that zxing-cpp 3 takes for a symbol of other dimensions, at this size of its own.

    So it takes two to six in a hundred that are printed: which ones, their signatures decide.
    """
    text = (
        "DC04ZZ00PORN2265NBAMAF2V2WOFURRSPRRDXRS4VNSMQT3LZZOD6QU6JUWVINYC4R4PSRMCOVVN4IZLWN33FJPFN7"
        "XH6DLSLUVYOMPKIJUY5ITNP7GQSXKGHU3CXYOFAU2IZXY62AEOHCJ2M3LJNCY2R4TQYLQMVDX6B7UTANMRNRSMWZL"
        "TNAG73X5FUANSKIC52LER5CM6TTGAAYUYG"
    )
    return flat(datamatrix(text)).blurred(147)


def flat(symbol: Symbol) -> Grey:
    """A pixel a module."""
    return Grey(symbol.modules, symbol.modules, symbol.pixels)


def film(picture: Grey, to: Path) -> Path:
    """The picture held before a camera, as YUV4MPEG2 of some frames."""
    head = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode()
    colours = b"\x80" * (WIDTH * HEIGHT // 2)
    to.write_bytes(head + (b"FRAME\n" + picture.held().pixels + colours) * 3)
    return to
