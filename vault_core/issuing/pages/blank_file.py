"""A certificate's PDF taken apart into what all of a kind share, and what each has alone.

The shared objects come first, at offsets that never change; a page's own objects follow: its
text, its metadata, its barcodes and attachments. Every object stays as typst wrote it but for
the values that a page replaces.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from xml.sax.saxutils import escape

from isal import isal_zlib

from vault_core.issuing.pdf.file import Begun, PdfFile, open_pdf
from vault_core.issuing.pdf.syntax import Reference, Value, malformed, read_dictionary
from vault_core.issuing.symbols.barcodes import Symbol

_CONTENTS = re.compile(rb"/Contents (\d+) 0 R")
_NUMBERS = re.compile(rb"/(Length|Size|Width|Height) \d+")
_IDENTIFIERS = re.compile(rb"/ID\[\(([^()\\]+)\)\(([^()\\]+)\)\]")
_STREAM = re.compile(rb"\s*stream\r?\n")
_PACKED = b"/Filter/FlateDecode"
_DEEP = b"/BitsPerComponent 8", b"/BitsPerComponent 1"
_CONTENT = b"<</Length 0/Filter/FlateDecode>>"
_LEVEL = 2
"""Of ISA-L's deflate: as small as zlib's level 1, in a third of its time."""
_DATES = ("D:%Y%m%d%H%M%SZ", "%Y-%m-%dT%H:%M:%S+00:00")


@dataclass(frozen=True, slots=True)
class Stream:
    """What a page attaches, or a barcode that it draws, whose `data` are its bits."""

    data: bytes
    symbol: Symbol | None = None


@dataclass(frozen=True, slots=True)
class Own:
    """What a page has alone: a title that ends with `name`, a date, its streams."""

    name: str
    issued_at: dt.datetime
    streams: Sequence[Stream]


@dataclass(frozen=True, slots=True)
class _Object:
    """An object that each page writes anew: its dictionary, and which of its streams it holds."""

    number: int
    dictionary: bytes
    stream: int


@dataclass(frozen=True)  # without slots: what is worked out once is kept beside the fields
class BlankFile:
    """The shared bytes, where their objects lie, and what each page adds."""

    shared: bytes
    offsets: Mapping[int, int]
    trailer: bytes
    """The trailer's entries but /Size and /ID."""
    content: int
    information: int
    metadata: int
    streams: tuple[_Object, ...]
    texts: tuple[bytes, bytes]
    """The information dictionary and the XMP packet."""
    identifiers: tuple[bytes, bytes]
    own: Own

    def filled(self, content: bytes, own: Own) -> PdfFile:
        """A whole file, ending in a newline, whose page shows `content` after what all show."""
        identifiers = _identifiers(content, own)
        replaced = list(zip(self._values, _values(own, identifiers), strict=True))
        information, metadata = (_replace(text, replaced) for text in self.texts)
        bodies = [
            (self.content, _packed(_CONTENT, content, isal_zlib.compress(content, _LEVEL))),
            (self.information, information),
            (self.metadata, _stream(b"<</Length 0/Type/Metadata/Subtype/XML>>", metadata)),
        ]
        for item in self.streams:
            stream = own.streams[item.stream]
            dictionary = _replace(item.dictionary, replaced)
            bodies.append((item.number, _written_stream(dictionary, stream)))
        return self._assembled(bodies, identifiers)

    def _assembled(
        self, bodies: Sequence[tuple[int, bytes]], identifiers: tuple[bytes, bytes]
    ) -> PdfFile:
        parts, at = [self.shared], len(self.shared)
        offsets, rows = {0: 0, **self.offsets}, [*self._rows]
        for number, body in bodies:
            offsets[number], rows[number] = at, _row(at)
            parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
            at += len(parts[-1])
        parts.append(b"xref\n0 %d\n%s" % (len(rows), b"".join(rows)))
        entries = b"/Size %d%s/ID[(%s)(%s)]" % (len(rows), self.trailer, *identifiers)
        parts.append(b"trailer\n<<%s>>\nstartxref\n%d\n%%%%EOF\n" % (entries, at))
        known: dict[str, Value] = {**self._entries, "Size": len(rows), "ID": [*identifiers]}
        return PdfFile(b"".join(parts), offsets, known, at, {**self._objects}, self._begun)

    def with_objects(self, bodies: Mapping[int, bytes]) -> BlankFile:
        """The same with more objects."""
        parts, at, offsets = [self.shared], len(self.shared), dict(self.offsets)
        for number, body in sorted(bodies.items()):
            offsets[number] = at
            parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
            at += len(parts[-1])
        return replace(self, shared=b"".join(parts), offsets=offsets)

    @property
    def own_numbers(self) -> list[int]:
        """Numbers of the objects that each page adds."""
        its = self.content, self.information, self.metadata
        return [*its, *(one.number for one in self.streams)]

    @cached_property
    def _rows(self) -> list[bytes]:
        """The cross-reference table, with room for what each page adds."""
        most = max(*self.offsets, *self.own_numbers)
        rows = [b"0000000000 65535 f\r\n"] * (most + 1)
        for number, offset in self.offsets.items():
            rows[number] = _row(offset)
        return rows

    @cached_property
    def _begun(self) -> Begun:
        return Begun(len(self.shared), hashlib.sha256(self.shared))

    @cached_property
    def _objects(self) -> dict[int, tuple[Value, int]]:
        """The catalog and the page, of which a seal writes more: in every file where they are."""
        file = PdfFile(self.shared, dict(self.offsets), self._entries, 0)
        for kid in file.array(file.dictionary(file.catalog.get("Pages")).get("Kids")):
            file.dictionary(kid)
        return file.read

    @cached_property
    def _entries(self) -> dict[str, Value]:
        return read_dictionary(b"<<%s>>" % self.trailer, 0)[0]

    @cached_property
    def _values(self) -> list[bytes]:
        """What each page has instead is in the same place of `_values` of its own."""
        return _values(self.own, self.identifiers)


def take_apart(data: bytes, shown: bytes, own: Own, without: Iterable[int] = ()) -> BlankFile:
    """The blank of a page as typst wrote it, with `shown` as what all pages draw first.

    Objects that it is to be `without` have to be added to it. Raises VerificationFailed if `data`
    is not as typst writes it.
    """
    file = open_pdf(data)
    parts = _bodies(file)
    page = _number(file.array(file.dictionary(file.catalog.get("Pages")).get("Kids"))[0])
    match, identifiers = _CONTENTS.search(parts[page]), _IDENTIFIERS.search(data, file.table)
    if match is None or identifiers is None:
        raise malformed()
    first = max(parts) + 1
    parts[page] = _CONTENTS.sub(b"/Contents[%d 0 R %s 0 R]" % (first, match[1]), parts[page])
    parts[first] = _packed(_CONTENT, shown, zlib.compress(shown, 9))
    streams = _own_streams(file, own)
    root, information = (_number(file.trailer.get(key)) for key in ("Root", "Info"))
    metadata = _number(file.catalog.get("Metadata"))
    texts = parts[information], file.stream(Reference(metadata, 0))
    its = int(match[1]), information, metadata, *(item.number for item in streams)
    for number in (*its, *without):
        del parts[number]
    shared, offsets = _laid_out(data, {number: _countable(body) for number, body in parts.items()})
    trailer = b"/Root %d 0 R/Info %d 0 R" % (root, information)
    return BlankFile(
        shared, offsets, trailer, int(match[1]), information, metadata, streams, texts,
        (identifiers[1], identifiers[2]), own,
    )  # fmt: skip


def _row(offset: int) -> bytes:
    return b"%010d 00000 n\r\n" % offset


def _bodies(file: PdfFile) -> dict[int, bytes]:
    """What stands between `obj` and `endobj`, by number."""
    ends = sorted([*file.offsets.values(), file.table])
    bodies = {}
    for number, offset in file.offsets.items():
        if number:
            end = ends[ends.index(offset) + 1]
            body = file.data[file.body(number) : end].rstrip()
            bodies[number] = body.removesuffix(b"endobj").removesuffix(b"\n")
    return bodies


def _countable(body: bytes) -> bytes:
    """An object, inflated if it is a stream that ends in a carriage return: see `_packed`."""
    dictionary, _, rest = body.partition(b"\nstream\n")
    if _PACKED not in dictionary or not rest.endswith(b"\r\nendstream"):
        return body
    data = zlib.decompress(rest.removesuffix(b"\nendstream"))
    bare = re.sub(rb"/Length \d+", b"/Length 0", dictionary.replace(_PACKED, b"", 1), count=1)
    return _stream(bare, data)


def _laid_out(data: bytes, bodies: Mapping[int, bytes]) -> tuple[bytes, dict[int, int]]:
    """The file's first lines and these objects, and where each begins."""
    first = data.index(b"1 0 obj")
    parts, at, offsets = [data[:first]], first, {}
    for number, body in sorted(bodies.items()):
        offsets[number] = at
        parts.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(parts[-1])
    return b"".join(parts), offsets


def _own_streams(file: PdfFile, own: Own) -> tuple[_Object, ...]:
    """The objects that hold the page's own streams, found by what is in them."""
    wanted = {
        stream.symbol.pixels if stream.symbol else stream.data: at
        for at, stream in enumerate(own.streams)
    }
    found: dict[int, _Object] = {}
    for number in file.offsets:
        if not number:
            continue
        start = file.body(number)
        if file.data[start : start + 2] != b"<<":
            continue
        entries, end = read_dictionary(file.data, start)
        if not _STREAM.match(file.data, end) or not _may_be_own(entries):
            continue
        at = wanted.get(file.stream(Reference(number, 0)))
        if at is not None:
            found[at] = _Object(number, file.data[start:end], at)
    if len(found) != len(own.streams):
        raise malformed()
    return tuple(found.values())


def _may_be_own(entries: Mapping[str, Value]) -> bool:
    return entries.get("Type") in ("EmbeddedFile", "XObject")


def _written_stream(dictionary: bytes, stream: Stream) -> bytes:
    """A page's own stream, under its dictionary with its own numbers."""
    side = stream.symbol.modules if stream.symbol else 0
    values = {b"Size": len(stream.data), b"Width": side, b"Height": side}

    def counted(match: re.Match[bytes]) -> bytes:
        return b"/%s %d" % (match[1], values.get(match[1], 0))

    counted_out = _NUMBERS.sub(counted, dictionary)
    if side:
        return _stream(counted_out.replace(*_DEEP).replace(_PACKED, b""), stream.data)
    return _packed(counted_out, stream.data, isal_zlib.compress(stream.data, _LEVEL))


def _packed(dictionary: bytes, data: bytes, packed: bytes) -> bytes:
    """A deflated stream; as it is where deflated it would end in a carriage return.

    The line end after that makes strict readers of ISO 19005-3, section 6.1.7.1, miscount it.
    """
    if packed.endswith(b"\r"):
        return _stream(dictionary.replace(_PACKED, b"", 1), data)
    return _stream(dictionary, packed)


def _stream(dictionary: bytes, data: bytes) -> bytes:
    length = b"/Length %d" % len(data)
    return dictionary.replace(b"/Length 0", length, 1) + b"\nstream\n" + data + b"\nendstream"


def _replace(text: bytes, replaced: Sequence[tuple[bytes, bytes]]) -> bytes:
    for old, new in replaced:
        text = text.replace(old, new)
    return text


def _identifiers(content: bytes, own: Own) -> tuple[bytes, bytes]:
    """Both parts of /ID, from what the page has alone; base64, which needs no escape."""
    digest = hashlib.sha256(content)
    for stream in own.streams:
        digest.update(stream.data)
    new = digest.digest()
    return base64.b64encode(new[:16]), base64.b64encode(new[16:])


def _values(own: Own, identifiers: tuple[bytes, bytes]) -> list[bytes]:
    """Everything in a file's texts that is of its page alone."""
    moment = own.issued_at.astimezone(dt.UTC)
    dates = (moment.strftime(pattern).encode() for pattern in _DATES)
    return [escape(own.name).encode(), _utf16(own.name), *dates, *identifiers]


def _utf16(text: str) -> bytes:
    return binascii.hexlify(text.encode("utf-16-be")).upper()


def _number(value: Value) -> int:
    if not isinstance(value, Reference):
        raise malformed()
    return value.number
