"""Where a text goes on in the next line: as late as can be, as typst breaks what is not justified.

How wide a column is stands nowhere in typst's PDF. It is learned from a text of many short words:
each of its lines fitted, and would not have fitted with the first word of the next one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from vault_core.issuing.pages.blank import Unfit
from vault_core.issuing.pages.faces import Face, Spacing
from vault_core.issuing.pages.openings import MARK, MOST_LINES

_WORDS = ("i", "n", "l", "r", "t", "u", "j", "e", "s")
"""Short words of many widths, so that lines end at many places."""
_RULER = 60
"""Words that measure a column: two lines and more of a third of the page."""
_NOT_FIRST = ";:!?,.)/"
"""What never begins a line, even after a space (UAX 14, rule LB13)."""
_WORD = re.compile(rf"(?:[^ -]|-(?![^\W\d_])| (?=[{re.escape(_NOT_FIRST)}]))*(?:[ -]|$)")
"""A word with what stands at the end of its line: a line may break after it."""
_ODD = re.compile(r"[/–](?! )|(?<!\w)-|\s{2}|^\s|\s$")
"""What other rules of UAX 14 are about: such a text is left to typst, unless one line holds it."""


@dataclass(frozen=True, slots=True)
class Column:
    """Lines up to `fits` points wide fit, and from `breaks` on they do not; `face` by its name."""

    face: str
    size: float
    fits: float
    breaks: float

    def narrowed(self, other: Column) -> Column:
        """With what another ruler told of the same column."""
        return replace(self, fits=max(self.fits, other.fits), breaks=min(self.breaks, other.breaks))


def ruler(number: int, start: int) -> str:
    """A text that measures the column of an opening; another `start`, another one."""
    words = [_WORDS[(at + 4 * start) % len(_WORDS)] for at in range(_RULER)]
    return " ".join([f"{MARK}{number:03}{'i' * start}", *words])


def column(lines: Sequence[str], face: Face, size: float, spacing: Spacing) -> Column | None:
    """The column in which typst set a ruler in these lines; None where it is not to be told."""
    fits, breaks = 0.0, float("inf")
    for line, following in zip(lines, (*lines[1:], ""), strict=True):
        fits = max(fits, _width(line.rstrip(), face, size, spacing))
        if following:
            more = line + following.split(" ")[0]
            breaks = min(breaks, _width(more, face, size, spacing))
    return Column(face.name, size, fits, breaks) if fits < breaks < float("inf") else None


def broken(text: str, column: Column, face: Face, spacing: Spacing) -> tuple[str, ...]:
    """The lines that a text takes, each with the space at its end.

    Raises Unfit where that is not certain, KeyError for a letter that the face lacks.
    """
    if _fits(text, column, face, spacing):
        return (text,)
    if _ODD.search(text):
        raise Unfit
    lines, line = [], ""
    for word in _WORD.findall(text):
        if line and not _fits((line + word).rstrip(), column, face, spacing):
            lines.append(line)
            line = ""
        line += word
        if line == word and not _fits(word.rstrip(), column, face, spacing):
            raise Unfit
    lines.append(line)
    if len(lines) > MOST_LINES or "".join(lines) != text:
        raise Unfit
    return tuple(lines)


def _fits(text: str, column: Column, face: Face, spacing: Spacing) -> bool:
    width = _width(text, face, column.size, spacing)
    if column.fits < width < column.breaks:
        raise Unfit
    return width <= column.fits


def _width(text: str, face: Face, size: float, spacing: Spacing) -> float:
    return face.line(text, spacing).width * size / 1000
