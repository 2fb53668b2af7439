"""Blanks: a page set once by typst, and filled for each certificate of its kind.

typst takes 6 to 9 ms for a page, half of it for making fonts smaller, and nearly all of it for
what a thousand diplomas have in common. A blank is typst's own page with a probe in each opening.
Two settings, with short and with long probes, show what moves when a text is longer, and prove
that nothing else does. A page whose texts need more room than that, or letters that the blank
has not, is set by typst itself.
"""

from __future__ import annotations

import math
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from vault_core.errors import CertificateRefused, PluginError
from vault_core.issuing.pages.blank import Blank, Broken, Unfit
from vault_core.issuing.pages.blank_making import Making
from vault_core.issuing.pages.blank_moves import TOLERANCE
from vault_core.issuing.pages.blank_shelf import BlankShelf, KindOnShelf
from vault_core.issuing.pages.composing import PROVED, Composer
from vault_core.issuing.pages.faces import Face, Spacing, lines_shown
from vault_core.issuing.pages.line_breaking import Column, broken
from vault_core.issuing.pages.openings import opened
from vault_core.issuing.pages.rendering import Page, Renderer, view
from vault_core.issuing.pdf.file import PdfFile

WORTH = 8
"""Pages of a kind after which a blank is tried."""
SETTING = 2
"""Pages that typst sets in the time that one setting for a blank takes, with what is read of it."""
SHARE = 4
"""Settings take at most one part in so many of the time that setting every page would take."""
HEAD_START = 320
"""Pages whose time may be spent on settings before any was gained."""
MANY = 20 * WORTH
"""Pages of a kind that no blank fitted, after which another blank is hardly tried."""
MOST_KINDS = 192
MOST_COMPOSED = 256
"""Blanks that were composed, each in a moment."""
MOST_WIDTHS = 6
"""Blanks of one kind, for ever longer texts."""
MOST_CLOSED = 512
"""Texts that are known to need two lines where they cannot be broken here."""
MOST_FACES = 64
_KEPT = 4096

Lines = tuple[int, ...]
"""How many lines each opening takes."""


@dataclass(slots=True)
class Kind:
    """Pages with the same texts but for their openings."""

    columns: Mapping[int, Column]
    faces: Mapping[str, Face]
    blanks: dict[Lines, list[Blank]] = field(default_factory=dict)
    _broken: dict[tuple[int, str], tuple[str, ...]] = field(default_factory=dict)

    def broken(self, texts: Sequence[str], spacing: Spacing) -> Broken:
        """The texts in lines. Raises Unfit where that is not certain."""
        return [self._one(number, text, spacing) for number, text in enumerate(texts)]

    def _one(self, number: int, text: str, spacing: Spacing) -> tuple[str, ...]:
        column = self.columns.get(number)
        if column is None:
            return (text,)
        found = self._broken.get((number, text))
        if found is None:
            try:
                found = broken(text, column, self.faces[column.face], spacing)
            except KeyError as error:
                raise Unfit from error
            if len(self._broken) >= _KEPT:
                self._broken.clear()
            self._broken[number, text] = found
        return found


@dataclass(slots=True)
class _Seen:
    """Pages of one kind so far that no blank fitted, and the longest text of each opening."""

    count: int
    longest: list[str]

    def add(self, texts: Sequence[str]) -> None:
        self.count += 1
        self.longest = [max(pair, key=len) for pair in zip(self.longest, texts, strict=True)]


def _worth(count: int) -> bool:
    """Whether to try after so many pages that typst had to set: often at first, then rarely."""
    return (
        count % WORTH == 0
        and (count // WORTH % 2 == 1 or count > MANY)
        and (count <= MANY or (count // WORTH).bit_count() == 1)
    )


class Blanks:
    """The blanks of a process, made as kinds of page come up. For any thread."""

    def __init__(self, renderer: Renderer, shelf: BlankShelf | None = None) -> None:
        """`shelf` has what other processes made, and keeps what this one makes."""
        self._renderer = renderer
        self._shelf = shelf
        self._faces: list[Face] = []
        self._spacing = Spacing(renderer.specimen)
        if shelf is not None:
            self._spacing.add(shelf.joints())
        self._faces_kept = len(self._spacing.joints)
        self._composer = Composer(renderer, self._spacing)
        self._composed: OrderedDict[tuple[str, Lines], None] = OrderedDict()
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, Lines], _Seen] = OrderedDict()
        self._kinds: dict[str, Kind] = {}
        self._closed: frozenset[str] = frozenset()
        self._asked = 0
        self._settings = 0

    def sheet(self, page: Page) -> PdfFile | None:
        """The page as `Renderer.sheet` sets it, or None if it is for typst to set."""
        self._asked += 1
        closed = self._closed
        name, texts = opened(view(page), closed)
        try:
            sheet = self._filled(page, name, texts)
            if sheet is not None:
                return sheet
            with self._lock:
                sheet = self._compose(page, name, texts, closed)
                if sheet is not None:
                    return sheet
                seen = self._note(name, self._lines(name, texts), texts)
                if seen.count == 1 or _worth(seen.count):
                    if self._fetch(name, texts):
                        return self._filled(page, name, texts)
                    if _worth(seen.count) and self._affordable:
                        return self._first(page, name, texts, seen, closed)
        except (Unfit, PluginError):  # what typst cannot set is for whoever asks it to say
            pass
        return None

    def _filled(self, page: Page, name: str, texts: Sequence[str]) -> PdfFile | None:
        """Raises Unfit where it is not certain in how many lines the texts go."""
        kind = self._kinds.get(name)
        if kind is None:
            return None
        lines = kind.broken(texts, self._spacing)
        for blank in kind.blanks.get(tuple(map(len, lines)), ()):
            try:
                return blank.filled(page, lines, self._spacing)
            except Unfit:
                continue
        return None

    def _compose(
        self, page: Page, name: str, texts: Sequence[str], closed: frozenset[str]
    ) -> PdfFile | None:
        """The page in a blank that is composed for it, or None if there can be none."""
        try:
            base = self._composer.base(page, closed)
            kind = self._kinds.get(name)
            if kind is None:
                columns = self._composer.columns(page, len(texts), closed)
                kind = Kind(columns, self._known_faces(base.faces))
            lines = kind.broken(texts, self._spacing)
            counts = tuple(map(len, lines))
            blank = self._composer.blank(base, page, texts, counts, closed)
            sheet = blank.filled(page, lines, self._spacing)
            if base.proofs < PROVED:
                base.proofs += 1
                try:
                    self._compare(sheet.data, page)
                except Unfit:
                    self._composer.give_up(base)
                    raise
        except Unfit:
            return None
        self._kinds[name] = kind
        self._keep_composed(name, kind, counts, self._with_known_faces(blank))
        self._keep_joints()
        return sheet

    def _keep_composed(self, name: str, kind: Kind, counts: Lines, blank: Blank) -> None:
        kind.blanks[counts] = [*kind.blanks.get(counts, [])[-MOST_WIDTHS + 1 :], blank]
        self._composed[name, counts] = None
        self._composed.move_to_end((name, counts))
        while len(self._composed) > MOST_COMPOSED:
            (old, lines), _ = self._composed.popitem(last=False)
            others = self._kinds[old].blanks if old in self._kinds else {}
            others.pop(lines, None)
            if not others:
                self._kinds.pop(old, None)

    def _lines(self, name: str, texts: Sequence[str]) -> Lines:
        kind = self._kinds.get(name)
        if kind is None:
            return (1,) * len(texts)
        return tuple(map(len, kind.broken(texts, self._spacing)))

    @property
    def _affordable(self) -> bool:
        """Whether another blank may be tried: files of many rare kinds would do nothing else."""
        return SETTING * self._settings <= HEAD_START + self._asked // SHARE

    def _note(self, name: str, counts: Lines, texts: Sequence[str]) -> _Seen:
        seen = self._seen.setdefault((name, counts), _Seen(0, [*texts]))
        seen.add(texts)
        self._seen.move_to_end((name, counts))
        while len(self._seen) > MOST_KINDS:
            (old, lines), _ = self._seen.popitem(last=False)
            if old in self._kinds:
                self._kinds[old].blanks.pop(lines, None)
        return seen

    def _fetch(self, name: str, texts: Sequence[str]) -> bool:
        """Whether the shelf has a blank that was not here. Raises Unfit."""
        if self._shelf is None:
            return False
        kind = self._kinds.get(name)
        if kind is None:
            found = self._shelf.kind(name)
            if found is None:
                return False
            kind = self._kinds[name] = Kind(found.columns, self._known_faces(found.faces))
        lines = tuple(map(len, kind.broken(texts, self._spacing)))
        before = kind.blanks.get(lines, [])
        blanks = [self._with_known_faces(blank) for blank in self._shelf.blanks(name, lines)]
        if len(blanks) <= len(before):
            return False
        kind.blanks[lines] = blanks
        return True

    def _first(
        self, page: Page, name: str, texts: Sequence[str], seen: _Seen, closed: frozenset[str]
    ) -> PdfFile | None:
        """Make a blank, for the longest texts seen or else for these, and fill it. Raises Unfit."""
        making = Making(self._renderer, self._spacing, page, closed)
        kind = self._kinds.get(name)
        if kind is None:
            kind = self._kinds[name] = self._kind(making, name, len(texts))
        lines = kind.broken(texts, self._spacing)
        counts = tuple(map(len, lines))
        for model in (seen.longest, texts):
            try:
                blank = making.blank(model, counts, kind.columns)
                sheet = blank.filled(page, lines, self._spacing)
                self._compare(sheet.data, page)
            except (Unfit, PluginError, CertificateRefused):
                continue
            finally:
                self._settings += making.settings
                making.settings = 0
            self._keep(name, kind, counts, self._with_known_faces(blank))
            return sheet
        self._close(page, [text for text, count in zip(texts, counts, strict=True) if count == 1])
        return None

    def _kind(self, making: Making, name: str, openings: int) -> Kind:
        try:
            columns, faces = making.columns(openings)
        except (Unfit, PluginError, CertificateRefused):
            columns, faces = {}, {}
        if self._shelf is not None:
            self._shelf.keep_kind(name, KindOnShelf(columns, faces))
        return Kind(columns, self._known_faces(faces))

    def _keep(self, name: str, kind: Kind, counts: Lines, blank: Blank) -> None:
        kept = kind.blanks.get(counts, [])[-MOST_WIDTHS + 1 :]
        kind.blanks[counts] = [*kept, blank]
        if self._shelf is not None:
            self._shelf.keep_blanks(name, counts, kind.blanks[counts])
        self._keep_joints()

    def _keep_joints(self) -> None:
        """What this process learned of how letters meet, for the next ones."""
        if self._shelf is not None and len(self._spacing.joints) > self._faces_kept:
            self._shelf.keep_joints(self._spacing.joints)
            self._faces_kept = len(self._spacing.joints)

    def _with_known_faces(self, blank: Blank) -> Blank:
        return replace(blank, faces=self._known_faces(blank.faces))

    def _known_faces(self, faces: Mapping[str, Face]) -> dict[str, Face]:
        """The same faces, but each is here only once, with the lines that it has set."""
        known = {}
        for key, face in faces.items():
            if face not in self._faces:
                self._faces = [*self._faces[-MOST_FACES:], face]
            known[key] = next(one for one in self._faces if one == face)
        return known

    def _close(self, page: Page, texts: Sequence[str]) -> None:
        """From now on, texts that take two lines on this page are no openings."""
        shown = {line[2] for line in lines_shown(self._renderer.pdf(page))}
        before = self._closed if len(self._closed) < MOST_CLOSED else frozenset()
        self._closed = before | (set(texts) - shown)

    def _compare(self, data: bytes, page: Page) -> None:
        """Raises Unfit unless the first page that is filled is as typst sets it."""
        self._settings += 1
        ours, theirs = lines_shown(data), lines_shown(self._renderer.pdf(page))
        if len(ours) != len(theirs):
            raise Unfit
        for mine, other in zip(ours, theirs, strict=True):
            if mine[:-2] != other[:-2] or math.dist(mine[-2:], other[-2:]) > TOLERANCE:
                raise Unfit
