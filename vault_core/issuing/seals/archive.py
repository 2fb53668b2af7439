"""PAdES B-LTA (ETSI EN 319 142-1, section 5.4): a sealed PDF that stays checkable for decades.

One more revision holds what a validator needs when certificates have run out and authorities are
gone: the certificates, and that none was revoked (the Document Security Store of ISO 32000-2,
12.8.4.3), under a document timestamp. There is one way to write such a revision: reading writes
it again from its evidence and compares, so that nothing else can hide in it.
"""

from __future__ import annotations

import binascii
import contextlib
import re
from dataclasses import dataclass

from vault_core.errors import SealingUnavailable
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.pdf.file import PdfFile, open_pdf
from vault_core.issuing.pdf.syntax import Name, Reference, Value, malformed
from vault_core.issuing.pdf.update import (
    FIELD_FLAGS,
    OFF_THE_PAGE,
    WIDTHS,
    TooNarrow,
    Update,
    digest_around,
)
from vault_core.issuing.seals.cms import Stamp
from vault_core.issuing.seals.der import element_length
from vault_core.issuing.seals.timestamp_token import TimestampToken, read_token

MOST = 5
"""Archive timestamps of one file: the first, and renewals."""
_TITLE = b"Horodatage d'archive / Archive timestamp"
_HEAD = b"<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161"
_FIELDS = re.compile(rb"/AcroForm<</Fields\[([0-9 R]+)\]/SigFlags 3>>")
_DSS = re.compile(rb"/DSS \d+ 0 R")
_EXTENSION = b"/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 5>>>>"
_END = b"%%EOF\n"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that certificates were good: DER, each once."""

    certificates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    ocsps: tuple[bytes, ...] = ()

    @property
    def by_key(self) -> dict[str, tuple[bytes, ...]]:
        """By the names of the Document Security Store."""
        return {"Certs": self.certificates, "CRLs": self.crls, "OCSPs": self.ocsps}


def archive_pdf(pdf: bytes, evidence: Evidence, stamp: Stamp) -> bytes:
    """A sealed PDF with evidence, under a timestamp over the whole file; again for a renewal.

    Raises SealingUnavailable if there is no timestamp, VerificationFailed if `pdf` is not sealed.
    """
    file = open_pdf(pdf)
    for _ in range(WIDTHS):
        with contextlib.suppress(TooNarrow):
            return _archiving(file, evidence, stamp.room).finish(
                lambda data, start, end: stamp(bytes(data[:start] + data[end:]))
            )
    raise SealingUnavailable("The time-stamping authority's tokens grow: try again later.")


def without_archive(file: PdfFile) -> tuple[PdfFile, tuple[TimestampToken, ...]]:
    """The file as it was sealed, and its archive timestamps, newest first.

    Raises VerificationFailed if a later revision holds anything but evidence and a timestamp
    over all before it.
    """
    tokens: list[TimestampToken] = []
    while len(_fields(file)) > 1:
        if len(tokens) == MOST:
            raise refused(Fault.ADDED)
        file, token = _taken_off(file)
        tokens.append(token)
    return file, tuple(tokens)


def _archiving(file: PdfFile, evidence: Evidence, gap: int) -> Update:
    """The revision, its timestamp still open."""
    update = Update(file)
    store = _store(update, evidence)
    signature, field = update.number(), update.number()
    update.add_signature(signature, _HEAD, gap)
    page = update.first_page()
    update.add(
        field,
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Archive%d)/TU(%s)/F %d%s/P %d 0 R/V %d 0 R>>"
        % (len(_fields(file)), _TITLE, FIELD_FLAGS, OFF_THE_PAGE, page, signature),
    )
    update.add_annotation(page, field)
    update.add(update.root, _catalog(update.raw(update.root), store, field))
    return update


def _store(update: Update, evidence: Evidence) -> int:
    """Write the Document Security Store: what there was, and what is new."""
    lists = []
    for key, items in evidence.by_key.items():
        numbers = [reference.number for reference in _stored(update.file, key)]
        for item in items:
            number = update.number()
            update.add(number, _stream(item))
            numbers.append(number)
        if numbers:
            references = b" ".join(b"%d 0 R" % number for number in numbers)
            lists.append(b"/%s[%s]" % (key.encode(), references))
    number = update.number()
    update.add(number, b"<</Type/DSS%s>>" % b"".join(lists))
    return number


def _stream(data: bytes) -> bytes:
    """A stream. One that ends like a line is written in digits, lest readers miscount its end."""
    if data.endswith((b"\r", b"\n")):
        digits = binascii.hexlify(data) + b">"
        return b"<</Filter/ASCIIHexDecode/Length %d>>\nstream\n%s\nendstream" % (
            len(digits),
            digits,
        )
    return b"<</Length %d>>\nstream\n%s\nendstream" % (len(data), data)


def _catalog(raw: bytes, store: int, field: int) -> bytes:
    fields = _FIELDS.search(raw)
    if fields is None:
        raise malformed()
    longer = b"/AcroForm<</Fields[%s %d 0 R]/SigFlags 3>>" % (fields[1], field)
    raw = raw[: fields.start()] + longer + raw[fields.end() :]
    named = b"/DSS %d 0 R" % store
    if _DSS.search(raw):
        return _DSS.sub(named, raw)
    return raw[:-2] + named + _EXTENSION + b">>"


def _taken_off(file: PdfFile) -> tuple[PdfFile, TimestampToken]:
    """The file before its newest revision, and that revision's timestamp."""
    before = _before(file)
    signature = file.dictionary(file.dictionary(_fields(file)[-1]).get("V"))
    contents = signature.get("Contents")
    if signature.get("SubFilter") != Name("ETSI.RFC3161") or not isinstance(contents, bytes):
        raise refused(Fault.MANY_SEALS)
    token = contents[: element_length(contents)]
    digests: list[bytes] = []

    def signed(data: bytearray, start: int, end: int) -> bytes:
        digests.append(digest_around(data, start, end))
        return token

    evidence = _evidence(file, before)
    if _archiving(before, evidence, len(contents)).finish(signed) != file.data:
        raise refused(Fault.ADDED)
    read = read_token(token)
    if read.digest != digests[0]:
        raise refused(Fault.STAMP)
    return before, read


def _before(file: PdfFile) -> PdfFile:
    """The file as its last revision found it. Raises VerificationFailed if that is no whole one."""
    table = file.trailer.get("Prev")
    end = file.data.find(_END, table) if type(table) is int else -1
    if end < 0:
        raise malformed()
    return open_pdf(file.data[: end + len(_END)])


def _evidence(file: PdfFile, before: PdfFile) -> Evidence:
    """What the newest revision added to the store."""
    size = before.trailer.get("Size")
    least = size if isinstance(size, int) else 0
    found = {
        key: tuple(
            file.stream(reference) for reference in _stored(file, key) if reference.number >= least
        )
        for key in Evidence().by_key
    }
    return Evidence(found["Certs"], found["CRLs"], found["OCSPs"])


def _stored(file: PdfFile, key: str) -> list[Reference]:
    store = file.catalog.get("DSS")
    if store is None:
        return []
    return [file.reference(item) for item in file.array(file.dictionary(store).get(key))]


def _fields(file: PdfFile) -> list[Value]:
    form = file.catalog.get("AcroForm")
    return file.array(file.dictionary(form).get("Fields")) if form is not None else []
