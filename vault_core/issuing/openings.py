"""Which texts of a page differ from one certificate to the next, and what stands in for them.

A blank is set by typst with a probe in each such place: a word that is nowhere else, as wide as
need be. Whatever else the page says is the blank's own, and tells blanks apart.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence, Set
from typing import Any

LONGEST = 80
"""Characters. What is longer may take two lines, and stays the blank's own."""
MARK = "Qz"
"""How a probe begins: two letters that no French or English word has."""
_PAIRS = ("subtitle", "distinction", "birth", "statement", "awarded")
_SINGLES = ("certificate", "code", "url-shown", "name")
_UNSEEN = ("record", "subject")

Shown = dict[str, Any]
"""What the template is given: `vault_core.issuing.rendering.view`."""
_Place = tuple[dict[str, str], tuple[str, ...]]
"""A dictionary, and the keys that hold the same text in it."""


def opened(shown: Shown, closed: Set[str]) -> tuple[str, list[str]]:
    """What all pages of a kind have in common, and the texts that differ, in order.

    What is `closed` is no opening. The view is used up: it holds probes afterwards. The record
    itself counts only if the document type's template looks at it.
    """
    name, texts = shown["name"], []
    for number, (holder, keys) in enumerate(list(_places(shown, closed))):
        texts.append(holder[keys[0]])
        _fill(holder, keys, probe(number, 0))
    _name(shown, name)
    for key in _UNSEEN:
        if key not in shown["body"]:
            del shown[key]
    return json.dumps(shown, ensure_ascii=False), texts


def probed(shown: Shown, padding: Sequence[int], closed: Set[str]) -> Shown:
    """The view with a probe in each opening, so many letters longer than the shortest."""
    copied = copy.deepcopy(shown)
    for number, (holder, keys) in enumerate(list(_places(copied, closed))):
        _fill(holder, keys, probe(number, padding[number]))
    _name(copied, shown["name"])
    return copied


def probe(number: int, padding: int) -> str:
    """What stands in for an opening: two words, so that it wraps where any text might."""
    return f"{MARK}{number:03}" + (f" {'n' * padding}" if padding else "")


def probed_number(text: str) -> int | None:
    """The opening whose probe this is."""
    digits = text.removeprefix(MARK)[:3]
    return int(digits) if text.startswith(MARK) and digits.isdecimal() else None


def _fill(holder: dict[str, str], keys: Sequence[str], text: str) -> None:
    for key in keys:
        holder[key] = text


def _name(shown: Shown, before: str) -> None:
    if shown["name"] != before:
        shown["heading"] = shown["heading"].removesuffix(before) + shown["name"]


def _places(shown: Shown, closed: Set[str]) -> Iterator[_Place]:
    for holder, keys in _all_places(shown):
        if 0 < len(holder[keys[0]]) <= LONGEST and holder[keys[0]] not in closed:
            yield holder, keys


def _all_places(shown: Shown) -> Iterator[_Place]:
    for key in _SINGLES:
        yield shown, (key,)
    for key in _PAIRS:
        yield from _pair(shown[key])
    for fact in shown["facts"]:
        yield from _pair(fact["value"])
        yield fact, ("gauge",)


def _pair(pair: dict[str, str]) -> Iterator[_Place]:
    if pair["fr"] == pair["en"]:
        yield pair, ("fr", "en")
    else:
        yield pair, ("fr",)
        yield pair, ("en",)
