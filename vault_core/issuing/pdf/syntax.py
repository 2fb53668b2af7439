"""The objects of PDF as far as a certificate needs them (ISO 32000-1, section 7.3), read safely.

Untrusted bytes: the nesting is bounded, every number has few digits, nothing is decoded but
names and strings. A stream's bytes are cut out by its /Length, never searched for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vault_core.errors import CertificateRefused
from vault_core.issuing.faults import Fault, refused

_DEEPEST = 32
_SPACE = re.compile(rb"(?:[\0\t\n\f\r ]|%[^\r\n]*)*")
_REFERENCE = re.compile(
    rb"(\d{1,8})[\0\t\n\f\r ]+(\d{1,5})[\0\t\n\f\r ]+R(?![^\0\t\n\f\r ()<>\[\]{}/%])"
)
_NUMBER = re.compile(rb"[+-]?(?:\d{1,12}\.?\d{0,12}|\.\d{1,12})")
_NAME = re.compile(rb"/([^\0\t\n\f\r ()<>\[\]{}/%]{0,127})")
_WORD = re.compile(rb"true|false|null")
_HEX = re.compile(rb"<([0-9A-Fa-f\0\t\n\f\r ]*)>")
_PLAIN = re.compile(rb"(?:[^()\\]|\\.)++", re.DOTALL)
"""Of a literal string: what holds no parenthesis of its own, escapes among it."""
_ESCAPE = re.compile(rb"\\(?:([0-7]{1,3})|\r\n|.)", re.DOTALL)
_ESCAPED = {
    **{b"\\%03o" % value: bytes([value & 255]) for value in range(512)},
    b"\\n": b"\n",
    b"\\r": b"\r",
    b"\\t": b"\t",
    b"\\b": b"\b",
    b"\\f": b"\f",
    **dict.fromkeys((b"\\\n", b"\\\r", b"\\\r\n"), b""),
}
"""Escapes (section 7.3.4.2) that stand for something else than the letter after the backslash."""
_WORDS: dict[bytes, bool | None] = {b"true": True, b"false": False, b"null": None}


class Name(str):
    """A PDF name, without its slash."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """An indirect reference: object number and generation."""

    number: int
    generation: int


Value = bool | int | float | bytes | Name | Reference | list["Value"] | dict[str, "Value"] | None
"""A PDF object; strings are bytes."""


def malformed() -> CertificateRefused:
    """The one error of bytes that are no PDF, or not one like those sealed here."""
    return refused(Fault.DAMAGED)


def skip_space(data: bytes, at: int) -> int:
    """The offset of the next token: past white space and comments."""
    match = _SPACE.match(data, at)
    return match.end() if match else at


def read_value(data: bytes, at: int, depth: int = 0) -> tuple[Value, int]:
    """The object that begins at `at`, and the offset after it. Raises VerificationFailed."""
    at = skip_space(data, at)
    if depth > _DEEPEST:
        raise malformed()
    start = data[at : at + 2]
    if start == b"<<":
        return _dictionary(data, at + 2, depth)
    if start[:1] == b"[":
        return _array(data, at + 1, depth)
    if start[:1] == b"(":
        return _literal(data, at + 1)
    return _scalar(data, at)


def read_dictionary(data: bytes, at: int) -> tuple[dict[str, Value], int]:
    """The dictionary at `at`, and the offset after it. Raises VerificationFailed."""
    value, end = read_value(data, at)
    if not isinstance(value, dict):
        raise malformed()
    return value, end


def text_string(value: bytes) -> str:
    """A text string (section 7.9.2.2): UTF-16BE with a mark, UTF-8 with a mark, else Latin."""
    if value.startswith(b"\xfe\xff"):
        return value[2:].decode("utf-16-be", "replace")
    if value.startswith(b"\xef\xbb\xbf"):
        return value[3:].decode("utf-8", "replace")
    return value.decode("latin-1")


def _scalar(data: bytes, at: int) -> tuple[Value, int]:
    if match := _NAME.match(data, at):
        return Name(match[1].decode("latin-1")), match.end()
    if match := _HEX.match(data, at):
        digits = match[1].translate(None, b"\0\t\n\f\r ")
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("ascii")), match.end()
    if match := _REFERENCE.match(data, at):
        return Reference(int(match[1]), int(match[2])), match.end()
    if match := _NUMBER.match(data, at):
        text = match[0]
        return (float(text) if b"." in text else int(text)), match.end()
    if match := _WORD.match(data, at):
        return _WORDS[match[0]], match.end()
    raise malformed()


def _array(data: bytes, at: int, depth: int) -> tuple[list[Value], int]:
    values: list[Value] = []
    at = skip_space(data, at)
    while data[at : at + 1] != b"]":
        value, at = read_value(data, at, depth + 1)
        values.append(value)
        at = skip_space(data, at)
    return values, at + 1


def _dictionary(data: bytes, at: int, depth: int) -> tuple[dict[str, Value], int]:
    entries: dict[str, Value] = {}
    at = skip_space(data, at)
    while data[at : at + 2] != b">>":
        match = _NAME.match(data, at)
        if match is None:
            raise malformed()
        key = match[1].decode("latin-1")
        if key in entries:
            raise malformed()
        entries[key], at = read_value(data, match.end(), depth + 1)
        at = skip_space(data, at)
    return entries, at + 2


def _literal(data: bytes, at: int) -> tuple[bytes, int]:
    """A literal string; `at` is after its opening parenthesis (section 7.3.4.2)."""
    parts: list[bytes] = []
    open_parentheses = 1
    while True:
        if plain := _PLAIN.match(data, at):
            parts.append(_unescaped(plain[0]))
            at = plain.end()
        letter = data[at : at + 1]
        if letter not in (b"(", b")"):
            raise malformed()
        open_parentheses += (letter == b"(") - (letter == b")")
        at += 1
        if not open_parentheses:
            return b"".join(parts), at
        parts.append(letter)


def _unescaped(part: bytes) -> bytes:
    return _ESCAPE.sub(_meant, part) if b"\\" in part else part


def _meant(escape: re.Match[bytes]) -> bytes:
    found = _ESCAPED.get(escape[0])
    if found is not None:
        return found
    return bytes([int(escape[1], 8)]) if escape[1] else escape[0][1:]
