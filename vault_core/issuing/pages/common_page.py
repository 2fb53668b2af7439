"""Where the lines of the common page stand: what `templates/certificate.typ` says, as numbers.

Only for document types without a body of their own. Distances are points from the sheet's lower
left corner. A line is as high as the capitals of its largest face, as typst has it; four blocks
(issuer, title, person, facts) and the foot share what is left of the sheet between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vault_core.issuing.pages.line_breaking import Column

REGULAR, ITALIC = "LibertinusSerif-Regular", "LibertinusSerif-Italic"
SEMIBOLD = "LibertinusSerif-Semibold"
_MM = 72 / 25.4
LEFT = 83 * _MM
WIDTH = 194 * _MM
_COLUMNS = 3
_GUTTER, _ROW_GUTTER = 7 * _MM, 5 * _MM
COLUMN = (WIDTH - (_COLUMNS - 1) * _GUTTER) / _COLUMNS
_HAIR = 0.01
_EM = 11.0
_SHARES = 9
"""Of what is left: two above the title, two above the person, two above the facts, three below."""
_CAPITALS = {REGULAR: 0.658, ITALIC: 0.645, SEMIBOLD: 0.645}
"""Height of capitals, of the size of the type."""
_SPACING = 0.42 * _EM
_LEADING = 0.55
_RULE_ABOVE, _PARAGRAPH = 0.8 * _EM, 0.6 * _EM

Shown = Mapping[str, Any]
DOT = " · "
"""What stands between the two names of a fact."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set: `second` where it is in the page's second language."""

    face: str
    size: float
    colour: str
    second: bool = False

    @property
    def capitals(self) -> float:
        return self.size * _CAPITALS[self.face]


@dataclass(frozen=True, slots=True)
class Placed:
    """A text and where its lines begin; `after`: it follows the text before it, so far away."""

    text: str
    style: Style
    x: float
    baselines: tuple[float, ...]
    after: float | None = None
    width: float = WIDTH


@dataclass(frozen=True, slots=True)
class Sheet:
    """The middle of a page: its heading, the texts that follow, the rule, the facts."""

    heading: Placed
    heading_top: float
    texts: tuple[Placed, ...]
    rule: float
    facts: tuple[tuple[Placed, ...], ...]


@dataclass(frozen=True, slots=True)
class _Row:
    """Texts on one line, or one text on several, so far below what comes before."""

    above: float
    texts: tuple[tuple[str, Style], ...]
    gap: float = 0.0
    lines: int = 1
    leading: float = 0.0

    @property
    def capitals(self) -> float:
        return max(style.capitals for _, style in self.texts)

    @property
    def height(self) -> float:
        return self.above + self.lines * self.capitals + (self.lines - 1) * self.leading


def columns_of(style: Style) -> Column:
    """The column of a fact's value."""
    return Column(style.face, style.size, COLUMN - _HAIR, COLUMN + _HAIR)


VALUE = Style(SEMIBOLD, 11.5, "ink")
TRANSLATION = Style(ITALIC, 8.4, "soft", second=True)


def lay_out(shown: Shown, lines: Callable[[str], int], top: float, foot: float) -> Sheet | None:
    """The middle of a page between the issuer's last baseline and the top of the foot.

    `lines` says how many lines a value takes. None if it runs over the sheet.
    """
    first, second = _languages(shown)
    title, person = list(_title(shown, first, second)), list(_person(shown, first, second))
    cells = [list(_cell(fact, first, second, lines)) for fact in shown["facts"]]
    rows = [cells[at : at + _COLUMNS] for at in range(0, len(cells), _COLUMNS)]
    heights = [max(map(_height, row)) for row in rows]
    facts = sum(heights) + _ROW_GUTTER * (len(heights) - 1) if heights else 0.0
    below_rule = _RULE_ABOVE + _PARAGRAPH
    share = (top - foot - _height(title) - _height(person) - below_rule - facts) / _SHARES
    if share < 0:
        return None
    heading_top = top - 2 * share
    person_top = heading_top - _height(title) - 2 * share
    rule = person_top - _height(person) - 2 * share
    heading, *others = _placed(title, LEFT, heading_top)
    y, placed = rule - below_rule, []
    for row, height in zip(rows, heights, strict=True):
        for at, cell in enumerate(row):
            placed.append(tuple(_placed(cell, LEFT + at * (COLUMN + _GUTTER), y, COLUMN)))
        y -= height + _ROW_GUTTER
    texts = (*others, *_placed(person, LEFT, person_top))
    return Sheet(heading, heading_top, texts, rule, tuple(placed))


def capitals(face: str, size: float) -> float:
    """How high capitals of a face stand."""
    return size * _CAPITALS[face]


def _languages(shown: Shown) -> tuple[str, str]:
    return ("fr", "en") if shown["language"] == "fr" else ("en", "fr")


def _title(shown: Shown, first: str, second: str) -> Iterator[_Row]:
    size = float(shown["title-size"])
    yield _Row(0, ((shown["title"][first], Style(REGULAR, size, "ink")),))
    yield _Row(0.55 * size, ((shown["title"][second], Style(ITALIC, 13, "soft", True)),))
    under = (
        ("subtitle", Style(REGULAR, 13, "gold")),
        ("distinction", Style(SEMIBOLD, 13.5, "gold")),
    )
    for key, style in under:
        pair = shown[key]
        if pair["fr"]:
            texts = _both(pair, first, second, style, Style(ITALIC, 10.5, "soft", True))
            yield _Row(1.05 * _EM, texts, 0.8 * _EM)


def _person(shown: Shown, first: str, second: str) -> Iterator[_Row]:
    plain, foreign = Style(REGULAR, 10.5, "ink"), Style(ITALIC, 10.5, "soft", True)
    lead, born, said = shown["lead"], shown["birth"], shown["statement"]
    yield _Row(0, ((lead[first], plain), (lead[second], foreign)), 0.6 * 10.5)
    yield _Row(1.2 * _EM, ((shown["name"], Style(REGULAR, float(shown["name-size"]), "ink")),))
    texts = _both(born, first, second, plain, foreign)
    if shown["birth-apart"] and len(texts) > 1:
        yield _Row(1.1 * _EM, texts[:1])
        yield _Row(_LEADING * 10.5, texts[1:])
    else:
        yield _Row(1.1 * _EM, texts, 0.8 * 10.5)
    yield _Row(1.5 * _EM, ((said[first], Style(REGULAR, 12, "ink")),))
    yield _Row(0.65 * _EM, ((said[second], Style(ITALIC, 10, "soft", True)),))


def _cell(fact: Shown, first: str, second: str, lines: Callable[[str], int]) -> Iterator[_Row]:
    title, value = fact["title"], fact["value"]
    label, foreign = Style(REGULAR, 7.6, "soft"), Style(ITALIC, 7.6, "soft", True)
    names = _both(title, first, second, label, foreign)
    yield _Row(0, names if len(names) == 1 else (names[0], (DOT, label), names[1]))
    for text, style in _both(value, first, second, VALUE, TRANSLATION):
        yield _Row(_SPACING, ((text, style),), 0, lines(text), 0.42 * style.size)


def _both(
    pair: Mapping[str, str], first: str, second: str, style: Style, other: Style
) -> tuple[tuple[str, Style], ...]:
    if pair["fr"] == pair["en"]:
        return ((pair[first], style),)
    return ((pair[first], style), (pair[second], other))


def _height(rows: Sequence[_Row]) -> float:
    return sum(row.height for row in rows)


def _placed(rows: Sequence[_Row], x: float, top: float, width: float = WIDTH) -> Iterator[Placed]:
    y = top
    for row in rows:
        step = row.capitals + row.leading
        baseline = y - row.above - row.capitals
        baselines = tuple(baseline - at * step for at in range(row.lines))
        for at, (text, style) in enumerate(row.texts):
            yield Placed(text, style, x, baselines, row.gap if at else None, width)
        y -= row.height
