"""Names as offices write them, brought into forms that can be compared. Pure functions."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Iterator

_PLAIN_LETTERS = str.maketrans(
    {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ð": "d", "þ": "th"}
)
"""Letters that offices write in two ways and that Unicode does not take apart."""
PARTICLES = frozenset(
    [
        "de",
        "du",
        "des",
        "d",
        "la",
        "le",
        "les",
        "l",
        "da",
        "di",
        "do",
        "dos",
        "das",
        "del",
        "della",
        "von",
        "van",
        "der",
        "den",
        "ter",
        "zu",
        "zur",
        "ben",
        "ibn",
        "el",
        "al",
    ]
)
_WORDS = re.compile(r"[^\W_]+")
_UNITS = re.compile(r"[\s,;]+")


def plain(text: str) -> str:
    """Letters and digits without accents and case, nothing between them."""
    letters = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN_LETTERS)
    return "".join(letter for letter in letters if letter.isalnum())


def words(text: str) -> tuple[str, ...]:
    """Every word of a name, plain: `de La Fontaine-Müller` is de, la, fontaine, muller."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return tuple(plain(word) for word in _WORDS.findall(bare))


def core(text: str) -> tuple[str, ...]:
    """The words of a family name without its particles; all of them if it has no others."""
    found = words(text)
    return tuple(word for word in found if word not in PARTICLES) or found


def units(text: str) -> tuple[str, ...]:
    """Given names one by one, plain; a hyphen joins two into one, as the law does."""
    return tuple(filter(None, (plain(unit) for unit in _UNITS.split(text.strip()))))


def matching_name(family: str, given: str, birth: dt.date) -> str:
    """Names without accents, case, spaces and punctuation, and the birth date."""
    first = units(given)
    return f"{plain(family)}|{first[0] if first else ''}|{birth.isoformat()}"


def search_keys(families: Iterable[str], given: str, birth: dt.date | None) -> Iterator[str]:
    """What somebody may be found by when a file writes them otherwise than the register does.

    The birth date alone, and first given name with each family name, in either order.
    """
    if birth is not None:
        yield f"b|{birth.isoformat()}"
    first = next(iter(units(given)), "")
    for family in families:
        if family and first:
            yield "n|" + "|".join(sorted(("".join(core(family)), first)))


def distance(one: str, other: str, most: int = 3) -> int:
    """Letters to change, add, drop or swap with a neighbour; `most` stands for anything beyond."""
    if abs(len(one) - len(other)) >= most:
        return most
    before: list[int] = []
    previous = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        current = [i]
        for j, b in enumerate(other, 1):
            cost = min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            current.append(cost)
        before, previous = previous, current
    return min(previous[-1], most)
