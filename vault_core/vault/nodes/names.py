"""Names of nodes, and the paths made of them."""

from __future__ import annotations

import unicodedata

from vault_core.errors import InvalidName

Path = tuple[str, ...]
"""From the vault's root down; `()` is the root. Every part went through `normalise`."""

MAX_BYTES = 255
"""What ext4, APFS and NTFS can hold, so that every document can be carried away."""
MAX_DEPTH = 256

_REFUSED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-()")


def normalise(name: str) -> str:
    """The name as it is stored: Unicode NFC, otherwise as it was given.

    Raises InvalidName for an empty or over-long name (255 bytes of UTF-8), for `.` and `..`, and
    for what no file system or no reader can take: `/`, NUL and other control characters, lone
    surrogates, and the invisible marks that reverse the reading direction.
    """
    if not (name.isascii() and _PLAIN.issuperset(name)):
        name = unicodedata.normalize("NFC", name)
        _refuse_characters(name)
    if name in ("", ".", ".."):
        raise InvalidName("A name cannot be empty, '.' or '..'.")
    if len(name) > MAX_BYTES or len(name.encode()) > MAX_BYTES:
        raise InvalidName(f"The name is longer than {MAX_BYTES} bytes; shorten it.")
    return name


def _refuse_characters(name: str) -> None:
    for character in name:
        if character == "/" or unicodedata.category(character) in _REFUSED_CATEGORIES:
            raise InvalidName(f"A name cannot hold the character U+{ord(character):04X}.")
        if character in _BIDI:
            raise InvalidName(
                f"A name cannot hold the invisible direction mark U+{ord(character):04X}."
            )


def numbered(name: str, number: int) -> str:
    """`report.pdf` as `report (2).pdf`, shortened where it would be too long."""
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 16:
        stem, dot, extension = name, "", ""
    tail = f" ({number}){dot}{extension}"
    while len((stem + tail).encode()) > MAX_BYTES:
        stem = stem[:-1]
    return stem + tail


def under(path: Path, folder: Path) -> bool:
    """Whether `path` is `folder` or lies below it."""
    return path[: len(folder)] == folder
