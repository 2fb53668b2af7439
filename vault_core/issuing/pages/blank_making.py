"""Making a blank: typst sets a page twice, with short and with long probes in its openings.

What moves between the two is explained by how much the probes grew, or there is no blank.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from vault_core.errors import PluginError
from vault_core.issuing.pages.blank import Blank, Moving, Unfit, own, points
from vault_core.issuing.pages.blank_file import take_apart
from vault_core.issuing.pages.blank_moves import TOLERANCE, explained
from vault_core.issuing.pages.faces import (
    ALPHABET_SIZE,
    Face,
    Spacing,
    alphabets,
    faces_of,
    page_content,
)
from vault_core.issuing.pages.line_breaking import Column, column, ruler
from vault_core.issuing.pages.openings import (
    breakable,
    opened,
    probe,
    probe_text,
    probed,
    probed_line,
)
from vault_core.issuing.pages.rendering import Page, Renderer, view
from vault_core.issuing.pages.text_runs import Run, array_of, runs_of
from vault_core.issuing.pdf.file import open_pdf

RULERS = 2
"""Settings in which columns are measured."""
_GREATEST = 4.0
"""How many times the longest text seen a blank takes, where that still is one line."""
_LEAST = 1.02
_SHORTEST = 0.85
"""Of the longest text seen, what has to be there where a shorter one changes the page."""
_REGULAR = 1.15
"""The same for ids and codes, which are all about as wide."""
_STEPS = 8
_HALF = 0.52
"""Of a column: two words so wide never share a line."""
_WHOLE = 0.93


@dataclass(frozen=True, slots=True)
class _Setting:
    """A page with probes as typst set it."""

    data: bytes
    parts: Sequence[bytes | Run]
    faces: dict[str, Face]


@dataclass(frozen=True, slots=True)
class Told:
    """A page with probes as typst set it, and what is known of its lines.

    Of `parts`, what is drawn, numbers are those of `moving`; `name` is what stands for a person's.
    """

    data: bytes
    name: str
    parts: tuple[bytes | int | Run, ...]
    moving: tuple[Moving, ...]
    faces: dict[str, Face]


@dataclass(slots=True)
class _Room:
    """How wide one opening's probe is wanted, at least, and where it was found."""

    wanted: float
    least: float
    y: float
    run: Run


@dataclass(slots=True)
class Making:
    """Makes blanks from one page, for openings that take so many `lines` each.

    `texts` are as wide as those that are to be filled in; `settings` counts what typst set.
    """

    renderer: Renderer
    spacing: Spacing
    page: Page
    closed: Set[str]
    settings: int = 0
    _shown: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        self._shown = view(self.page)

    # -- columns ----------------------------------------------------------------------------

    def columns(self, count: int) -> tuple[dict[int, Column], dict[str, Face]]:
        """The columns of the openings that may take several lines, and the faces by name.

        Raises PluginError if so much text does not go on one sheet.
        """
        measured = breakable(self._shown, self.closed)
        found: dict[int, Column] = {}
        faces: dict[str, Face] = {}
        for start in range(RULERS if measured else 0):
            shown = [
                ruler(number, start) if number in measured else probe_text(number, 0)
                for number in range(count)
            ]
            setting = self.set(shown)
            faces |= {face.name: face for face in setting.faces.values()}
            for number, lines in _ruled(setting, measured):
                one = self._column(lines, setting.faces[lines[0].font], shown[number])
                if one is not None:
                    found[number] = one.narrowed(found[number]) if number in found else one
        return found, faces

    def _column(self, lines: Sequence[Run], face: Face, text: str) -> Column | None:
        texts = [face.text(run.pieces) for run in lines]
        if "".join(texts) != text:
            return None
        return column(texts, face, float(lines[0].size), self.spacing)

    # -- blanks -----------------------------------------------------------------------------

    def blank(
        self, texts: Sequence[str], lines: Sequence[int], columns: Mapping[int, Column]
    ) -> Blank:
        """Raises Unfit, PluginError or VerificationFailed if there can be none."""
        told = self.told(texts, lines, columns)
        first, rest = _shared(told.parts)
        file = take_apart(told.data, first, own(self.page, told.name))
        return Blank(file, rest, told.moving, told.faces)

    def told(
        self, texts: Sequence[str], lines: Sequence[int], columns: Mapping[int, Column]
    ) -> Told:
        """What a blank is made of. Raises as `blank` does."""
        trial = _Trial(self, texts, lines, columns)
        wide, long = trial.wide()
        for least in (0.0, _SHORTEST):
            narrow, short = trial.narrow(least)
            try:
                moving, parts = trial.compared(short, long, (narrow, wide), columns)
            except Unfit:
                if least:
                    raise
                continue
            if not least:
                moving = tuple(replace(one, narrowest=0.0) for one in moving)
            name = probed(self._shown, trial.probes(narrow), self.closed)["name"]
            return Told(short.data, name, tuple(parts), moving, short.faces)
        raise Unfit

    @property
    def regular(self) -> set[int]:
        """Openings whose texts are about as wide on every page."""
        fixed = {self._shown[key] for key in ("certificate", "code", "url-shown")}
        texts = opened(view(self.page), self.closed)[1]
        return {number for number, text in enumerate(texts) if text in fixed}

    def set(self, texts: Sequence[str]) -> _Setting:
        self.settings += 1
        shown = probed(self._shown, texts, self.closed)
        data = self.renderer.typeset(shown, self.page, alphabets())
        file = open_pdf(data)
        parts = [
            part for part in runs_of(page_content(file))
            if not (isinstance(part, Run) and part.size == ALPHABET_SIZE)
        ]  # fmt: skip
        return _Setting(data, parts, faces_of(file))


class _Trial:
    """The settings of one blank."""

    def __init__(
        self,
        making: Making,
        texts: Sequence[str],
        lines: Sequence[int],
        columns: Mapping[int, Column],
    ) -> None:
        self._making, self._texts, self._counts, self._columns = making, texts, lines, columns
        self._spacing = making.spacing
        self._bare = [self._bare_letters(number) for number in range(len(texts))]
        self._first = making.set(self.probes(self._bare))
        self._rooms = self._found()

    def probes(self, letters: Sequence[int]) -> list[str]:
        """The text of each opening."""
        pairs = zip(letters, self._counts, strict=True)
        return [probe_text(number, *both) for number, both in enumerate(pairs)]

    def narrow(self, least: float) -> tuple[list[int], _Setting]:
        """The shortest probes, or those nearly as wide as the longest texts."""
        if not least:
            return self._bare, self._first
        letters = [*self._bare]
        for number, room in self._rooms.items():
            if number not in self._columns:
                letters[number] = self._letters(number, room.least / _LEAST * least)
        return letters, self._making.set(self.probes(letters))

    def wide(self) -> tuple[list[int], _Setting]:
        """Probes as wide as can be while each still stands on one line."""
        for _ in range(_STEPS):
            letters, cut = self._longer(), set(self._rooms)
            try:
                setting = self._making.set(self.probes(letters))
            except PluginError:  # over one sheet
                pass
            else:
                cut = self._cut(setting, letters)
                if not cut:
                    return letters, setting
            if not self._give_way(cut):
                break
        raise Unfit

    def compared(
        self,
        short: _Setting,
        long: _Setting,
        letters: tuple[Sequence[int], Sequence[int]],
        columns: Mapping[int, Column],
    ) -> tuple[tuple[Moving, ...], list[bytes | int | Run]]:
        """The lines that differ between two settings, explained. Raises Unfit."""
        if len(short.parts) != len(long.parts):
            raise Unfit
        moving: list[Moving] = []
        moved: list[float] = []
        parts: list[bytes | int | Run] = []
        for a, b in zip(short.parts, long.parts, strict=True):
            if not isinstance(a, Run) or not isinstance(b, Run):
                if a != b:
                    raise Unfit
                parts.append(a)
                continue
            opening = self._opening(a, short.faces, letters[0])
            if opening != self._opening(b, long.faces, letters[1]):
                raise Unfit
            if opening is None and a == b:
                parts.append(a)
                continue
            if replace(a, x=b.x, pieces=b.pieces) != b or (
                opening is None and a.pieces != b.pieces
            ):
                raise Unfit
            parts.append(len(moving))
            moving.append(self._moving(a, b, opening, short.faces))
            moved.append(b.x - a.x)
        told = explained(moving, moved)
        return tuple(_in_columns(told, columns)), parts

    # -- how many letters -------------------------------------------------------------------

    def _bare_letters(self, number: int) -> int:
        """None, or as many as keep each of several lines on a line of its own."""
        if self._counts[number] == 1:
            return 0
        if number not in self._columns:
            raise Unfit
        # before the first setting its face is not known: letters are half a size wide or more
        one = self._columns[number]
        return math.ceil(one.fits * _HALF / (one.size * 0.5))

    def _found(self) -> dict[int, _Room]:
        """The first line of each opening that is shown: a template may leave some out."""
        regular, rooms = self._making.regular, dict[int, _Room]()
        for run in self._first.parts:
            if not isinstance(run, Run):
                continue
            opening = self._opening(run, self._first.faces, self._bare)
            if opening is None or opening[0] in rooms:
                continue
            number = opening[0]
            text = self._texts[number]
            if number in self._columns:
                fits = self._columns[number].fits * _WHOLE
                rooms[number] = _Room(fits, 0.0, run.y, run)
                continue
            width = self._wide(self._first.faces[run.font], text, run)
            times = _REGULAR if number in regular else _GREATEST
            rooms[number] = _Room(width * times, width * _LEAST, run.y, run)
        return dict(sorted(rooms.items()))

    def _wide(self, face: Face, text: str, run: Run) -> float:
        try:
            return points(face.line(text, self._spacing).width, run)
        except KeyError as error:
            raise Unfit from error

    def _letters(self, number: int, wanted: float) -> int:
        room, lines = self._rooms[number], self._counts[number]
        face = self._first.faces[room.run.font]
        shortest = self._wide(face, probe(number, 0, 0, lines), room.run)
        return max(0, math.ceil((wanted - shortest) / self._wide(face, "n", room.run)))

    def _longer(self) -> list[int]:
        """Letters of the wide probes, neighbours on a line growing differently.

        What stands in a column moves nothing, and need not tell itself from its neighbours.
        """
        letters = [*self._bare]
        taken: dict[float, list[int]] = {}
        for number, room in self._rooms.items():
            more = max(self._letters(number, room.wanted), self._bare[number] + 1)
            if number in self._columns:
                letters[number] = more
                continue
            line = taken.setdefault(round(room.y, 2), [])
            while more - self._bare[number] in line[-2:]:
                more += 1
            line.append(more - self._bare[number])
            letters[number] = more
        return letters

    def _cut(self, setting: _Setting, letters: Sequence[int]) -> set[int]:
        """Openings whose probes do not stand whole on their lines, or not beside what they did."""
        whole: dict[tuple[int, int], float] = {}
        for run in setting.parts:
            if isinstance(run, Run):
                try:
                    opening = self._opening(run, setting.faces, letters)
                except Unfit:
                    continue
                if opening is not None:
                    whole.setdefault(opening, run.y)
        lines: dict[float, set[float]] = {}
        for number, room in self._rooms.items():
            if (number, 0) in whole:
                lines.setdefault(round(room.y, 2), set()).add(round(whole[number, 0], 2))
        return {
            number
            for number, room in self._rooms.items()
            if any((number, line) not in whole for line in range(self._counts[number]))
            or len(lines[round(room.y, 2)]) > 1
        }

    def _give_way(self, cut: set[int]) -> bool:
        """Want less of these and of their neighbours; False if they want no more than needed."""
        beside = {round(self._rooms[number].y, 2) for number in cut}
        gave = False
        for number, room in self._rooms.items():
            if number not in self._columns and round(room.y, 2) in beside:
                gave |= room.wanted > room.least
                less = (room.wanted + room.least) / 2
                room.wanted = less if less > room.least * 1.05 else room.least
        return gave

    # -- reading a setting ------------------------------------------------------------------

    def _opening(
        self, run: Run, faces: dict[str, Face], letters: Sequence[int]
    ) -> tuple[int, int] | None:
        """Which probe this line shows, set as we would set it. Raises Unfit if it is not."""
        face = faces.get(run.font)
        if face is None:
            return None
        text = face.text(run.pieces)
        found = probed_line(text)
        if found is None:
            return None
        number, line = found
        if number >= len(letters) or text != probe(
            number, letters[number], line, self._counts[number]
        ):
            raise Unfit
        if face.line(text, self._spacing).array != array_of(run.pieces):
            raise Unfit
        return found

    def _moving(
        self, a: Run, b: Run, opening: tuple[int, int] | None, faces: dict[str, Face]
    ) -> Moving:
        if opening is None:
            return Moving(a, None)
        face = faces[a.font]
        narrow, wide = (self._wide(face, face.text(run.pieces), a) for run in (a, b))
        return Moving(a, *opening, (), narrow, narrow, wide)


def _ruled(setting: _Setting, measured: Set[int]) -> Iterator[tuple[int, list[Run]]]:
    """The lines of each ruler that begin one below the other."""
    runs = [part for part in setting.parts if isinstance(part, Run) and part.font in setting.faces]
    for at, run in enumerate(runs):
        found = probed_line(setting.faces[run.font].text(run.pieces))
        if found is None or found[0] not in measured:
            continue
        lines = [run]
        for other in runs[at + 1 :]:
            text = setting.faces[other.font].text(other.pieces)
            same = (other.font, other.size, other.paint) == (run.font, run.size, run.paint)
            if not same or abs(other.x - run.x) > TOLERANCE or probed_line(text) is not None:
                break
            lines.append(other)
        yield found[0], lines


def _in_columns(moving: Sequence[Moving], columns: Mapping[int, Column]) -> Iterator[Moving]:
    """Lines in a column stay where they are, and are as wide as it is."""
    for one in moving:
        column = columns.get(one.opening) if one.opening is not None else None
        if column is None:
            yield one
        elif one.shares:
            raise Unfit
        else:  # with the space at its end
            yield replace(one, widest=column.breaks + float(one.run.size))


def _shared(parts: Sequence[bytes | int | Run]) -> tuple[bytes, tuple[bytes | int, ...]]:
    """What all pages draw first, and the rest with neighbours that never change joined."""
    joined: list[bytes | int] = [b""]
    for part in parts:
        if isinstance(part, int):
            joined += [part, b""]
            continue
        data = part.written(part.x, array_of(part.pieces)) if isinstance(part, Run) else part
        last = joined[-1]
        assert isinstance(last, bytes)
        joined[-1] = last + data
    first = joined[0]
    assert isinstance(first, bytes)
    # the shared stream ends where a line does: between two streams a reader sees white space
    return first, tuple(part for part in joined[1:] if part != b"")
