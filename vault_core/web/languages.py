"""Which language a page is in, and its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import hdrs, web

from vault_core.api import Language
from vault_core.web.messages import CATALOGUES

COOKIE: Final = "language"
NAMES: Final[dict[Language, str]] = {"fr": "Français", "en": "English"}


def chosen(request: web.BaseRequest, offered: Sequence[Language]) -> Language:
    """The cookie's language, else the browser's preferred one, else the institution's first."""
    wanted = request.cookies.get(COOKIE)
    for language in offered:
        if language == wanted:
            return language
    for tag in _preferred(request.headers.get(hdrs.ACCEPT_LANGUAGE, "")):
        for language in offered:
            if tag == language:
                return language
    return offered[0]


def _preferred(field: str) -> list[str]:
    """Primary language tags of an Accept-Language field, the most wanted first."""
    weighed: list[tuple[float, str]] = []
    for item in field[:500].split(","):
        tag, _, parameters = item.partition(";")
        _, _, quality = parameters.partition("q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        weighed.append((weight, tag.strip().lower().partition("-")[0]))
    return [tag for weight, tag in sorted(weighed, key=lambda pair: -pair[0]) if weight > 0]


def message(language: Language, key: str, **values: Any) -> str:
    """The sentence of that key; KeyError if there is none, so that no test passes over it."""
    text = CATALOGUES[language][key]
    return text.format(**values) if values else text


def counted(language: Language, key: str, count: int, **values: Any) -> str:
    """The sentence `key.one` or `key.many`: French says one for zero, English does not."""
    one = count < 2 if language == "fr" else count == 1
    return message(language, f"{key}.{'one' if one else 'many'}", count=count, **values)
