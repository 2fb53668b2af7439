"""PAdES seals (ETSI EN 319 142-1): a PDF is sealed by an incremental update, and checked.

Sealing appends one revision to a PDF/A file as typst writes it: a signature dictionary, an
invisible signature field on the first page, that page, the catalog. The seal covers every byte
of the file but its own hexadecimal digits, which have one spelling only. B-B, or B-T where the
sealer stamps; `vault_core.issuing.seals.archive` makes B-LTA of a B-T.
"""

from __future__ import annotations

import binascii
import contextlib
import datetime as dt
import re
from dataclasses import dataclass

from cryptography import x509

from vault_core.errors import SealingUnavailable
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.pdf.file import PdfFile, open_pdf
from vault_core.issuing.pdf.syntax import Name, Value, malformed, text_string
from vault_core.issuing.pdf.update import (
    FIELD_FLAGS,
    OFF_THE_PAGE,
    WIDTHS,
    TooNarrow,
    Update,
    digest_around,
)
from vault_core.issuing.seals.archive import without_archive
from vault_core.issuing.seals.cms import Sealer, read_signed_data, sign_digest, signed_data_length
from vault_core.issuing.seals.der import element_length
from vault_core.issuing.seals.timestamp_token import TimestampToken

_FIELD_TITLE = b"Cachet electronique / Electronic seal"
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z")


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal that holds: who sealed, when by the sealer's own clock, and with what reason."""

    certificate: x509.Certificate
    sealed_at: dt.datetime
    reason: str
    pdf: PdfFile
    """The file as it was sealed, without what archives it."""
    token: TimestampToken | None = None
    """The timestamp on the seal."""
    archived: tuple[TimestampToken, ...] = ()
    """Timestamps over the sealed file and what proves it for long, newest first."""


def seal_pdf(pdf: bytes, sealer: Sealer, sealed_at: dt.datetime, reason: str) -> bytes:
    """`pdf` with an invisible seal over the whole file; a PDF/A-3 file remains one.

    `reason` is printable ASCII without parentheses or backslashes. Raises VerificationFailed if
    `pdf` is not a file of classic cross-reference tables, or has form fields or a seal already.
    """
    return seal_page(open_pdf(pdf), sealer, sealed_at, reason)


def seal_page(file: PdfFile, sealer: Sealer, sealed_at: dt.datetime, reason: str) -> bytes:
    """`seal_pdf` of a file that whoever made it has open."""
    if "AcroForm" in file.catalog:
        raise refused(Fault.MANY_SEALS)
    for _ in range(WIDTHS):
        with contextlib.suppress(TooNarrow):
            return _sealing(file, sealer, sealed_at, reason).finish(
                lambda data, start, end: sign_digest(
                    digest_around(data, start, end, file.begun), sealer
                )
            )
    raise SealingUnavailable("The time-stamping authority's tokens grow: try again later.")


def read_seal(data: bytes) -> Seal:
    """The one seal of `data`, verified against the bytes and the certificate inside it.

    Raises VerificationFailed, with a sentence for each: no seal, more than one, a seal that
    leaves bytes out, bytes added after it, an altered byte, a signature that does not verify.
    Whether the certificate is an issuer's is for the caller to say.
    """
    file, archived = without_archive(open_pdf(data))
    signature = _signature(file)
    start, contents = _covered(file.data, signature)
    signed = read_signed_data(contents)
    end = start + 2 + len(_hexadecimal(signature))
    if digest_around(file.data, start, end) != signed.digest:
        raise refused(Fault.ALTERED)
    reason = signature.get("Reason")
    return Seal(
        signed.verify(),
        _moment(signature.get("M")),
        text_string(reason) if isinstance(reason, bytes) else "",
        file,
        signed.token,
        archived,
    )


def _sealing(file: PdfFile, sealer: Sealer, sealed_at: dt.datetime, reason: str) -> Update:
    """The update that seals `file`, its signature still open."""
    update = Update(file)
    signature, field = update.number(), update.number()
    name = binascii.hexlify(b"\xfe\xff" + sealer.common_name.encode("utf-16-be"))
    moment = sealed_at.astimezone(dt.UTC).strftime("D:%Y%m%d%H%M%SZ").encode("ascii")
    head = (
        b"<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached"
        b"/M(%s)/Name<%s>/Reason(%s)" % (moment, name, reason.encode("ascii"))
    )
    update.add_signature(signature, head, signed_data_length(sealer))
    page = update.first_page()
    update.add(
        field,
        b"<</Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU(%s)/F %d%s/P %d 0 R/V %d 0 R>>"
        % (_FIELD_TITLE, FIELD_FLAGS, OFF_THE_PAGE, page, signature),
    )
    update.add_annotation(page, field)
    update.extend(update.root, b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>" % field)
    return update


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
    length = element_length(contents)
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


def _moment(value: Value) -> dt.datetime:
    match = _DATE.fullmatch(value.decode("latin-1")) if isinstance(value, bytes) else None
    if match is None:
        raise refused(Fault.SEAL_FORM)
    try:
        return dt.datetime(*(int(part) for part in match.groups()), tzinfo=dt.UTC)  # type: ignore[misc,arg-type]
    except ValueError as error:
        raise refused(Fault.SEAL_FORM) from error
