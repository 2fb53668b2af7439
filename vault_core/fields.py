"""How one value of an issuer's file reads: dates, numbers, names and identifiers.

Pure functions for plugin authors. Each takes the text of one cell and either gives the value or
raises ValueError with a `Reason`, in French and English, that says what is wrong with the value
and what is expected; `vault_core.form` collects those per row.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal

from vault_core.api import Reason

LONGEST = 200
"""Characters that one value may have."""

MONTHS = (
    ("janvier", "January"),
    ("février", "February"),
    ("mars", "March"),
    ("avril", "April"),
    ("mai", "May"),
    ("juin", "June"),
    ("juillet", "July"),
    ("août", "August"),
    ("septembre", "September"),
    ("octobre", "October"),
    ("novembre", "November"),
    ("décembre", "December"),
)

_NUMERIC = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?", re.ASCII)
_WORDS = re.compile(
    r"(\d{1,2})(?:er|st|nd|rd|th)? +([^\W\d_]+)\.? +(\d{4})", re.ASCII | re.IGNORECASE
)
_DECIMAL = re.compile(r"\d{1,9}(?:[.,]\d{1,6})?", re.ASCII)
_INE = re.compile(r"\d{10}[A-Z]|\d{9}[A-Z]{2}|[0-9A-Z]{10}\d", re.ASCII)
_UAI = re.compile(r"(\d{7})([A-Z])", re.ASCII)
_UAI_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_NAME = re.compile(r"[^\W\d_](?:[^\W\d_]|[ .'’\-]|[\u0300-\u036f])*")
_LIGATURES = str.maketrans(
    {"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "ß": "ss", "ø": "o", "Ø": "O"}
)


def strip_accents(text: str) -> str:
    """The same letters without accents, ligatures taken apart: `Cœur d'Été` → `Coeur d'Ete`."""
    parts = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(part for part in parts if not unicodedata.combining(part))


def fold(text: str) -> str:
    """What two spellings are compared by: letters and digits only, no accents, no case."""
    return "".join(filter(str.isalnum, strip_accents(text).casefold()))


_MONTH_NUMBERS = {fold(name): number for number, names in enumerate(MONTHS, 1) for name in names}


def clean(text: str) -> str:
    """NFC, without outer spaces, inner runs of white space (also no-break) made one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def line(text: str, longest: int = LONGEST) -> str:
    """One line of printable text, cleaned. Raises ValueError for controls and excess length."""
    value = clean(text)
    if len(value) > longest:
        raise ValueError(
            Reason(
                f"a {len(value)} caractères, pour {longest} au plus",
                f"has {len(value)} characters, at most {longest} are allowed",
            )
        )
    if not value.isprintable():
        raise ValueError(
            Reason(
                "contient des caractères non imprimables", "holds characters that cannot be printed"
            )
        )
    if "\ufffd" in value:
        raise ValueError(
            Reason(
                "contient des octets illisibles : vérifiez l'encodage du fichier",
                "holds bytes that are no character: check the file's encoding",
            )
        )
    return value


def name(text: str) -> str:
    """A person's name: letters of any script, spaces, hyphens, apostrophes and full stops."""
    value = line(text, 100)
    if not _NAME.fullmatch(value):
        raise ValueError(
            Reason(
                "n'est pas un nom : des lettres, espaces, traits d'union et apostrophes",
                "is not a name: letters, spaces, hyphens and apostrophes are",
            )
        )
    return value


def given_names(text: str) -> tuple[str, ...]:
    """Given names in order, separated by commas, or by spaces where there is no comma."""
    parts = text.split(",") if "," in text else text.split()
    names = tuple(name(part) for part in parts if part.strip())
    if not names:
        raise ValueError(Reason("ne contient aucun nom", "holds no name"))
    return names


def parse_date(text: str) -> dt.date:
    """`03/07/2026`, `3.7.2026`, `2026-07-03`, `3 juillet 2026`, `1er mai 2026`, `3 July 2026`.

    Days come before months, as French files write them; two-digit years are refused.
    """
    value = clean(text)
    if match := _NUMERIC.fullmatch(value):
        day, month, year = (int(part) for part in match.groups())
    elif match := _ISO.fullmatch(value):
        year, month, day = (int(part) for part in match.groups())
    elif (match := _WORDS.fullmatch(strip_accents(value))) and fold(match[2]) in _MONTH_NUMBERS:
        day, month, year = int(match[1]), _MONTH_NUMBERS[fold(match[2])], int(match[3])
    else:
        raise ValueError(
            Reason(
                "n'est pas une date : écrivez 03/07/2026 ou 2026-07-03",
                "is not a date: write 03/07/2026 or 2026-07-03",
            )
        )
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(
            Reason(
                "est une date qui n'existe pas au calendrier",
                "is a date that the calendar does not have",
            )
        ) from None


def date_fr(date: dt.date) -> str:
    """`1er mai 2026`."""
    return f"{'1er' if date.day == 1 else date.day} {MONTHS[date.month - 1][0]} {date.year}"


def date_en(date: dt.date) -> str:
    """`1 May 2026`."""
    return f"{date.day} {MONTHS[date.month - 1][1]} {date.year}"


def parse_decimal(text: str, low: Decimal, high: Decimal, places: int = 2) -> Decimal:
    """A number with comma or point, from `low` to `high`, of at most `places` decimals.

    A scale may follow if it is `high`: `14,25/20` where `high` is 20.
    """
    value, _, scale = clean(text).replace(" ", "").partition("/")
    if not _DECIMAL.fullmatch(value) or (scale and scale != f"{high:f}"):
        raise ValueError(
            Reason(
                f"n'est pas un nombre de {low} à {high}", f"is not a number from {low} to {high}"
            )
        )
    number = Decimal(value.replace(",", "."))
    if not low <= number <= high:
        raise ValueError(
            Reason(f"n'est pas entre {low} et {high}", f"is not between {low} and {high}")
        )
    if number != round(number, places):
        raise ValueError(
            Reason(f"a plus de {places} décimales", f"has more than {places} decimals")
        )
    return number


def parse_integer(text: str, low: int, high: int) -> int:
    """A whole number from `low` to `high`; `12,0` and `12/20` (with `high` 20) are 12."""
    return int(parse_decimal(text, Decimal(low), Decimal(high), 0))


def ine(text: str) -> str:
    """A French national student number: 11 characters, spaces and case put right.

    Schools write ten digits and a letter (BEA, before 2018) or nine digits and two letters
    (RNIE); universities ten letters or digits and a digit. How the last characters check the
    others is not public, so only the shape is checked.
    """
    value = clean(text).replace(" ", "").upper()
    if not _INE.fullmatch(value):
        raise ValueError(
            Reason(
                "n'est pas un INE : il a 11 caractères, comme 123456789AB ou 1234567890A",
                "is not an INE: it has 11 characters, such as 123456789AB or 1234567890A",
            )
        )
    return value


def uai(text: str) -> str:
    """The number of a French school: seven digits and the letter that checks them."""
    value = clean(text).replace(" ", "").upper()
    match = _UAI.fullmatch(value)
    if not match:
        raise ValueError(
            Reason(
                "n'est pas un numéro UAI : sept chiffres et une lettre, comme 0750655E",
                "is not a school's UAI number: seven digits and a letter, as 0750655E",
            )
        )
    expected = _UAI_LETTERS[int(match[1]) % len(_UAI_LETTERS)]
    if match[2] != expected:
        raise ValueError(
            Reason(
                f"a une lettre de contrôle fausse : {match[1]} finit par {expected}",
                f"has the wrong check letter: {match[1]} ends in {expected}",
            )
        )
    return value
