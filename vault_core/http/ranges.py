"""Byte ranges (RFC 9110 section 14): one, several, or none that can be sent."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_RANGES: Final = 64
"""Asked for at once; more is an attack (RFC 9110 section 17.15) and answered with 416."""
GAP: Final = 128
"""Ranges nearer than this many bytes are sent as one: a part's head is about as long."""

_RANGE = re.compile(r"\s*(\d{1,19})?\s*-\s*(\d{1,19})?\s*")


@dataclass(frozen=True, slots=True)
class ByteRange:
    """`length` bytes from `start`; never empty, never beyond the end."""

    start: int
    length: int

    @property
    def end(self) -> int:
        """The offset after the last byte."""
        return self.start + self.length


def parse(text: str, size: int) -> tuple[ByteRange, ...] | None:
    """The ranges of a Range field that can be sent from `size` bytes.

    None means that the field is to be ignored (another unit, or malformed: section 14.2), an empty
    tuple that nothing of it can be sent (416). Overlapping and close ranges are joined, so that the
    answer is never much longer than the document.
    """
    unit, equals, listed = text.partition("=")
    if not equals or unit.strip().lower() != "bytes":
        return None
    specs = [spec for spec in listed.split(",") if spec.strip()]
    if len(specs) > MAX_RANGES:
        return ()
    found: list[ByteRange] = []
    for spec in specs:
        match = _RANGE.fullmatch(spec)
        if match is None or (match[1] is None and match[2] is None):
            return None
        if match[1] and match[2] and int(match[2]) < int(match[1]):
            return None
        if (part := _resolved(match[1], match[2], size)) is not None:
            found.append(part)
    return _joined(found) if specs else None


def _resolved(first: str | None, last: str | None, size: int) -> ByteRange | None:
    if first is None:
        length = min(int(last or 0), size)
        return ByteRange(size - length, length) if length else None
    start = int(first)
    end = size if last is None else min(int(last) + 1, size)
    return ByteRange(start, end - start) if start < end else None


def _joined(ranges: list[ByteRange]) -> tuple[ByteRange, ...]:
    """In ascending order once any two are joined; as asked for otherwise."""
    ordered = sorted(ranges, key=lambda part: part.start)
    joined: list[ByteRange] = []
    for part in ordered:
        if joined and part.start <= joined[-1].end + GAP:
            start = joined[-1].start
            joined[-1] = ByteRange(start, max(joined[-1].end, part.end) - start)
        else:
            joined.append(part)
    return tuple(ranges if len(joined) == len(ranges) else joined)
