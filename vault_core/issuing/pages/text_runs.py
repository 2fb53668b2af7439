"""The lines of text in a page that typst wrote: found, read, and written anew.

typst's PDF export sets each line as one text object, in one way. What is not written like that is
left alone, byte for byte.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from vault_core.issuing.pdf.syntax import Value, malformed, read_value

_BEGIN = re.compile(
    rb"q 1 0 0 -1 (-?[\d.]+) (-?[\d.]+) cm([^\n]*)\n"
    rb"BT 0 Tr/(f\d+) ([\d.]+) Tf 1 0 0 -1 0 0 Tm(?=\[)"
)
_END = b"TJ\nET\nQ"
_MAPPED = re.compile(rb"<([0-9A-F]{4})> <([0-9A-F]{4,})>")

Piece = int | str
"""A glyph's code, or a correction of the space before the next one as typst wrote it."""


@dataclass(frozen=True, slots=True)
class Run:
    """One line of text: where its baseline begins (in points), how it is painted, its glyphs."""

    x: float
    y: float
    paint: bytes
    font: str
    size: bytes
    pieces: tuple[Piece, ...]

    def written(self, x: float, array: bytes) -> bytes:
        """The line again at another place, showing the glyphs of a TJ array."""
        return drawn(x, self.set_up, array)

    @property
    def set_up(self) -> bytes:
        """What stands between a line's place from the left and its glyphs."""
        return b" %s cm%s\nBT 0 Tr/%s %s Tf 1 0 0 -1 0 0 Tm" % (
            number(self.y), self.paint, self.font.encode(), self.size,
        )  # fmt: skip


def drawn(x: float, set_up: bytes, array: bytes) -> bytes:
    """A line of text `x` points from the left, with a run's `set_up`."""
    return b"q 1 0 0 -1 %s%s[%s]TJ\nET\nQ" % (number(x), set_up, array)


def runs_of(content: bytes) -> list[bytes | Run]:
    """A page's content stream, cut: lines of text, and what stands between them."""
    parts: list[bytes | Run] = []
    at = 0
    for match in _BEGIN.finditer(content):
        array, end = read_value(content, match.end())
        if match.start() < at or not content.startswith(_END, end):
            continue
        parts.append(content[at : match.start()])
        x, y, paint, font, size = match.groups()
        parts.append(Run(float(x), float(y), paint, font.decode(), size, _pieces(array)))
        at = end + len(_END)
    parts.append(content[at:])
    return parts


def array_of(pieces: Iterable[Piece]) -> bytes:
    """The content of a TJ array."""
    out, open_ = [], False
    for piece in pieces:
        if isinstance(piece, int):
            out.append(f"{piece:04x}" if open_ else f"<{piece:04x}")
            open_ = True
        else:
            out.append(f">{piece}" if open_ else piece)
            open_ = False
    return "".join(out).encode() + (b">" if open_ else b"")


def unicode_map(cmap: bytes) -> Mapping[int, str]:
    """A font's ToUnicode map (ISO 32000-1, section 9.10.3): code to text."""
    return {
        int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be")
        for code, text in _MAPPED.findall(cmap)
    }


def number(value: float) -> bytes:
    """A coordinate, to a hundred-thousandth of a point."""
    return f"{value:.5f}".rstrip("0").rstrip(".").encode()


def _pieces(array: Value) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for item in array if isinstance(array, list) else ():
        if isinstance(item, bytes):
            pieces += [item[at] << 8 | item[at + 1] for at in range(0, len(item) - 1, 2)]
        elif isinstance(item, int | float):
            pieces.append(number(item).decode())
        else:
            raise malformed()
    return tuple(pieces)
