"""The faces of a certificate's type: which letters they have, how wide, and what stands between.

How wide a letter is stands in the PDF that typst writes. How much two letters are moved together
is learned by having typst set them, all pairs of a face at once.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from vault_core.issuing.pages.text_runs import Piece, Run, runs_of, unicode_map
from vault_core.issuing.pdf.file import PdfFile, open_pdf
from vault_core.issuing.pdf.syntax import Name, Value, malformed

LETTERS = (
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 .,:;!?'’-–/()&+%°"
    "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆàâäçéèêëîïôöùûüÿœæáíóúñÁÍÓÚÑ"
)
"""What French and English names and facts are written in. Others are set by typst itself."""
_BEFORE = " fi"
"""Before some letters a letter has another form: at the end of the alphabet, to be embedded too."""
_PLAIN = " 0123456789ABCDEFGHJKMNPQRSTVWXYZ-:abcdefinruz▰▱"
"""What codes and ids are written in, and gauges."""
_STYLES: Mapping[str, tuple[str, int, str, str]] = {
    "LibertinusSerif-Regular": ("Libertinus Serif", 400, "normal", LETTERS),
    "LibertinusSerif-Italic": ("Libertinus Serif", 400, "italic", LETTERS),
    "LibertinusSerif-Semibold": ("Libertinus Serif", 600, "normal", LETTERS),
    "DejaVuSansMono": ("DejaVu Sans Mono", 400, "normal", _PLAIN),
    "DejaVuSansMono-Bold": ("DejaVu Sans Mono", 700, "normal", _PLAIN),
}
ALPHABET_SIZE = b"1"
"""Points: no line of a page is so small."""
_KEPT_LINES = 1024
"""Names and codes are not set twice; what else a page says are some hundred texts."""
_NAME = re.compile(r"[A-Z]{6}\+(.+?)(?:-Identity-H)?")


@dataclass(frozen=True, slots=True)
class Line:
    """A text as a TJ array of glyphs and corrections, its width in thousandths of its size."""

    array: bytes
    width: float


@dataclass(frozen=True, slots=True)
class Joint:
    """How a letter meets the next one: a correction of the space, "" for none; its other form."""

    correction: str = ""
    other_form: bool = False


def alphabets() -> str:
    """All faces with their letters, as the templates take them."""
    return json.dumps([_line(name, style[3] + _BEFORE) for name, style in _STYLES.items()])


@dataclass(frozen=True, slots=True)
class Face:
    """One face as a PDF holds it: each letter's code, each code's width (thousandths)."""

    name: str
    codes: Mapping[str, int]
    other_forms: Mapping[str, int]
    widths: Mapping[int, float]
    letters: Mapping[int, str]
    """The inverse of both codes."""
    lines: dict[str, Line] = field(default_factory=dict, compare=False, repr=False)
    """What was set lately."""
    glyphs: dict[str, tuple[str, float]] = field(default_factory=dict, compare=False, repr=False)
    """A letter and the next one to how the first is written, with what follows, and its width."""

    def text(self, pieces: Iterable[Piece]) -> str:
        """What glyphs say, as far as they are letters of the alphabet."""
        return "".join(self.letters.get(one, "") for one in pieces if isinstance(one, int))

    def line(self, text: str, spacing: Spacing) -> Line:
        """`text` set in this face. Raises KeyError for a letter that it lacks."""
        found = self.lines.get(text)
        if found is None:
            found = self._set(text, spacing)
            if len(self.lines) >= _KEPT_LINES:
                self.lines.clear()
            self.lines[text] = found
        return found

    def _set(self, text: str, spacing: Spacing) -> Line:
        pairs = [text[at : at + 2] for at in range(len(text))]
        if not self.glyphs.keys() >= set(pairs):
            self._learn(text, pairs, spacing)
        written, width = [], 0.0
        for pair in pairs:
            glyph, advance = self.glyphs[pair]
            written.append(glyph)
            width += advance
        return Line(f"<{''.join(written)}>".encode() if written else b"", width)

    def _learn(self, text: str, pairs: Iterable[str], spacing: Spacing) -> None:
        if not self.codes.keys() >= set(text):
            raise KeyError(text)
        joints = spacing.of(self.name)
        for pair in pairs:
            joint = joints.get(pair, _PLAIN_JOINT)
            code = (self.other_forms if joint.other_form else self.codes)[pair[0]]
            correction = f">{joint.correction}<" if joint.correction else ""
            width = self.widths[code] - float(joint.correction or 0)
            self.glyphs[pair] = f"{code:04x}{correction}", width


_PLAIN_JOINT = Joint()


class Spacing:
    """Corrections between letters, by face; those not known yet are asked of `specimen`."""

    def __init__(self, specimen: Callable[[str], bytes]) -> None:
        self._specimen = specimen
        self._known: dict[str, Mapping[str, Joint]] = {}
        self._lock = threading.Lock()

    def of(self, face: str) -> Mapping[str, Joint]:
        """How two letters meet, for the pairs that are not simply set beside one another."""
        with self._lock:
            found = self._known.get(face)
            if found is None:
                plain = _STYLES[face][0].endswith("Mono")
                found = self._known[face] = {} if plain else dict(self._asked(face))
            return found

    @property
    def joints(self) -> Mapping[str, Mapping[str, Joint]]:
        """All that is known, by face."""
        return self._known

    def add(self, joints: Mapping[str, Mapping[str, Joint]]) -> None:
        """What another process learned."""
        self._known = {**joints, **self._known}

    def _asked(self, face: str) -> Iterator[tuple[str, Joint]]:
        """How each letter meets all, each pair between letters that meet nothing closely.

        A letter's pairs are one line, for a line more costs typst as much as ten pairs.
        """
        letters = sorted(set(_STYLES[face][3]))
        texts = [text for one in letters for text in (_pairs_of(one, letters), f"n{one}n")]
        data = self._specimen(json.dumps([_line(face, text) for text in texts]))
        parts = runs_of(page_content(open_pdf(data)))
        lines = [part.pieces for part in parts if isinstance(part, Run)]
        if len(lines) != len(texts):
            raise malformed()
        for letter, both, alone in zip(letters, lines[::2], lines[1::2], strict=True):
            yield from _joints(letter, letters, both, alone)


def _pairs_of(letter: str, letters: Sequence[str]) -> str:
    return f"n{'n'.join(letter + other for other in letters)}n"


def _joints(
    letter: str, letters: Sequence[str], both: Sequence[Piece], alone: Sequence[Piece]
) -> Iterator[tuple[str, Joint]]:
    """What is not plain in a line of pairs; `alone` is the letter between two others."""
    glyphs = [at for at, piece in enumerate(both) if isinstance(piece, int)]
    single = [piece for piece in alone if isinstance(piece, int)]
    if len(glyphs) != 3 * len(letters) + 1 or len(single) != 3:
        raise malformed()
    for other, first, second in zip(letters, glyphs[1::3], glyphs[2::3], strict=True):
        correction = "".join(str(piece) for piece in both[first + 1 : second])
        joint = Joint(correction, both[first] != single[1])
        if joint != _PLAIN_JOINT:
            yield letter + other, joint


def page_content(file: PdfFile) -> bytes:
    """The content of the only page."""
    value = page_of(file).get("Contents")
    streams = value if isinstance(value, list) else [value]
    return b"\n".join(file.stream(one) for one in streams)


def lines_shown(data: bytes) -> list[tuple[str, bytes, str, float, float]]:
    """Every line of a page: face, size, text, and where its baseline begins, in points."""
    file = open_pdf(data)
    fonts = file.dictionary(file.dictionary(page_of(file).get("Resources")).get("Font"))
    known = {}
    for name, reference in fonts.items():
        font = file.dictionary(reference)
        base = _NAME.fullmatch(str(font.get("BaseFont")))
        known[name] = base[1] if base else "", unicode_map(file.stream(font.get("ToUnicode")))
    lines = []
    for run in runs_of(page_content(file)):
        if isinstance(run, Run):
            face, texts = known[run.font]
            text = "".join(texts.get(one, "") for one in run.pieces if isinstance(one, int))
            lines.append((face, run.size, text, run.x, run.y))
    return lines


def page_of(file: PdfFile) -> dict[str, Value]:
    """The only page."""
    pages = file.dictionary(file.catalog.get("Pages"))
    kids = file.array(pages.get("Kids"))
    return file.dictionary(kids[0] if kids else None)


def faces_of(file: PdfFile) -> dict[str, Face]:
    """The faces of the only page that have a whole alphabet, by the name its content uses."""
    resources = file.dictionary(page_of(file).get("Resources"))
    found = {}
    for name, reference in file.dictionary(resources.get("Font")).items():
        font = file.dictionary(reference)
        base = font.get("BaseFont")
        match = _NAME.fullmatch(base) if isinstance(base, Name) else None
        if match is not None and match[1] in _STYLES:
            found[name] = _face(file, match[1], font)
    return found


def _face(file: PdfFile, name: str, font: dict[str, Value]) -> Face:
    codes: dict[str, int] = {}
    others: dict[str, int] = {}
    letters = {}
    for code, text in sorted(unicode_map(file.stream(font.get("ToUnicode"))).items()):
        if text in _STYLES[name][3]:
            (others if text in codes else codes)[text] = code
            letters[code] = text
    descendant = file.dictionary(file.array(font.get("DescendantFonts"))[0])
    return Face(name, codes, others, _widths(file.array(descendant.get("W"))), letters)


def _widths(array: list[Value]) -> dict[int, float]:
    """ISO 32000-1, section 9.7.4.3, in the one form that typst writes: first, last, width."""
    widths: dict[int, float] = {}
    for first, last, width in zip(array[::3], array[1::3], array[2::3], strict=True):
        if not (isinstance(first, int) and isinstance(last, int)):
            raise malformed()
        for code in range(first, last + 1):
            widths[code] = _number(width)
    return widths


def _number(value: Value) -> float:
    if not isinstance(value, int | float):
        raise malformed()
    return float(value)


def _line(name: str, text: str) -> dict[str, str | int]:
    font, weight, style, _ = _STYLES[name]
    return {"font": font, "weight": weight, "style": style, "text": text}
