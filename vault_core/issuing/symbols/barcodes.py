"""Barcodes as pictures, and QR codes (ISO/IEC 18004), drawn by zxing-cpp.

A symbol is drawn one pixel a module; the page scales it. As SVG the pixels stay one embedded
image, which typst sets in 0.06 ms, where a path a module would cost it 0.3 to 1.1 ms.
"""

from __future__ import annotations

import base64
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what only reads vaults draws none
    import zxingcpp

_QUIET_ZONE = 4
_MASK = 3
"""Of a QR code, whose reader takes any: the best of eight for each text takes 0.16 ms to find."""
_DIGITS = bytes(48 if value < 128 else 49 for value in range(256))


@dataclass(frozen=True, slots=True)
class Symbol:
    """One barcode: `modules` a side, quiet zone included.

    `bits` has a bit a module, 1 for light, each row filled up to whole bytes.
    """

    modules: int
    bits: bytes

    @property
    def pixels(self) -> bytes:
        """A byte a module, 0 for dark."""
        room = (self.modules + 7) // 8
        rows = (self.bits[at : at + room] for at in range(0, len(self.bits), room))
        digits = "".join(f"{int.from_bytes(row):0{8 * room}b}"[: self.modules] for row in rows)
        return bytes(255 * int(digit) for digit in digits)

    @property
    def png(self) -> bytes:
        """A greyscale PNG, one pixel a module."""
        side, pixels = self.modules, self.pixels
        rows = (pixels[at : at + side] for at in range(0, side * side, side))
        return _png(side, b"\0" + b"\0".join(rows))

    @property
    def svg(self) -> str:
        """The symbol as one SVG image, sharp at any size, without references to anything."""
        size, data = self.modules, base64.b64encode(self.png).decode("ascii")
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" '
            f'width="{size}" height="{size}"><image width="{size}" height="{size}" '
            f'image-rendering="pixelated" href="data:image/png;base64,{data}"/></svg>'
        )


def qr(text: str) -> Symbol:
    """`text` as a QR code with error correction M (15 %), for what a telephone reads."""
    import zxingcpp

    barcode = zxingcpp.create_barcode(
        text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", data_mask=_MASK
    )
    return drawn(barcode.to_image(scale=1, add_quiet_zones=False), _QUIET_ZONE)


def drawn(image: zxingcpp.Image, quiet: int) -> Symbol:
    """A square picture without quiet zone, a pixel a module, as a symbol with one."""
    width = image.shape[0]
    side = width + 2 * quiet
    # The stub of zxing-cpp leaves out that an Image is a buffer.
    digits = bytes(memoryview(image)).translate(_DIGITS)  # type: ignore[arg-type]
    room = (side + 7) // 8
    left, right = b"1" * quiet, b"1" * quiet + b"0" * (8 * room - side)
    empty = (b"1" * side).ljust(8 * room, b"0") * quiet
    rows = (left + digits[at : at + width] + right for at in range(0, width * width, width))
    return Symbol(side, int(empty + b"".join(rows) + empty, 2).to_bytes(room * side))


def _png(side: int, rows: bytes) -> bytes:
    """An 8-bit greyscale PNG (ISO/IEC 15948) of rows that each begin with filter byte 0."""
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
