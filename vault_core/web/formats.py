"""Sizes and times as readers of a language write them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Final

from vault_core.api import Language
from vault_core.vault.overview import QUARTER

_UNITS: Final = {"fr": ("o", "ko", "Mo", "Go", "To"), "en": ("B", "kB", "MB", "GB", "TB")}
_MONTHS: Final = {
    "fr": (
        "janvier", "février", "mars", "avril", "mai", "juin", "juillet",
        "août", "septembre", "octobre", "novembre", "décembre",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July",
        "August", "September", "October", "November", "December",
    ),
}  # fmt: skip
_NO_TIME: Final = (ValueError, OverflowError, OSError)
"""What Python raises for a time beyond its calendar, which a damaged row may hold."""
_UNREADABLE: Final = {"fr": "date illisible", "en": "unreadable date"}
_NARROW: Final = "\u202f"
_HARD: Final = "\u00a0"


@lru_cache(4096)
def size(count: int, language: Language) -> str:
    """Bytes in powers of 1000: `1,2 Mo`, `1.2 MB`."""
    units, value = _UNITS[language], float(count)
    for unit in units:
        if value < 999.5 or unit == units[-1]:
            break
        value /= 1000
    digits = 0 if unit == units[0] or value >= 99.95 else 1
    text = f"{value:.{digits}f}"
    if text.endswith(".0"):
        text = text[:-2]
    return f"{text.replace('.', ',') if language == 'fr' else text}{_HARD}{unit}"


def number(count: int, language: Language) -> str:
    """`12 345` in French, `12,345` in English."""
    return f"{count:,}".replace(",", _NARROW) if language == "fr" else f"{count:,}"


def day(milliseconds: int, language: Language) -> str:
    """The date, in the server's time zone: `1er juin 2025`, `1 June 2025`."""
    try:
        return _quarter(milliseconds // QUARTER, language)[0]
    except _NO_TIME:
        return _UNREADABLE[language]


@lru_cache(4096)
def _quarter(number: int, language: Language) -> tuple[str, str, int]:
    """Of a quarter of an hour since the epoch: its day, its hour `14:`, and its first minute."""
    at = dt.datetime.fromtimestamp(number * QUARTER / 1000).astimezone()
    return _day(at.date(), language), f"{at:%H}:", at.minute


def _day(date: dt.date, language: Language) -> str:
    first = "1er" if language == "fr" and date.day == 1 else str(date.day)
    return f"{first}{_HARD}{_MONTHS[language][date.month - 1]}{_HARD}{date.year}"


def moment(milliseconds: int, language: Language) -> str:
    """Date and time, in the server's time zone: `12 juin 2025 à 14:05`."""
    number, within = divmod(milliseconds, QUARTER)
    try:
        day, hour, minute = _quarter(number, language)
    except _NO_TIME:
        return _UNREADABLE[language]
    joined = " à " if language == "fr" else " at "
    return f"{day}{joined}{hour}{minute + within // 60_000:02}"


def written(date: str, language: Language) -> str:
    """A date in ISO 8601 as readers write it; anything else as it is."""
    try:
        return _day(dt.date.fromisoformat(date), language)
    except ValueError:
        return date


def machine(milliseconds: int) -> str:
    """ISO 8601 in UTC, for `<time datetime>`; empty for what is no time of a calendar."""
    try:
        at = dt.datetime.fromtimestamp(milliseconds // 1000, dt.UTC)
    except _NO_TIME:
        return ""
    return at.isoformat()[:19] + "Z"
