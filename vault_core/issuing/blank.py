"""A blank, ready to be filled: typst's page with its openings, and what moves with a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.issuing.blank_file import BlankFile, Own, Stream
from vault_core.issuing.faces import Face, Line, Spacing
from vault_core.issuing.rendering import Page, full_name
from vault_core.issuing.text_runs import Run, array_of

Shares = tuple[tuple[float, int], ...]
Broken = Sequence[Sequence[str]]
"""The texts of a page's openings, each as the lines that it takes."""


class Unfit(Exception):
    """This page cannot be made from a blank."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A line that is one of an opening, or stands beside one.

    `shares` says how far it moves for each point that a line (by its place among `moving`) grows.
    """

    run: Run
    opening: int | None
    line: int = 0
    shares: Shares = ()
    width: float = 0.0
    narrowest: float = 0.0
    widest: float = 0.0


@dataclass(frozen=True, slots=True)
class Blank:
    """A page with openings."""

    file: BlankFile
    parts: tuple[bytes | int, ...]
    """What is drawn after the shared part; a number is one of `moving`."""
    moving: tuple[Moving, ...]
    faces: dict[str, Face]

    def filled(self, page: Page, texts: Broken, spacing: Spacing) -> bytes:
        """The page's PDF. Raises Unfit if a text is too wide or has a letter that is not there."""
        try:
            lines = self._lines(texts, spacing)
        except KeyError as error:
            raise Unfit from error
        grown = [
            points(line.width, one.run) - one.width if line else 0.0
            for line, one in zip(lines, self.moving, strict=True)
        ]
        drawn = [
            part if isinstance(part, bytes) else _drawn(self.moving[part], lines[part], grown)
            for part in self.parts
        ]
        return self.file.filled(b"".join(drawn), own(page, full_name(page.record)))

    def _lines(self, texts: Broken, spacing: Spacing) -> list[Line | None]:
        lines: list[Line | None] = []
        for one in self.moving:
            if one.opening is None:
                lines.append(None)
                continue
            line = self.faces[one.run.font].line(texts[one.opening][one.line], spacing)
            if not one.narrowest <= points(line.width, one.run) <= one.widest:
                raise Unfit
            lines.append(line)
        return lines


def points(width: float, run: Run) -> float:
    """Thousandths of the size of a run's type, as points."""
    return width * float(run.size) / 1000


def own(page: Page, name: str) -> Own:
    """What a page has alone, under a title that ends with `name`."""
    symbols = [symbol for symbol in (page.datamatrix, page.qr) if symbol]
    attached = [Stream(item.text.encode()) for item in page.attachments]
    drawn = [Stream(symbol.pixels, symbol.modules, symbol.bits) for symbol in symbols]
    return Own(name, page.issued_at, [*attached, *drawn])


def _drawn(one: Moving, line: Line | None, grown: Sequence[float]) -> bytes:
    x = one.run.x + sum(share * grown[at] for share, at in one.shares)
    return one.run.written(x, line.array if line else array_of(one.run.pieces))
