"""The French 2D-Doc, header DC04: written and signed for diplomas (type B0), read and verified.

Header, 26 characters: DC04, authority (4), certificate (4), issue date and signature date (4
hexadecimal digits each, days since 2000-01-01, FFFF for none), type (2), perimeter (2), country
(2). Fields, each an identifier (2) and a value, with GS after one shorter than its longest. US.
Signature: r and s, 32 bytes each, in Base32 without padding, over all that stands before US.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from vault_core.errors import InvalidRecord
from vault_core.issuing.faults import Fault, refused
from vault_core.issuing.symbols.twoddoc_fields import FIELDS, MANDATORY, Field, field_value

DIPLOMA = "B0"
_GS, _US = "\x1d", "\x1f"
_EPOCH = dt.date(2000, 1, 1)
_NO_DATE = "FFFF"
_HEADER = re.compile(
    r"DC04([A-Z0-9]{4})([A-Z0-9]{4})([0-9A-F]{4})([0-9A-F]{4})([A-Z0-9]{2})([A-Z0-9]{2})([A-Z]{2})"
)
_HEADER_LENGTH = 26
_LONGEST = 1500
_SHA256 = ec.ECDSA(hashes.SHA256())


@dataclass(frozen=True, slots=True)
class TwoDDoc:
    """A parsed 2D-Doc. `fields` is empty for every type but the diploma's."""

    authority: str
    certificate: str
    issued_on: dt.date | None
    signed_on: dt.date | None
    type: str
    fields: Mapping[str, str]
    signed: bytes
    signature: bytes
    """r and s, 64 bytes."""

    def verify(self, key: ec.EllipticCurvePublicKey) -> None:
        """Raises VerificationFailed if `key` did not sign this."""
        r = int.from_bytes(self.signature[:32], "big")
        s = int.from_bytes(self.signature[32:], "big")
        try:
            key.verify(encode_dss_signature(r, s), self.signed, _SHA256)
        except InvalidSignature as error:
            raise refused(Fault.TWODDOC_ALTERED) from error


@dataclass(frozen=True, slots=True)
class TwoDDocSigner:
    """A P-256 key, and the identifiers under which readers look its certificate up."""

    authority: str
    """Four characters: the certification authority in the trust list."""
    certificate: str
    """Four characters: the certificate's number at that authority."""
    key: ec.EllipticCurvePrivateKey

    def encode(
        self, fields: Mapping[str, str], issued_on: dt.date | None, signed_on: dt.date
    ) -> str:
        """A signed 2D-Doc of type B0, ready to be drawn as a DataMatrix.

        `fields` maps identifiers to text in any letters. Raises InvalidRecord, with a reason a
        field, if one is missing, unknown or not of its form.
        """
        values = {name: field_value(name, text) for name, text in fields.items()}
        reasons = _reasons(values)
        if reasons:
            raise InvalidRecord(*reasons)
        header = f"DC04{self.authority}{self.certificate}{_days(issued_on)}{_days(signed_on)}"
        body = "".join(_written(name, values[name]) for name in sorted(values))
        signed = f"{header}{DIPLOMA}01FR{body}"
        r, s = decode_dss_signature(self.key.sign(signed.encode("ascii"), _SHA256))
        signature = base64.b32encode(r.to_bytes(32, "big") + s.to_bytes(32, "big"))
        return f"{signed}{_US}{signature.decode('ascii').rstrip('=')}"


def parse(text: str) -> TwoDDoc:
    """Read a 2D-Doc without believing it: `verify` comes next.

    Raises VerificationFailed unless `text` is exactly what an encoder writes, the fields of a
    diploma included.
    """
    signed, separator, tail = text.partition(_US)
    header = _HEADER.match(signed)
    if len(text) > _LONGEST or not text.isascii() or not separator or header is None:
        raise refused(Fault.TWODDOC_FORM, what="DC04")
    authority, certificate, issued, signed_on, kind, _perimeter, _country = header.groups()
    fields = _fields(signed[_HEADER_LENGTH:]) if kind == DIPLOMA else {}
    return TwoDDoc(
        authority,
        certificate,
        _date(issued),
        _date(signed_on),
        kind,
        fields,
        signed.encode("ascii"),
        _signature(tail),
    )


def _reasons(values: Mapping[str, str]) -> list[str]:
    missing = [name for name in MANDATORY if name not in values]
    if "B0" not in values and "B1" not in values:
        missing.insert(0, "B0")
    reasons = [f"The 2D-Doc lacks its mandatory field {name}." for name in missing]
    for name, value in values.items():
        if name not in FIELDS:
            reasons.append(f"The 2D-Doc of a diploma has no field {name}.")
        elif not FIELDS[name].fits(value):
            reasons.append(f"The 2D-Doc's field {name} does not take the value {value!r}.")
    return reasons


def _written(name: str, value: str) -> str:
    return name + value + (_GS if len(value) < FIELDS[name].longest else "")


def _fields(body: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    while body:
        name = body[:2]
        field = FIELDS.get(name)
        if field is None or name in fields:
            raise refused(Fault.TWODDOC_FORM, what=name)
        fields[name], body = _value(name, field, body[2:])
    if _reasons(fields):
        raise refused(Fault.TWODDOC_FORM, what="B0")
    return fields


def _value(name: str, field: Field, rest: str) -> tuple[str, str]:
    """The value at the start of `rest`, and what follows it."""
    value, mark, _ = rest[: field.longest + 1].partition(_GS)
    value = value[: field.longest]
    ended = mark or len(value) == field.longest
    if not ended or not field.fits(value) or (mark and len(value) == field.longest):
        raise refused(Fault.TWODDOC_FORM, what=name)
    return value, rest[len(value) + len(mark) :]


def _signature(tail: str) -> bytes:
    try:
        signature = base64.b32decode(tail + "=" * (-len(tail) % 8))
    except binascii.Error as error:
        raise refused(Fault.TWODDOC_FORM, what="signature") from error
    canonical = base64.b32encode(signature).decode("ascii").rstrip("=")
    if len(signature) != 64 or canonical != tail:
        raise refused(Fault.TWODDOC_FORM, what="signature")
    return signature


def _days(date: dt.date | None) -> str:
    return _NO_DATE if date is None else f"{(date - _EPOCH).days:04X}"


def _date(digits: str) -> dt.date | None:
    return None if digits == _NO_DATE else _EPOCH + dt.timedelta(days=int(digits, 16))
