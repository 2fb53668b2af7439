"""The fields of the French 2D-Doc, document type B0 (diplomas), and the letters they are made of.

France Titres' specification of the 2D-Doc, "justificatifs académiques": identifiers B0 to BJ.
Lengths and letters were compared with version 3.1.3, as two public readers transcribe it.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from vault_core.api import Subject

_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O"}
    | {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th", "ı": "i"}
)
_KEPT = 512
"""Texts whose letters were looked at lately: series and towns come again and again."""
_TEXT, _LETTERS = r"[A-Z0-9 ]*", r"[A-Z ]*"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its longest length, its shortest, and what its whole value has to match.

    A field whose two lengths are equal is never followed by GS.
    """

    longest: int
    shortest: int
    pattern: str
    free: bool = False
    """Free text: transliterated, and cut at its longest length."""

    def fits(self, value: str) -> bool:
        return (
            self.shortest <= len(value) <= self.longest
            and re.fullmatch(self.pattern, value) is not None
        )


def _text(longest: int, pattern: str = _TEXT) -> Field:
    return Field(longest, 0, pattern, free=True)


def _fixed(length: int, pattern: str) -> Field:
    return Field(length, length, pattern)


FIELDS: Mapping[str, Field] = {
    "B0": _text(60, r"[A-Z /]*"),
    "B1": _text(20, _LETTERS),
    "B2": _text(38, _LETTERS),
    "B3": _text(38, _LETTERS),
    "B5": _fixed(2, r"[A-Z]{2}"),
    "B6": _fixed(1, r"[MFX]"),
    "B7": _fixed(8, r"[0-3][0-9][01][0-9][12][0-9]{3}"),
    "B8": _text(32),
    "B9": _fixed(2, r"[A-Z]{2}"),
    "BA": _fixed(1, r"[0-6]"),
    "BB": Field(50, 0, _TEXT),
    "BC": Field(20, 0, _TEXT),
    "BD": _fixed(1, r"[1-8]"),
    "BE": _fixed(3, r"[0-9]{3}"),
    "BF": _fixed(3, r"[0-9A-F]{3}"),
    "BG": _fixed(2, r"[A-Z]{2}"),
    "BH": _text(30),
    "BI": _text(30),
    "BJ": _text(30),
}
MANDATORY = ("B2", "B6", "B7", "B9", "BD", "BG", "BH", "BI", "BJ")
"""Besides these, one of B0 (all given names) and B1 (the first one)."""


@lru_cache(maxsize=_KEPT)
def transliterate(text: str) -> str:
    """`text` in A-Z, 0-9 and single spaces: accents dropped, anything else a space."""
    bare = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    plain = "".join(letter for letter in bare if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^A-Z0-9]+", " ", plain.upper()).split())


def field_value(identifier: str, text: str) -> str:
    """`text` as the field holds it: free text is transliterated and cut, the rest is kept."""
    field = FIELDS.get(identifier)
    if field is None or not field.free:
        return text.strip().upper()
    if identifier != "B0":
        plain = transliterate(text)
        letters = re.sub(r" *[0-9]+ *", " ", plain) if field.pattern == _LETTERS else plain
        return letters.strip()[: field.longest].rstrip()
    return _given_names(tuple(text.split("/")))


def subject_fields(subject: Subject) -> dict[str, str]:
    """What a 2D-Doc says of the person: names, birth date and, where known, gender."""
    fields = {
        "B0": _given_names(subject.given_names),
        "B2": field_value("B2", subject.family_name),
        "B7": date_value(subject.birth_date),
    }
    if subject.gender:
        fields["B6"] = subject.gender
    return fields


def date_value(date: dt.date) -> str:
    """A date as DDMMYYYY."""
    return f"{date.day:02}{date.month:02}{date.year:04}"


def _given_names(names: tuple[str, ...]) -> str:
    """Names joined by '/', as many whole ones as fit; a first one too long is cut."""
    longest = FIELDS["B0"].longest
    joined = ""
    for name in names:
        plain = re.sub(r"[0-9]", "", transliterate(name)).strip()
        longer = f"{joined}/{plain}" if joined else plain[:longest]
        if not plain or len(longer) > longest:
            continue
        joined = longer
    return joined
