"""A PDF file of the kind that is issued here: classic cross-reference tables, no encryption.

Reads what sealing and verifying need: objects by number, the catalog, the document information,
attachments. Every bound is stated; what is outside them is refused, not guessed at.
"""

from __future__ import annotations

import binascii
import re
import zlib
from dataclasses import dataclass, field
from typing import Protocol

from vault_core.api import Buffer
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.pdf.syntax import (
    Reference,
    Value,
    malformed,
    read_dictionary,
    read_value,
    text_string,
)

LARGEST = 32 * 1024 * 1024
"""Bytes of the largest file that is read."""
_MOST_OBJECTS = 20_000
_MOST_REVISIONS = 8
_MOST_ATTACHMENTS = 16
_LARGEST_STREAM = 4 * 1024 * 1024
_DEEPEST_NAMES = 8
_START = re.compile(rb"startxref\s{1,2}(\d{1,10})\s{1,2}%%EOF\s{0,2}\Z")
_TABLE = re.compile(rb"xref\s{1,2}")
_SECTION = re.compile(rb"(\d{1,8}) (\d{1,8})\s{1,3}")
_TRAILER = re.compile(rb"\s*trailer\s*")
_OBJECT = re.compile(rb"(\d{1,8}) (\d{1,5}) obj\s*")
_STREAM = re.compile(rb"\s*stream\r?\n")


class Hash(Protocol):
    """One of `hashlib`."""

    def update(self, data: Buffer, /) -> None: ...
    def digest(self) -> bytes: ...
    def copy(self) -> Hash: ...


@dataclass(frozen=True, slots=True)
class Begun:
    """How many bytes at a file's beginning other files have too, and the SHA-256 so far."""

    length: int
    digest: Hash


@dataclass(frozen=True, slots=True)
class PdfFile:
    """An opened file: its bytes, where each object lies, and its newest trailer."""

    data: bytes
    offsets: dict[int, int]
    trailer: dict[str, Value]
    table: int
    """Offset of the newest cross-reference table."""
    read: dict[int, tuple[Value, int]] = field(default_factory=dict, compare=False, repr=False)
    """Objects that were read before, by number, as `object` gives them: not to be altered."""
    begun: Begun | None = field(default=None, compare=False, repr=False)
    """What is known of the beginning by whoever made the file."""

    def resolve(self, value: Value) -> Value:
        """The object behind a reference (one step is enough in these files), or the value."""
        return self.object(value.number)[0] if isinstance(value, Reference) else value

    def object(self, number: int) -> tuple[Value, int]:
        """Object `number` and the offset after its value. Raises VerificationFailed."""
        found = self.read.get(number)
        if found is None:
            found = self.read[number] = read_value(self.data, self.body(number))
        return found

    def body(self, number: int) -> int:
        """Offset of the value of object `number`, after "N G obj"."""
        match = _OBJECT.match(self.data, self.offsets.get(number, len(self.data)))
        if match is None or int(match[1]) != number:
            raise malformed()
        return match.end()

    def dictionary(self, value: Value) -> dict[str, Value]:
        """The dictionary that `value` is or refers to. Raises VerificationFailed."""
        resolved = self.resolve(value)
        if not isinstance(resolved, dict):
            raise malformed()
        return resolved

    def reference(self, value: Value) -> Reference:
        """`value`, which must be a reference. Raises VerificationFailed."""
        if not isinstance(value, Reference):
            raise malformed()
        return value

    def array(self, value: Value) -> list[Value]:
        """The array that `value` is or refers to; None is an empty one."""
        resolved = self.resolve(value)
        if resolved is None:
            return []
        if not isinstance(resolved, list):
            raise malformed()
        return resolved

    def stream(self, value: Value) -> bytes:
        """The decoded bytes of the stream that `value` refers to, up to 4 MiB."""
        reference = self.reference(value)
        header, end = read_dictionary(self.data, self.body(reference.number))
        start = _STREAM.match(self.data, end)
        length = self.resolve(header.get("Length"))
        if start is None or not isinstance(length, int) or not 0 <= length <= _LARGEST_STREAM:
            raise malformed()
        data = self.data[start.end() : start.end() + length]
        kind = self.resolve(header.get("Filter"))
        if kind is None:
            return data
        if kind == "ASCIIHexDecode":
            return _from_digits(data)
        if kind not in ("FlateDecode", ["FlateDecode"]) or "DecodeParms" in header:
            raise malformed()
        return _inflate(data)

    @property
    def catalog(self) -> dict[str, Value]:
        return self.dictionary(self.trailer.get("Root"))

    def information(self, key: str) -> bytes:
        """An entry of the document information dictionary, raw; empty if there is none."""
        value = self.resolve(self.dictionary(self.trailer.get("Info", {})).get(key))
        return value if isinstance(value, bytes) else b""

    def attachments(self) -> dict[str, bytes]:
        """Name and content of every embedded file. Raises VerificationFailed past 16 of them."""
        names = self.dictionary(self.catalog.get("Names", {})).get("EmbeddedFiles", {})
        found = [item for leaf in self._leaves(names, 0) for item in _pairs(leaf)]
        files: dict[str, bytes] = {}
        for _, value in found[: _MOST_ATTACHMENTS + 1]:
            specification = self.dictionary(value)
            name = specification.get("UF", specification.get("F"))
            if not isinstance(name, bytes) or len(files) == _MOST_ATTACHMENTS:
                raise malformed()
            title = text_string(name)
            if title in files:
                raise refused(Fault.DAMAGED)
            files[title] = self.stream(self.dictionary(specification.get("EF")).get("F"))
        return files

    def _leaves(self, value: Value, depth: int) -> list[list[Value]]:
        """The /Names arrays of a name tree (section 7.9.6)."""
        node = self.dictionary(value)
        if depth > _DEEPEST_NAMES:
            raise malformed()
        leaves = [self.array(node["Names"])] if "Names" in node else []
        for kid in self.array(node.get("Kids"))[:_MOST_ATTACHMENTS]:
            leaves += self._leaves(kid, depth + 1)
        return leaves


def open_pdf(data: bytes) -> PdfFile:
    """Read the cross-reference tables of `data`, newest first.

    Raises VerificationFailed if it is no PDF, larger than `LARGEST`, encrypted, cut at its end, or
    written with cross-reference streams.
    """
    if not data.startswith(b"%PDF-"):
        raise refused(Fault.NOT_A_PDF)
    if len(data) > LARGEST:
        raise refused(Fault.TOO_LARGE, limit=str(LARGEST >> 20))
    start = _START.search(data, max(0, len(data) - 64))
    if start is None:
        raise refused(Fault.CUT)
    newest = at = int(start[1])
    offsets: dict[int, int] = {}
    trailer: dict[str, Value] = {}
    for _ in range(_MOST_REVISIONS):
        older, previous = _read_table(data, at, offsets)
        trailer = trailer or older
        if previous is None:
            break
        if not isinstance(previous, int) or previous >= at:
            raise malformed()
        at = previous
    else:
        raise malformed()
    if "Encrypt" in trailer:
        raise refused(Fault.DAMAGED)
    return PdfFile(data, offsets, trailer, newest)


def _read_table(data: bytes, at: int, offsets: dict[int, int]) -> tuple[dict[str, Value], Value]:
    """One table (section 7.5.4): adds what newer ones do not have; its trailer and /Prev."""
    match = _TABLE.match(data, at)
    if match is None:
        raise malformed()
    at = match.end()
    while section := _SECTION.match(data, at):
        first, count = int(section[1]), int(section[2])
        at = section.end() + 20 * count
        if count > _MOST_OBJECTS or at > len(data):
            raise malformed()
        for index in range(count):
            entry = section.end() + 20 * index
            used = data[entry + 17 : entry + 18] == b"n"
            # A freed object hides the older one; no object can begin at offset 0.
            offset = _offset(data[entry : entry + 10]) if used else 0
            offsets.setdefault(first + index, offset)
    end = _TRAILER.match(data, at)
    if end is None or len(offsets) > _MOST_OBJECTS:
        raise malformed()
    trailer, _ = read_dictionary(data, end.end())
    return trailer, trailer.get("Prev")


def _offset(digits: bytes) -> int:
    if not digits.isdigit():
        raise malformed()
    return int(digits)


def _from_digits(data: bytes) -> bytes:
    try:
        return binascii.unhexlify(data.removesuffix(b">"))
    except binascii.Error as error:
        raise malformed() from error


def _inflate(data: bytes) -> bytes:
    decoder = zlib.decompressobj()
    try:
        content = decoder.decompress(data, _LARGEST_STREAM)
    except zlib.error as error:
        raise malformed() from error
    if decoder.unconsumed_tail or not decoder.eof:
        raise malformed()
    return content


def _pairs(leaf: list[Value]) -> list[tuple[Value, Value]]:
    return list(zip(leaf[::2], leaf[1::2], strict=False))
