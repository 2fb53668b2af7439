"""A blank, ready to be filled: typst's page with its openings, and what moves with a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from vault_core.issuing.pages.blank_file import BlankFile, Own, Stream
from vault_core.issuing.pages.faces import Face, Spacing
from vault_core.issuing.pages.rendering import Page, full_name
from vault_core.issuing.pages.text_runs import Run, array_of, drawn
from vault_core.issuing.pdf.file import PdfFile

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
class _Slot:
    """A moving line with what is the same of it in every page."""

    moving: Moving
    face: Face | None
    scale: float
    """Points of a thousandth of its type's size."""
    set_up: bytes
    array: bytes


@dataclass(frozen=True)  # without slots: what is worked out once is kept beside the fields
class Blank:
    """A page with openings."""

    file: BlankFile
    parts: tuple[bytes | int, ...]
    """What is drawn after the shared part; a number is one of `moving`."""
    moving: tuple[Moving, ...]
    faces: dict[str, Face]

    def filled(self, page: Page, texts: Broken, spacing: Spacing) -> PdfFile:
        """The page's PDF. Raises Unfit if a text is too wide or has a letter that is not there."""
        arrays: list[bytes] = []
        grown: list[float] = []
        for slot in self._slots:
            one = slot.moving
            if one.opening is None or slot.face is None:
                arrays.append(slot.array)
                grown.append(0.0)
                continue
            try:
                line = slot.face.line(texts[one.opening][one.line], spacing)
            except KeyError as error:
                raise Unfit from error
            width = line.width * slot.scale
            if not one.narrowest <= width <= one.widest:
                raise Unfit
            arrays.append(line.array)
            grown.append(width - one.width)
        content = b"".join(
            part if isinstance(part, bytes) else _drawn(self._slots[part], arrays[part], grown)
            for part in self.parts
        )
        return self.file.filled(content, own(page, full_name(page.record)))

    @cached_property
    def _slots(self) -> list[_Slot]:
        return [
            _Slot(
                one,
                None if one.opening is None else self.faces[one.run.font],
                float(one.run.size) / 1000,
                one.run.set_up,
                array_of(one.run.pieces),
            )
            for one in self.moving
        ]


def points(width: float, run: Run) -> float:
    """Thousandths of the size of a run's type, as points."""
    return width * float(run.size) / 1000


def own(page: Page, name: str) -> Own:
    """What a page has alone, under a title that ends with `name`."""
    symbols = [symbol for symbol in (page.datamatrix, page.qr) if symbol]
    attached = [Stream(item.text.encode()) for item in page.attachments]
    drawn = [Stream(symbol.bits, symbol) for symbol in symbols]
    return Own(name, page.issued_at, [*attached, *drawn])


def _drawn(slot: _Slot, array: bytes, grown: Sequence[float]) -> bytes:
    one = slot.moving
    x = one.run.x
    for share, at in one.shares:
        x += share * grown[at]
    return drawn(x, slot.set_up, array)
