"""Making a blank: typst sets a page twice, with short and with long probes in its openings.

What moves between the two is explained by how much the probes grew, or there is no blank.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace

from vault_core.issuing.pages.blank import Blank, Moving, Unfit, own
from vault_core.issuing.pages.blank_file import take_apart
from vault_core.issuing.pages.blank_moves import TOLERANCE
from vault_core.issuing.pages.blank_trial import Setting, Trial
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
    probe_text,
    probed,
    probed_line,
)
from vault_core.issuing.pages.rendering import Page, Renderer, view
from vault_core.issuing.pages.text_runs import Run, array_of, runs_of
from vault_core.issuing.pdf.file import open_pdf

_SHORTEST = 0.85
"""Of the longest text seen, what has to be there where a shorter one changes the page."""
RULERS = 2
"""Settings in which columns are measured."""


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
        trial = Trial(self.set, self.spacing, self.regular, texts, lines, columns)
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

    def set(self, texts: Sequence[str]) -> Setting:
        self.settings += 1
        shown = probed(self._shown, texts, self.closed)
        data = self.renderer.typeset(shown, self.page, alphabets())
        file = open_pdf(data)
        parts = [
            part for part in runs_of(page_content(file))
            if not (isinstance(part, Run) and part.size == ALPHABET_SIZE)
        ]  # fmt: skip
        return Setting(data, parts, faces_of(file))


def _ruled(setting: Setting, measured: Set[int]) -> Iterator[tuple[int, list[Run]]]:
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
