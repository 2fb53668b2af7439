"""The settings that a blank is made of: probes as short and as long as can be, and what moves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from vault_core.errors import PluginError
from vault_core.issuing.pages.blank import Moving, Unfit, points
from vault_core.issuing.pages.blank_moves import explained
from vault_core.issuing.pages.faces import Face, Spacing
from vault_core.issuing.pages.line_breaking import Column
from vault_core.issuing.pages.openings import probe, probe_text, probed_line
from vault_core.issuing.pages.text_runs import Run, array_of

_GREATEST = 4.0
"""How many times the longest text seen a blank takes, where that still is one line."""
_LEAST = 1.02
_REGULAR = 1.15
"""The same for ids and codes, which are all about as wide."""
_STEPS = 8
_HALF = 0.52
"""Of a column: two words so wide never share a line."""
_WHOLE = 0.93


@dataclass(frozen=True, slots=True)
class Setting:
    """A page with probes as typst set it."""

    data: bytes
    parts: Sequence[bytes | Run]
    faces: dict[str, Face]


@dataclass(slots=True)
class _Room:
    """How wide one opening's probe is wanted, at least, and where it was found."""

    wanted: float
    least: float
    y: float
    run: Run


class Trial:
    """The settings of one blank, made by `set_page`; `regular` openings differ little in width."""

    def __init__(
        self,
        set_page: Callable[[Sequence[str]], Setting],
        spacing: Spacing,
        regular: Set[int],
        texts: Sequence[str],
        lines: Sequence[int],
        columns: Mapping[int, Column],
    ) -> None:
        self._set, self._spacing, self._regular = set_page, spacing, regular
        self._texts, self._counts, self._columns = texts, lines, columns
        self._bare = [self._bare_letters(number) for number in range(len(texts))]
        self._first = set_page(self.probes(self._bare))
        self._rooms = self._found()

    def probes(self, letters: Sequence[int]) -> list[str]:
        """The text of each opening."""
        pairs = zip(letters, self._counts, strict=True)
        return [probe_text(number, *both) for number, both in enumerate(pairs)]

    def narrow(self, least: float) -> tuple[list[int], Setting]:
        """The shortest probes, or those nearly as wide as the longest texts."""
        if not least:
            return self._bare, self._first
        letters = [*self._bare]
        for number, room in self._rooms.items():
            if number not in self._columns:
                letters[number] = self._letters(number, room.least / _LEAST * least)
        return letters, self._set(self.probes(letters))

    def wide(self) -> tuple[list[int], Setting]:
        """Probes as wide as can be while each still stands on one line."""
        for _ in range(_STEPS):
            letters, cut = self._longer(), set(self._rooms)
            try:
                setting = self._set(self.probes(letters))
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
        short: Setting,
        long: Setting,
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
        rooms = dict[int, _Room]()
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
            times = _REGULAR if number in self._regular else _GREATEST
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

    def _cut(self, setting: Setting, letters: Sequence[int]) -> set[int]:
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
