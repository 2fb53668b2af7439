"""One incremental update of a PDF while it is written (ISO 32000-1, section 7.5.6).

An update that ends in a signature covers every byte of the file but the signature's own
hexadecimal digits, which have one spelling only.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Callable

from vault_core.issuing.pdf.file import Begun, PdfFile
from vault_core.issuing.pdf.syntax import Reference, malformed

WIDTHS = 3
"""How often a signature is made that did not fit into the room left for it."""
FIELD_FLAGS = 132
"""Print and Locked: PDF/A wants an annotation printable (ISO 19005-3, section 6.3.2)."""
OFF_THE_PAGE = b"/Rect[-9 -9 -9 -9]"
"""No area, so the field is invisible; outside the page, so that PDF/UA asks for no Form tag."""
_RANGE_DIGITS = 10


class TooNarrow(Exception):
    """What was to be written into the gap is longer than the gap."""


class Update:
    """Objects that are appended to a file, or replace some of its own."""

    def __init__(self, file: PdfFile) -> None:
        size = file.trailer.get("Size")
        if not isinstance(size, int):
            raise malformed()
        self.file, self._size = file, size
        # typst ends its file without a newline; "%%EOF31 0 obj" would break PDF/A rule 6.1.9.
        ends = file.data.endswith((b"\n", b"\r"))
        self._parts = [file.data, b"" if ends else b"\n"]
        self._length = len(file.data) + (not ends)
        self._offsets: dict[int, int] = {}
        self._range_at = self._contents_at = self._gap = 0

    def number(self) -> int:
        """The number of a new object."""
        self._size += 1
        return self._size - 1

    def add(self, number: int, body: bytes) -> int:
        """Append an object; the offset of its body."""
        head = b"%d 0 obj\n" % number
        self._offsets[number] = self._length
        start = self._length + len(head)
        self._write(head + body + b"\nendobj\n")
        return start

    def add_signature(self, number: int, head: bytes, gap: int) -> None:
        """Append a signature dictionary that begins with `head`, with room for `gap` bytes."""
        ranges = b"/ByteRange"
        digits = b"[0 " + b" ".join([b"0" * _RANGE_DIGITS] * 3) + b"]"
        contents = b"/Contents<" + b"0" * (2 * gap) + b">>>"
        start = self.add(number, head + ranges + digits + contents)
        self._range_at = start + len(head) + len(ranges)
        self._contents_at = self._range_at + len(digits) + len(b"/Contents")
        self._gap = gap

    def first_page(self) -> int:
        """Object number of the first page; typst's page tree is one level deep."""
        pages = self.file.dictionary(self.file.catalog.get("Pages"))
        kids = self.file.array(pages.get("Kids"))
        page = self.file.reference(kids[0] if kids else None).number
        if self.file.dictionary(kids[0]).get("Type") != "Page":
            raise malformed()
        return page

    def add_annotation(self, page: int, field: int) -> None:
        """Write a page anew, with one more annotation."""
        annotations = self.file.dictionary(Reference(page, 0)).get("Annots")
        if annotations is None:
            self.extend(page, b"/Annots[%d 0 R]" % field)
            return
        references = [self.file.reference(item) for item in self.file.array(annotations)]
        listed = b" ".join(b"%d %d R" % (item.number, item.generation) for item in references)
        self._replace_annotations(page, b"[%s %d 0 R]" % (listed, field))

    def _replace_annotations(self, page: int, array: bytes) -> None:
        """The array begins right after its key."""
        raw = self.raw(page)
        match = re.search(rb"/Annots\s*(\[[^\[\]]*\]|\d+ \d+ R)", raw)
        if match is None or raw.count(b"/Annots") != 1:
            raise malformed()
        self.add(page, raw[: match.start(1)] + array + raw[match.end(1) :])

    def raw(self, number: int) -> bytes:
        """The bytes of object `number`, a dictionary, as the file has it."""
        value, end = self.file.object(number)
        if not isinstance(value, dict):
            raise malformed()
        return self.file.data[self.file.body(number) : end]

    def extend(self, number: int, entry: bytes) -> None:
        """Write object `number`, a dictionary, anew with one more entry."""
        self.add(number, self.raw(number)[:-2] + entry + b">>")

    @property
    def root(self) -> int:
        """Object number of the catalog."""
        return self.file.reference(self.file.trailer.get("Root")).number

    def finish(self, signed: Callable[[bytearray, int, int], bytes]) -> bytes:
        """The whole file. `signed` gives the signature's content.

        It is told all bytes, and where the digits that they leave out begin and end.
        Raises TooNarrow if its answer does not fit.
        """
        table = self._length
        rows = [
            b"%d 1\n%010d 00000 n\r\n" % (number, offset)
            for number, offset in sorted(self._offsets.items())
        ]
        self._write(b"xref\n" + b"".join(rows) + self._trailer())
        self._write(b"\nstartxref\n%d\n%%%%EOF\n" % table)
        data = bytearray().join(self._parts)
        end = self._contents_at + 2 * self._gap + 2
        positions = (0, self._contents_at, end, len(data) - end)
        written = b"[%d %010d %010d %010d]" % positions
        data[self._range_at : self._range_at + len(written)] = written
        contents = signed(data, self._contents_at, end)
        if len(contents) > self._gap:
            raise TooNarrow
        digits = binascii.hexlify(contents).ljust(2 * self._gap, b"0")
        data[self._contents_at + 1 : end - 1] = digits
        return bytes(data)

    def _trailer(self) -> bytes:
        trailer = self.file.trailer
        root = self.file.reference(trailer.get("Root")).number
        identifiers = self.file.array(trailer.get("ID"))
        first = identifiers[0] if identifiers else b""
        second = hashlib.sha256(self.file.data[-1024:]).digest()[:16]
        information = trailer.get("Info")
        info = b"/Info %d 0 R" % self.file.reference(information).number if information else b""
        return b"trailer\n<</Size %d/Root %d 0 R%s/Prev %d/ID[<%s><%s>]>>" % (
            self._size,
            root,
            info,
            self.file.table,
            binascii.hexlify(first if isinstance(first, bytes) else b""),
            binascii.hexlify(second),
        )

    def _write(self, part: bytes) -> None:
        self._parts.append(part)
        self._length += len(part)


def digest_around(
    data: bytes | bytearray, start: int, end: int, begun: Begun | None = None
) -> bytes:
    """The SHA-256 of all of `data` but what is between the two offsets.

    `begun` has that of its first bytes, before `start`.
    """
    digest = begun.digest.copy() if begun else hashlib.sha256()
    digest.update(memoryview(data)[begun.length if begun else 0 : start])
    digest.update(memoryview(data)[end:])
    return digest.digest()
