"""ASCII armor of age files and exported keys: strict PEM (RFC 7468 figure 3; C2SP age)."""

from __future__ import annotations

import binascii
from typing import Final

from vault_core.errors import MalformedAge

MAX_ARMOR_SIZE: Final = 16 * 1024 * 1024
"""Armor is for keys and short files; longer text is refused (bytes)."""

_BEGIN: Final = "-----BEGIN AGE ENCRYPTED FILE-----"
_END: Final = "-----END AGE ENCRYPTED FILE-----"
_COLUMNS: Final = 64


def encode(data: bytes) -> str:
    """The armored text of an age file, with LF line ends."""
    text = binascii.b2a_base64(data, newline=False).decode()
    lines = [text[at : at + _COLUMNS] for at in range(0, len(text), _COLUMNS)]
    return "\n".join((_BEGIN, *lines, _END, ""))


def decode(text: str) -> bytes:
    """The age file in the armor; white space around it and CRLF line ends are accepted.

    Raises MalformedAge for anything else that `encode` does not write.
    """
    if len(text) > MAX_ARMOR_SIZE:
        raise MalformedAge("The armored text is too long.")
    lines = text.strip(" \t\r\n").replace("\r\n", "\n").split("\n")
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise MalformedAge("The text is not an armored age file: its first or last line is not.")
    try:
        data = binascii.a2b_base64("".join(lines[1:-1]), strict_mode=True)
    except ValueError:
        raise MalformedAge("The armored text is not base64.") from None
    if encode(data) != "\n".join((*lines, "")):
        raise MalformedAge("The armored text is not in its canonical form.")
    return data
