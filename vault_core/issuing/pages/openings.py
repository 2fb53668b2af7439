"""Which texts of a page differ from one certificate to the next, and what stands in for them.

A blank is set by typst with a probe in each such place: a word that is nowhere else, as wide as
need be. Whatever else the page says is the blank's own, and tells blanks apart.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence, Set
from typing import Any

import orjson

LONGEST = 80
"""Characters. What is longer may take two lines, and stays the blank's own."""
LONGEST_BROKEN = 240
"""Characters of a text that may go on in further lines."""
MOST_LINES = 6
MARK = "Qz"
"""How a probe begins: two letters that no French or English word has."""
_PAIRS = ("subtitle", "distinction", "birth", "statement", "awarded")
_SINGLES = ("certificate", "code", "url-shown", "name")
_UNSEEN = ("record", "subject")
_LINES = "abcdef"

Shown = dict[str, Any]
"""What the template is given: `vault_core.issuing.pages.rendering.view`."""
_Place = tuple[dict[str, str], tuple[str, ...], bool]
"""A dictionary, the keys that hold the same text in it, and whether it may take several lines."""


def opened(shown: Shown, closed: Set[str]) -> tuple[str, list[str]]:
    """What all pages of a kind have in common, and the texts that differ, in order.

    What is `closed` is no opening. The view is used up: it holds probes afterwards. The record
    itself counts only if the document type's template looks at it.
    """
    name, texts = shown["name"], []
    for number, (holder, keys, _) in enumerate(list(_places(shown, closed))):
        texts.append(holder[keys[0]])
        _fill(holder, keys, probe_text(number, 0))
    _name(shown, name)
    for key in _UNSEEN:
        if key not in shown["body"]:
            del shown[key]
    return orjson.dumps(shown).decode(), texts


def breakable(shown: Shown, closed: Set[str]) -> frozenset[int]:
    """The openings whose texts may go on in further lines: values that stand by themselves."""
    places = enumerate(_places(shown, closed))
    return frozenset(number for number, (_, _, breaks) in places if breaks)


def probed(shown: Shown, texts: Sequence[str], closed: Set[str]) -> Shown:
    """The view with these texts in its openings."""
    copied = copy.deepcopy(shown)
    for number, (holder, keys, _) in enumerate(list(_places(copied, closed))):
        _fill(holder, keys, texts[number])
    _name(copied, shown["name"])
    return copied


def probe_text(number: int, padding: int, lines: int = 1) -> str:
    """What stands in for an opening that takes so many lines."""
    return "".join(probe(number, padding, line, lines) for line in range(lines))


def probe(number: int, padding: int, line: int = 0, lines: int = 1) -> str:
    """One line of it: two words if it is the only one, so that it wraps where any text might.

    Of several lines each is one word, with the space that stands at its end.
    """
    if lines == 1:
        return f"{MARK}{number:03}" + (f" {'n' * padding}" if padding else "")
    return f"{MARK}{number:03}{_LINES[line]}{'n' * padding}" + " " * (line < lines - 1)


def probed_line(text: str) -> tuple[int, int] | None:
    """The opening whose probe this is, and which of its lines."""
    digits, more = text.removeprefix(MARK)[:3], text[len(MARK) + 3 :][:1]
    if not (text.startswith(MARK) and digits.isdecimal()):
        return None
    return int(digits), max(_LINES.find(more), 0) if more else 0


def _fill(holder: dict[str, str], keys: Sequence[str], text: str) -> None:
    for key in keys:
        holder[key] = text


def _name(shown: Shown, before: str) -> None:
    if shown["name"] != before:
        shown["heading"] = shown["heading"].removesuffix(before) + shown["name"]


def _places(shown: Shown, closed: Set[str]) -> Iterator[_Place]:
    for place in _all_places(shown):
        text = place[0][place[1][0]]
        longest = LONGEST_BROKEN if place[2] else LONGEST
        if 0 < len(text) <= longest and text not in closed:
            yield place


def _all_places(shown: Shown) -> Iterator[_Place]:
    for key in _SINGLES:
        yield shown, (key,), False
    for key in _PAIRS:
        yield from _pair(shown[key], False)
    for fact in shown["facts"]:
        yield from _pair(fact["value"], True)
        yield fact, ("gauge",), False


def _pair(pair: dict[str, str], breaks: bool) -> Iterator[_Place]:
    if pair["fr"] == pair["en"]:
        yield pair, ("fr", "en"), breaks
    else:
        yield pair, ("fr",), breaks
        yield pair, ("en",), breaks
