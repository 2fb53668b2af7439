"""Blanks: a page set once by typst, and filled for each certificate of its kind.

typst takes 6 to 9 ms for a page, half of it for making fonts smaller, and nearly all of it for
what a thousand diplomas have in common. A blank is typst's own page with a probe in each opening.
Two settings, with short and with long probes, show what moves when a text is longer, and prove
that nothing else does. A page whose texts need more room than that, or letters that the blank
has not, is set by typst itself.
"""

from __future__ import annotations

import itertools
import math
import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from vault_core.errors import CertificateRefused, PluginError
from vault_core.issuing.blank_file import BlankFile, Own, Stream, take_apart
from vault_core.issuing.faces import (
    ALPHABET_SIZE,
    Face,
    Line,
    Spacing,
    alphabets,
    faces_of,
    lines_shown,
    page_content,
)
from vault_core.issuing.openings import opened, probe, probed, probed_number
from vault_core.issuing.pdf_file import open_pdf
from vault_core.issuing.rendering import Page, Renderer, full_name, view
from vault_core.issuing.text_runs import Run, array_of, runs_of

WORTH = 8
"""Pages of a kind after which a blank is tried."""
TRY = 8
"""How many pages typst sets in the time that one try takes, of up to six for one blank."""
SHARE = 4
"""Tries take at most one part in so many of the time that setting every page would take."""
HEAD_START = 80
"""Pages whose time may be spent on tries before any was gained."""
MANY = 20 * WORTH
"""Pages of a kind that no blank fitted, after which another blank is hardly tried."""
MOST_KINDS = 96
MOST_WIDTHS = 6
"""Blanks of one kind, for ever longer texts."""
MOST_CLOSED = 512
"""Texts that are known to need two lines."""
_ROOM = ((0.0, 1.3), (0.0, 1.02), (0.85, 1.02))
"""How short and how long the texts of a blank may be, for the longest seen: the first that fits."""
_REGULAR_ROOM = 1.1
_SHARES = (0, -0.5, -1)
"""Of its growth, what a line begins further left: set to the left, in the middle, to the right."""
_TOLERANCE = 0.02


Shares = tuple[tuple[float, int], ...]


class Unfit(Exception):
    """This page cannot be made from a blank."""


@dataclass(frozen=True, slots=True)
class Moving:
    """A line that is an opening, or stands beside one.

    `shares` says how far it moves for each point that a line (by its place among `moving`) grows.
    """

    run: Run
    opening: int | None
    shares: Shares = ()
    width: float = 0.0
    narrowest: float = 0.0
    widest: float = 0.0


@dataclass(frozen=True, slots=True)
class Blank:
    """A page with openings, ready to be filled."""

    file: BlankFile
    parts: tuple[bytes | int, ...]
    """What is drawn after the shared part; a number is one of `moving`."""
    moving: tuple[Moving, ...]
    faces: dict[str, Face]

    def filled(self, page: Page, texts: Sequence[str], spacing: Spacing) -> bytes:
        """The page's PDF. Raises Unfit if a text is too wide or has a letter that is not there."""
        try:
            lines = self._lines(texts, spacing)
        except KeyError as error:
            raise Unfit from error
        grown = [
            _points(line.width, one.run) - one.width if line else 0.0
            for line, one in zip(lines, self.moving, strict=True)
        ]
        drawn = [
            part if isinstance(part, bytes) else _drawn(self.moving[part], lines[part], grown)
            for part in self.parts
        ]
        return self.file.filled(b"".join(drawn), _own(page, full_name(page.record)))

    def _lines(self, texts: Sequence[str], spacing: Spacing) -> list[Line | None]:
        lines: list[Line | None] = []
        for one in self.moving:
            if one.opening is None:
                lines.append(None)
                continue
            line = self.faces[one.run.font].line(texts[one.opening], spacing)
            if not one.narrowest <= _points(line.width, one.run) <= one.widest:
                raise Unfit
            lines.append(line)
        return lines


def _worth(count: int) -> bool:
    """Whether to try after so many pages that typst had to set: often at first, then rarely."""
    return (
        count % WORTH == 0
        and (count // WORTH % 2 == 1 or count > MANY)
        and (count <= MANY or (count // WORTH).bit_count() == 1)
    )


@dataclass(slots=True)
class _Seen:
    """Pages of one kind so far that no blank fitted, and the longest text of each opening."""

    name: str
    count: int
    longest: list[str]

    def add(self, texts: list[str]) -> None:
        self.count += 1
        self.longest = [max(pair, key=len) for pair in zip(self.longest, texts, strict=True)]


class Blanks:
    """The blanks of a process, made as kinds of page come up. For any thread."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._spacing = Spacing(renderer.specimen)
        self._lock = threading.Lock()
        self._seen: OrderedDict[str, _Seen] = OrderedDict()
        self._blanks: dict[str, list[Blank]] = {}
        self._closed: frozenset[str] = frozenset()
        self._asked = 0
        self._tries = 0

    def pdf(self, page: Page) -> bytes | None:
        """The page as `Renderer.pdf` sets it, or None if it is for typst to set."""
        self._asked += 1
        closed = self._closed
        name, texts = opened(view(page), closed)
        for blank in self._blanks.get(name, ()):
            try:
                return blank.filled(page, texts, self._spacing)
            except Unfit:
                continue
        with self._lock:
            seen = self._note(name, texts)
            if not _worth(seen.count) or not self._affordable:
                return None
            return self._first(page, texts, seen, closed)

    @property
    def _affordable(self) -> bool:
        """Whether another blank may be tried: files of many rare kinds would do nothing else."""
        return TRY * self._tries <= HEAD_START + self._asked // SHARE

    def _note(self, name: str, texts: list[str]) -> _Seen:
        seen = self._seen.setdefault(name, _Seen(name, 0, texts))
        seen.add(texts)
        self._seen.move_to_end(name)
        while len(self._seen) > MOST_KINDS:
            self._blanks.pop(self._seen.popitem(last=False)[0], None)
        return seen

    def _first(
        self, page: Page, texts: list[str], seen: _Seen, closed: frozenset[str]
    ) -> bytes | None:
        """Make a blank, for the longest texts seen or else for these, and fill it."""
        for model, room in itertools.product((seen.longest, texts), _ROOM):
            self._tries += 1
            try:
                maker = Maker(self._renderer, self._spacing, page, model, closed)
                blank = maker.blank(*room)
                data = blank.filled(page, texts, self._spacing)
                self._compare(data, page)
            except (Unfit, PluginError, CertificateRefused):
                continue
            kept = self._blanks.get(seen.name, [])[-MOST_WIDTHS + 1 :]
            self._blanks[seen.name] = [*kept, blank]
            return data
        self._close(page, texts)
        return None

    def _close(self, page: Page, texts: Sequence[str]) -> None:
        """From now on, texts that take two lines on this page are no openings."""
        shown = {line[2] for line in lines_shown(self._renderer.pdf(page))}
        before = self._closed if len(self._closed) < MOST_CLOSED else frozenset()
        self._closed = before | (set(texts) - shown)

    def _compare(self, data: bytes, page: Page) -> None:
        """Raises Unfit unless the first page that is filled is as typst sets it."""
        ours, theirs = lines_shown(data), lines_shown(self._renderer.pdf(page))
        if len(ours) != len(theirs):
            raise Unfit
        for mine, other in zip(ours, theirs, strict=True):
            if mine[:-2] != other[:-2] or math.dist(mine[-2:], other[-2:]) > _TOLERANCE:
                raise Unfit


class Maker:
    """Makes a blank from one page."""

    def __init__(
        self,
        renderer: Renderer,
        spacing: Spacing,
        page: Page,
        texts: Sequence[str],
        closed: Set[str],
    ) -> None:
        self._renderer, self._spacing = renderer, spacing
        self._page, self._texts, self._closed = page, texts, closed
        self._shown = view(page)
        self._regular = {self._shown[key] for key in ("certificate", "code", "url-shown")}

    def blank(self, least: float, most: float) -> Blank:
        """A blank whose openings take texts from `least` to `most` times as wide as this page's.

        Raises Unfit, PluginError or VerificationFailed if this kind of page cannot have one.
        """
        bare = [0] * len(self._texts)
        data, short, faces = self._set(bare)
        narrow = self._padding(short, faces, least, 0)
        wide = self._padding(short, faces, most, 1)
        if narrow != bare:
            data, short, faces = self._set(narrow)
        _, long, _ = self._set(wide)
        if len(short) != len(long):
            raise Unfit
        moving, parts = self._compared(short, long, faces, (narrow, wide))
        if not least:
            moving = tuple(replace(one, narrowest=0.0) for one in moving)
        first, rest = _shared(parts)
        own = _own(self._page, probed(self._shown, narrow, self._closed)["name"])
        return Blank(take_apart(data, first, own), rest, moving, faces)

    def _set(self, padding: Sequence[int]) -> tuple[bytes, list[bytes | Run], dict[str, Face]]:
        shown = probed(self._shown, padding, self._closed)
        data = self._renderer.typeset(shown, self._page, alphabets())
        file = open_pdf(data)
        parts = [
            part for part in runs_of(page_content(file))
            if not (isinstance(part, Run) and part.size == ALPHABET_SIZE)
        ]  # fmt: skip
        return data, parts, faces_of(file)

    def _opening(self, run: Run, faces: dict[str, Face], padding: Sequence[int]) -> int | None:
        """Which probe this line shows, set as we would set it. Raises Unfit if it is not."""
        face = faces.get(run.font)
        if face is None:
            return None
        text = face.text(run.pieces)
        number = probed_number(text)
        if number is None:
            return None
        if number >= len(padding) or text != probe(number, padding[number]):
            raise Unfit
        if face.line(text, self._spacing).pieces != run.pieces:
            raise Unfit
        return number

    def _padding(
        self, parts: Sequence[bytes | Run], faces: dict[str, Face], times: float, least: int
    ) -> list[int]:
        """How many letters longer each probe is, neighbours on a line growing differently."""
        padding = [0] * len(self._texts)
        taken: dict[float, list[int]] = {}
        for run in parts:
            number = self._opening(run, faces, [0] * len(padding)) if isinstance(run, Run) else None
            if number is None or not isinstance(run, Run):
                continue
            more = max(self._more(faces[run.font], number, times, least), padding[number])
            line = taken.setdefault(round(run.y, 2), [])
            while least and more in line[-2:]:
                more += 1
            line.append(more)
            padding[number] = more
        return padding

    def _more(self, face: Face, number: int, times: float, least: int) -> int:
        if self._texts[number] in self._regular:
            times = min(times, _REGULAR_ROOM)
        shortest = face.line(probe(number, 0), self._spacing).width
        try:
            wanted = face.line(self._texts[number], self._spacing).width * times
        except KeyError as error:
            raise Unfit from error
        letters = (wanted - shortest) / face.line("n", self._spacing).width
        return max(least, math.ceil(letters) if least else math.floor(letters))

    def _compared(
        self,
        short: Sequence[bytes | Run],
        long: Sequence[bytes | Run],
        faces: dict[str, Face],
        paddings: tuple[Sequence[int], Sequence[int]],
    ) -> tuple[tuple[Moving, ...], list[bytes | int | Run]]:
        """The lines that differ between two settings, explained."""
        moving: list[Moving] = []
        moved: list[float] = []
        parts: list[bytes | int | Run] = []
        for a, b in zip(short, long, strict=True):
            if not isinstance(a, Run) or not isinstance(b, Run):
                if a != b:
                    raise Unfit
                parts.append(a)
                continue
            opening = self._opening(a, faces, paddings[0])
            if opening != self._opening(b, faces, paddings[1]):
                raise Unfit
            if opening is None and a == b:
                parts.append(a)
                continue
            if replace(a, x=b.x, pieces=b.pieces) != b or (
                opening is None and a.pieces != b.pieces
            ):
                raise Unfit
            parts.append(len(moving))
            moving.append(self._moving(a, b, opening, faces))
            moved.append(b.x - a.x)
        return tuple(_explained(moving, moved)), parts

    def _moving(self, a: Run, b: Run, opening: int | None, faces: dict[str, Face]) -> Moving:
        if opening is None:
            return Moving(a, None)
        face = faces[a.font]
        widths = [
            _points(face.line(face.text(run.pieces), self._spacing).width, a) for run in (a, b)
        ]
        return Moving(a, opening, (), widths[0], *widths)


def _explained(moving: Sequence[Moving], moved: Sequence[float]) -> list[Moving]:
    """With what each line moves. Raises Unfit if that cannot be told, or in two ways."""
    shares: dict[int, Shares] = {}
    growth = [one.widest - one.width for one in moving]
    for at in sorted(range(len(moving)), key=lambda at: moving[at].run.x):
        beside = [
            other
            for other, one in enumerate(moving)
            if one.opening is not None and abs(one.run.y - moving[at].run.y) < _TOLERANCE
        ]
        fits = [
            one
            for one in _ways(moving, at, beside, shares)
            if abs(sum(share * growth[other] for share, other in one) - moved[at]) < _TOLERANCE
        ]
        fewest = min(map(len, fits), default=0)
        simplest = {one for one in fits if len(one) == fewest}
        if len(simplest) != 1:
            raise Unfit
        shares[at] = simplest.pop()
    return [replace(one, shares=shares[at]) for at, one in enumerate(moving)]


def _ways(
    moving: Sequence[Moving], at: int, beside: Sequence[int], known: Mapping[int, Shares]
) -> Iterator[Shares]:
    """How a line can move: with its own growth, with that of the next one, or after another."""
    x = moving[at].run.x
    later = [other for other in beside if moving[other].run.x > x]
    near = ([at] if at in beside else []) + later[:1]
    for shares in itertools.product(_SHARES, repeat=len(near)):
        yield tuple((share, other) for share, other in zip(shares, near, strict=True) if share)
    earlier = [other for other in beside if moving[other].run.x < x]
    if earlier:
        last = max(earlier, key=lambda other: moving[other].run.x)
        yield (*known[last], (1, last))


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


def _drawn(one: Moving, line: Line | None, grown: Sequence[float]) -> bytes:
    x = one.run.x + sum(share * grown[at] for share, at in one.shares)
    return one.run.written(x, line.array if line else array_of(one.run.pieces))


def _points(width: float, run: Run) -> float:
    return width * float(run.size) / 1000


def _own(page: Page, name: str) -> Own:
    symbols = [symbol for symbol in (page.datamatrix, page.qr) if symbol]
    attached = [Stream(item.text.encode()) for item in page.attachments]
    drawn = [Stream(symbol.pixels, symbol.modules, symbol.bits) for symbol in symbols]
    return Own(name, page.issued_at, [*attached, *drawn])
