"""Blanks of the common page, composed: diplomas come in too many kinds to have typst set each.

Which lines a diploma has, and how many of them, differs from one to the next; where they then
stand is arithmetic (`common_page`). typst sets one page for each title (`page_base`), and a blank
is that page with other lines between its head and its foot. The first pages that are filled are
compared with typst's own all the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace

from vault_core.errors import CertificateRefused, PluginError
from vault_core.issuing.pages import common_page
from vault_core.issuing.pages.blank import Blank, Moving, Shares, Unfit
from vault_core.issuing.pages.blank_making import Making
from vault_core.issuing.pages.common_page import DOT, TRANSLATION, VALUE, Placed, Style, columns_of
from vault_core.issuing.pages.faces import Spacing
from vault_core.issuing.pages.line_breaking import Column
from vault_core.issuing.pages.openings import Shown, opened, probe_text, probed, probed_line
from vault_core.issuing.pages.page_base import Base, base_page
from vault_core.issuing.pages.page_tags import MIDDLE
from vault_core.issuing.pages.rendering import Page, Renderer, view
from vault_core.issuing.pages.text_runs import Run, number

WORTH = 8
"""Pages of a title after which typst sets the one that blanks are made of: it takes as long."""
PROVED = 2
"""Pages of each title that are compared with typst's own."""
_MOST_BASES = 32
_MARK = re.compile(rb"/MCID (\d+)")


class Composer:
    """Composes blanks, for pages of document types without a body of their own."""

    def __init__(self, renderer: Renderer, spacing: Spacing) -> None:
        self._renderer = renderer
        self._spacing = spacing
        self._bases: dict[str, Base | None] = {}
        self._seen: Counter[str] = Counter()

    def base(self, page: Page, closed: Set[str]) -> Base:
        """What blanks of this page's title share.

        Raises Unfit if there can be none, or few pages of it have come.
        """
        if page.template:
            raise Unfit
        model = base_page(page)
        name, texts = opened(view(model), closed)
        if name not in self._bases:
            self._seen[name] += 1
            if self._seen[name] < WORTH:
                raise Unfit
            if len(self._bases) >= _MOST_BASES:
                self._bases.clear()
                self._seen.clear()
            self._bases[name] = None
            self._bases[name] = self._set(model, texts, closed)
        found = self._bases[name]
        if found is None:
            raise Unfit
        return found

    def give_up(self, base: Base) -> None:
        """Compose no more of these: typst sets them otherwise."""
        self._bases = {name: None if one is base else one for name, one in self._bases.items()}

    def blank(
        self, base: Base, page: Page, texts: Sequence[str], lines: Sequence[int], closed: Set[str]
    ) -> Blank:
        """A blank for a page whose texts take so many lines each. Raises Unfit."""
        shown = _probed(page, len(texts), closed)
        return _Composing(base, self._spacing, shown, texts).blank(lines, columns(shown))

    def columns(self, page: Page, count: int, closed: Set[str]) -> dict[int, Column]:
        """The columns of the page's openings."""
        return columns(_probed(page, count, closed))

    def _set(self, model: Page, texts: Sequence[str], closed: Set[str]) -> Base | None:
        making = Making(self._renderer, self._spacing, model, closed)
        shown = _probed(model, len(texts), closed)
        try:
            told = making.told(texts, [1] * len(texts), columns(shown))
            return Base(told, model, shown)
        except (Unfit, PluginError, CertificateRefused, ValueError):
            return None


def columns(shown: Shown) -> dict[int, Column]:
    """The columns of the openings of a view with probes."""
    first, second = ("fr", "en") if shown["language"] == "fr" else ("en", "fr")
    found: dict[int, Column] = {}
    for fact in shown["facts"]:
        value = fact["value"]
        styles = [(first, VALUE), (second, TRANSLATION)][: 1 + (value["fr"] != value["en"])]
        for key, style in styles:
            opening = probed_line(value[key])
            if opening is not None:
                found[opening[0]] = columns_of(style)
    return found


def _probed(page: Page, count: int, closed: Set[str]) -> Shown:
    return probed(view(page), [probe_text(at, 0) for at in range(count)], closed)


class _Composing:
    """One blank in the making."""

    def __init__(self, base: Base, spacing: Spacing, shown: Shown, texts: Sequence[str]) -> None:
        """`shown` has probes where `texts` are to stand."""
        self._base, self._spacing, self._shown, self._texts = base, spacing, shown, texts
        self._parts: list[bytes | int] = []
        self._moving: list[Moving] = []
        self._mark = base.tree.mark
        self._columns: Mapping[int, Column] = {}

    def blank(self, lines: Sequence[int], columns: Mapping[int, Column]) -> Blank:
        """Raises Unfit if texts do not go where they should."""

        def counted(text: str) -> int:
            found = probed_line(text)
            return 1 if found is None else lines[found[0]]

        sheet = common_page.lay_out(self._shown, counted, self._base.top, self._base.foot)
        if sheet is None:
            raise Unfit
        self._columns = columns
        self._row([sheet.heading])
        for row in _rows(sheet.texts):
            self._row(row)
        self._bytes(self._base.rule % number(sheet.rule))
        for fact in sheet.facts:
            for row in _rows(fact):
                self._row(row)
        self._tail()
        faces = {self._base.font(name): face for name, face in self._base.faces.items()}
        return Blank(self._base.file_of(sheet), tuple(self._parts), tuple(self._moving), faces)

    def _row(self, row: Sequence[Placed]) -> None:
        """Texts that stand side by side."""
        widths = [self._width(placed) for placed in row]
        room = row[0].width - sum(placed.after or 0.0 for placed in row) - sum(widths)
        if room < 0 and len(row[0].baselines) == 1:
            raise Unfit
        x, shares = row[0].x, Shares()
        for placed, width in zip(row, widths, strict=True):
            x += placed.after or 0.0
            found = probed_line(placed.text)
            self._open(placed.style)
            if found is not None:
                at = len(self._moving)
                self._lines(placed, x, shares, found[0], width + room / len(row))
                shares = (*shares, (1.0, at))
            else:
                self._text(placed, x, shares)
                x += width

    def _width(self, placed: Placed) -> float:
        """How wide the text is on this page, as far as it stands on one line."""
        found = probed_line(placed.text)
        text = placed.text if found is None else self._texts[found[0]]
        if text == DOT:
            return self._base.dot[1]
        if len(placed.baselines) > 1 or (found is not None and found[0] in self._columns):
            return 0.0
        return self._line(placed.style, text)[1]

    def _line(self, style: Style, text: str) -> tuple[bytes, float]:
        face = self._base.faces.get(style.face)
        try:
            if face is None:
                raise Unfit
            line = face.line(text, self._spacing)
        except KeyError as error:
            raise Unfit from error
        return line.array, line.width * style.size / 1000

    def _run(self, placed: Placed, x: float, y: float) -> Run:
        style = placed.style
        paint, font = self._base.paints[style.colour], self._base.font(style.face)
        return Run(x, y, paint, font, b"%g" % style.size, ())

    def _open(self, style: Style) -> None:
        second = "en" if self._shown["language"] == "fr" else "fr"
        language = f"/Lang({second})".encode() if style.second else b""
        self._bytes(b"EMC/Span<</MCID %d%s>>BDC\n" % (self._mark, language))
        self._mark += 1

    def _lines(self, placed: Placed, x: float, shares: Shares, opening: int, widest: float) -> None:
        column = self._columns.get(opening)
        if column is not None:  # with the space at its end
            widest = column.breaks + placed.style.size
        for line, y in enumerate(placed.baselines):
            run = self._run(placed, x, y)
            self._parts += [len(self._moving), b"\n"]
            self._moving.append(Moving(run, opening, line, shares, 0.0, 0.0, widest))

    def _text(self, placed: Placed, x: float, shares: Shares) -> None:
        array = (
            self._base.dot[0] if placed.text == DOT else self._line(placed.style, placed.text)[0]
        )
        run = self._run(placed, x, placed.baselines[0])
        if shares:
            raise Unfit
        self._bytes(run.written(x, array) + b"\n")

    def _tail(self) -> None:
        """The foot, with its marked contents numbered on."""
        shift = self._mark - self._base.tree.mark - MIDDLE
        numbers: dict[int, int] = {}
        known = self._base.moving
        for part in self._base.tail:
            if isinstance(part, int):
                numbers[part] = len(self._moving) + len(numbers)
                self._parts.append(numbers[part])
            else:
                self._bytes(_renumbered(part, shift))
        for old in numbers:
            one = known[old]
            opening = None if one.opening is None else self._base.opening(one.opening, self._shown)
            try:
                shares = tuple((share, numbers[at]) for share, at in one.shares)
            except KeyError as error:
                raise Unfit from error
            self._moving.append(replace(one, opening=opening, shares=shares))

    def _bytes(self, data: bytes) -> None:
        if self._parts and isinstance(self._parts[-1], bytes):
            self._parts[-1] += data
        else:
            self._parts.append(data)


def _renumbered(part: bytes, shift: int) -> bytes:
    return _MARK.sub(lambda match: b"/MCID %d" % (int(match[1]) + shift), part)


def _rows(texts: Sequence[Placed]) -> Iterator[list[Placed]]:
    """Texts with those that follow them on the same line."""
    row: list[Placed] = []
    for placed in texts:
        if placed.after is None and row:
            yield row
            row = []
        row.append(placed)
    if row:
        yield row
