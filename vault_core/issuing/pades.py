"""PAdES B-B seals (ETSI EN 319 142-1): a PDF is sealed by an incremental update, and checked.

Sealing appends one revision to a PDF/A file as typst writes it: a signature dictionary, an
invisible signature field on the first page, that page, the catalog. The seal covers every byte
of the file but its own hexadecimal digits, which have one spelling only.
"""

from __future__ import annotations

import binascii
import datetime as dt
import hashlib
import re
from dataclasses import dataclass

from cryptography import x509

from vault_core.issuing.cms import Sealer, read_signed_data, sign_digest, signed_data_length
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.pdf_file import PdfFile, open_pdf
from vault_core.issuing.pdf_syntax import Name, Value, malformed, read_dictionary, text_string

_RANGE_DIGITS = 10
_FIELD_FLAGS = 132
"""Print and Locked: PDF/A wants an annotation printable (ISO 19005-3, section 6.3.2)."""
_FIELD_TITLE = b"Cachet electronique / Electronic seal"
_OFF_THE_PAGE = b"/Rect[-9 -9 -9 -9]"
"""No area, so the seal is invisible; outside the page, so that PDF/UA asks for no Form tag."""
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that holds: who sealed, when by the sealer's own clock, and with what reason."""

    certificate: x509.Certificate
    sealed_at: dt.datetime
    reason: str
    pdf: PdfFile


def seal_pdf(pdf: bytes, sealer: Sealer, sealed_at: dt.datetime, reason: str) -> bytes:
    """`pdf` with an invisible seal over the whole file; a PDF/A-3 file remains one.

    `reason` is printable ASCII without parentheses or backslashes. Raises VerificationFailed if
    `pdf` is not a file of classic cross-reference tables, or has form fields or a seal already.
    """
    file = open_pdf(pdf)
    if "AcroForm" in file.catalog:
        raise refused(Fault.MANY_SEALS)
    update = _Update(file)
    update.add_seal(sealer, sealed_at, reason)
    return update.finish(sealer)


def read_seal(data: bytes) -> Seal:
    """The one seal of `data`, verified against the bytes and the certificate inside it.

    Raises VerificationFailed, with a sentence for each: no seal, more than one, a seal that
    leaves bytes out, bytes added after it, an altered byte, a signature that does not verify.
    Whether the certificate is an issuer's is for the caller to say.
    """
    file = open_pdf(data)
    signature = _signature(file)
    start, contents = _covered(data, signature)
    signed = read_signed_data(contents)
    digest = hashlib.sha256(memoryview(data)[:start])
    digest.update(memoryview(data)[start + 2 + len(_hexadecimal(signature)) :])
    if digest.digest() != signed.digest:
        raise refused(Fault.ALTERED)
    reason = signature.get("Reason")
    return Seal(
        signed.verify(),
        _moment(signature.get("M")),
        text_string(reason) if isinstance(reason, bytes) else "",
        file,
    )


class _Update:
    """One incremental update while it is written (ISO 32000-1, section 7.5.6)."""

    def __init__(self, file: PdfFile) -> None:
        size = file.trailer.get("Size")
        if not isinstance(size, int):
            raise malformed()
        self._file, self._size = file, size
        # typst ends its file without a newline; "%%EOF31 0 obj" would break PDF/A rule 6.1.9.
        ends = file.data.endswith((b"\n", b"\r"))
        self._parts = [file.data, b"" if ends else b"\n"]
        self._length = len(file.data) + (not ends)
        self._offsets: dict[int, int] = {}
        self._range_at = self._contents_at = 0

    def add_seal(self, sealer: Sealer, sealed_at: dt.datetime, reason: str) -> None:
        signature, field = self._size, self._size + 1
        self._add_signature(signature, sealer, sealed_at, reason)
        page = self._first_page()
        self._add(
            field,
            b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU(%s)/F %d%s/P %d 0 R/V %d 0 R>>"
            % (_FIELD_TITLE, _FIELD_FLAGS, _OFF_THE_PAGE, page, signature),
        )
        self._add_annotation(page, field)
        root = self._file.reference(self._file.trailer.get("Root")).number
        self._extend(root, b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>" % field)

    def finish(self, sealer: Sealer) -> bytes:
        """The whole file, signed."""
        table = self._length
        rows = [
            b"%d 1\n%010d 00000 n\r\n" % (number, offset)
            for number, offset in sorted(self._offsets.items())
        ]
        self._write(b"xref\n" + b"".join(rows) + self._trailer())
        self._write(b"\nstartxref\n%d\n%%%%EOF\n" % table)
        data = bytearray(b"".join(self._parts))
        gap = 2 * signed_data_length(sealer)
        end = self._contents_at + gap + 2
        positions = (0, self._contents_at, end, len(data) - end)
        written = b"[%d %010d %010d %010d]" % positions
        data[self._range_at : self._range_at + len(written)] = written
        digest = hashlib.sha256(memoryview(data)[: self._contents_at])
        digest.update(memoryview(data)[end:])
        contents = binascii.hexlify(sign_digest(digest.digest(), sealer)).ljust(gap, b"0")
        data[self._contents_at + 1 : end - 1] = contents
        return bytes(data)

    def _add_signature(
        self, number: int, sealer: Sealer, sealed_at: dt.datetime, reason: str
    ) -> None:
        name = binascii.hexlify(b"\xfe\xff" + sealer.common_name.encode("utf-16-be"))
        moment = sealed_at.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ").encode("ascii")
        head = (
            b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
            b"/M(%s)/Name<%s>/Reason(%s)/ByteRange" % (moment, name, reason.encode("ascii"))
        )
        digits = b"[0 " + b" ".join([b"0" * _RANGE_DIGITS] * 3) + b"]"
        gap = b"<" + b"0" * (2 * signed_data_length(sealer)) + b">"
        start = self._add(number, head + digits + b"/Contents" + gap + b">>")
        self._range_at = start + len(head)
        self._contents_at = self._range_at + len(digits) + len(b"/Contents")

    def _first_page(self) -> int:
        """Object number of the first page; typst's page tree is one level deep."""
        pages = self._file.dictionary(self._file.catalog.get("Pages"))
        kids = self._file.array(pages.get("Kids"))
        page = self._file.reference(kids[0] if kids else None).number
        if self._file.dictionary(kids[0]).get("Type") != "Page":
            raise malformed()
        return page

    def _add_annotation(self, page: int, field: int) -> None:
        entries, _ = read_dictionary(self._file.data, self._file.body(page))
        annotations = entries.get("Annots")
        if annotations is None:
            self._extend(page, b"/Annots[%d 0 R]" % field)
            return
        references = [self._file.reference(item) for item in self._file.array(annotations)]
        listed = b" ".join(b"%d %d R" % (item.number, item.generation) for item in references)
        self._replace_annotations(page, b"[%s %d 0 R]" % (listed, field))

    def _replace_annotations(self, page: int, array: bytes) -> None:
        """Write the page anew with a longer /Annots; the array begins right after its key."""
        start = self._file.body(page)
        _, end = read_dictionary(self._file.data, start)
        raw = self._file.data[start:end]
        match = re.search(rb"/Annots\s*(\[[^\[\]]*\]|\d+ \d+ R)", raw)
        if match is None or raw.count(b"/Annots") != 1:
            raise malformed()
        self._add(page, raw[: match.start(1)] + array + raw[match.end(1) :])

    def _extend(self, number: int, entry: bytes) -> None:
        """Write object `number`, a dictionary, anew with one more entry."""
        start = self._file.body(number)
        _, end = read_dictionary(self._file.data, start)
        self._add(number, self._file.data[start : end - 2] + entry + b">>")

    def _trailer(self) -> bytes:
        trailer = self._file.trailer
        root = self._file.reference(trailer.get("Root")).number
        identifiers = self._file.array(trailer.get("ID"))
        first = identifiers[0] if identifiers else b""
        second = hashlib.sha256(self._file.data[-1024:]).digest()[:16]
        information = trailer.get("Info")
        info = b"/Info %d 0 R" % self._file.reference(information).number if information else b""
        return b"trailer\n<</Size %d/Root %d 0 R%s/Prev %d/ID[<%s><%s>]>>" % (
            self._size + 2,
            root,
            info,
            self._file.table,
            binascii.hexlify(first if isinstance(first, bytes) else b""),
            binascii.hexlify(second),
        )

    def _add(self, number: int, body: bytes) -> int:
        """Append an object; the offset of its body."""
        head = b"%d 0 obj\n" % number
        self._offsets[number] = self._length
        start = self._length + len(head)
        self._write(head + body + b"\nendobj\n")
        return start

    def _write(self, part: bytes) -> None:
        self._parts.append(part)
        self._length += len(part)


def _signature(file: PdfFile) -> dict[str, Value]:
    """The signature dictionary of the only form field."""
    form = file.catalog.get("AcroForm")
    fields = file.array(file.dictionary(form).get("Fields")) if form is not None else []
    if not fields:
        raise refused(Fault.NO_SEAL)
    if len(fields) != 1:
        raise refused(Fault.MANY_SEALS)
    signature = file.dictionary(file.dictionary(fields[0]).get("V"))
    if signature.get("SubFilter") != Name("ETSI.CAdES.detached"):
        raise refused(Fault.SEAL_FORM)
    return signature


def _covered(data: bytes, signature: dict[str, Value]) -> tuple[int, bytes]:
    """Where the hexadecimal string begins, and its CMS; checks that all else is covered."""
    ranges = signature.get("ByteRange")
    if not isinstance(ranges, list) or len(ranges) != 4:
        raise malformed()
    zero, start, end, rest = (item if type(item) is int else -1 for item in ranges)
    if zero != 0 or min(start, end, rest) < 0:
        raise malformed()
    if end + rest < len(data):
        raise refused(Fault.ADDED)
    if end + rest > len(data):
        raise refused(Fault.CUT)
    contents = _contents(signature)
    digits = _hexadecimal(signature)
    if data[start:end] != b"<" + digits + b">":
        raise refused(Fault.NOT_COVERED)
    length = _der_length(contents)
    if contents[length:].strip(b"\0"):
        raise refused(Fault.NOT_COVERED)
    return start, contents[:length]


def _contents(signature: dict[str, Value]) -> bytes:
    contents = signature.get("Contents")
    if not isinstance(contents, bytes):
        raise malformed()
    return contents


def _hexadecimal(signature: dict[str, Value]) -> bytes:
    """The digits in the one spelling that is accepted: lower case, without spaces."""
    return binascii.hexlify(_contents(signature))


def _der_length(data: bytes) -> int:
    """Length of the DER element that `data` begins with (0x30, then two or more length bytes)."""
    if len(data) < 4 or data[0] != 0x30 or data[1] not in (0x82, 0x83):
        raise refused(Fault.SEAL_FORM)
    size = data[1] & 127
    return 2 + size + int.from_bytes(data[2 : 2 + size], "big")


def _moment(value: Value) -> dt.datetime:
    match = _DATE.fullmatch(value.decode("latin-1")) if isinstance(value, bytes) else None
    if match is None:
        raise refused(Fault.SEAL_FORM)
    try:
        return dt.datetime(*(int(part) for part in match.groups()), tzinfo=dt.UTC)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise refused(Fault.SEAL_FORM) from error
