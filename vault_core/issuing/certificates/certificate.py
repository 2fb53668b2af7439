"""One certificate, three proofs bound together: the page's seal, the credential, the 2D-Doc.

The order matters: id and hash come first, the credential names them, the page carries the
credential and both barcodes, and the seal closes over all of it. Nothing here does I/O but what
`Sealing` was given: an HSM, a time-stamping authority.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import Protocol

from vault_core.api import Issuer, Presentation, Random, Record, Text
from vault_core.issuing.certificates.codes import Code, new_code, written
from vault_core.issuing.checking.verification import ATTACHMENT
from vault_core.issuing.credentials import selective
from vault_core.issuing.credentials.credential import Issuance, signed_credential
from vault_core.issuing.credentials.identity import Binding, bind, new_certificate_id
from vault_core.issuing.credentials.status import StatusPlace
from vault_core.issuing.pages.rendering import NO_TEXT, Attachment, Page
from vault_core.issuing.pdf.file import PdfFile
from vault_core.issuing.seals.keys import Generation
from vault_core.issuing.seals.sealing import IN_MEMORY, Sealing
from vault_core.issuing.symbols.barcodes import qr
from vault_core.issuing.symbols.datamatrix import datamatrix
from vault_core.issuing.symbols.twoddoc_fields import subject_fields

_AMBIGUOUS = b"\r\nendstream"
"""A stream whose last byte is a carriage return. Its /Length says so, but a strict reader of
ISO 19005-3 6.1.7.1 can take it for a part of the line end after it: one page in a hundred."""
_DRAWS = 5
"""Another id and code set another page. After so many the ambiguity is not in what they change."""
_DESCRIPTION = "Attestation vérifiable (Open Badges 3.0) / verifiable credential"

_SELECTIVE = "Divulgation sélective (SD-JWT) / selective disclosure"


class Typesetter(Protocol):
    """Sets a page: `vault_core.issuing.pages.typesetting.Typesetting`."""

    def sheet(self, page: Page) -> PdfFile:
        """The page as PDF/A-3 with its attachments, open and ready to be sealed."""
        ...


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be certified, and where it will be found: `public_url` ends without a slash."""

    record: Record
    presentation: Presentation
    issuer: Issuer
    public_url: str
    status: StatusPlace
    template: str = ""
    notice: Text = NO_TEXT


@dataclass(frozen=True, slots=True)
class Certificate:
    """A finished certificate: the sealed PDF, and what its issuer keeps of it."""

    pdf: bytes
    binding: Binding
    code: Code
    credential: bytes
    twoddoc: str
    """The text of the 2D-Doc, or "" for what is no diploma."""


def issue(
    order: Order,
    keys: Generation,
    typesetter: Typesetter,
    now: dt.datetime,
    random: Random,
    sealing: Sealing = IN_MEMORY,
) -> Certificate:
    """Certify a record. `now` is an aware time within the keys' period.

    Raises InvalidRecord if the record cannot be written as JSON or its 2D-Doc fields are wrong,
    PluginError if its page cannot be set, SealingUnavailable if an HSM or a time-stamping
    authority is silent.
    """
    for _ in range(_DRAWS - 1):
        certificate, page = _draw(order, keys, typesetter, now, random)
        # what many pages share, the id and the code do not change
        if page.data.find(_AMBIGUOUS, page.begun.length if page.begun else 0) < 0:
            break
    else:
        certificate, page = _draw(order, keys, typesetter, now, random)
    pdf = sealing.sealed(page, keys, now, certificate.binding.reason)
    return replace(certificate, pdf=pdf)


def _draw(
    order: Order, keys: Generation, typesetter: Typesetter, now: dt.datetime, random: Random
) -> tuple[Certificate, PdfFile]:
    """A certificate under a new id and code, not sealed yet, and its page."""
    code = new_code(random)
    certificate_id = new_certificate_id(int(now.timestamp() * 1000), random)
    binding = bind(order.record, order.issuer.id, certificate_id)
    url = f"{order.public_url}/verify/{written(code)}"
    issuance = _issuance(order, binding, url, now)
    credential = signed_credential(issuance, keys.credential_key, keys.credential_key_id)
    twoddoc = _twoddoc(order, keys, code, now)
    page = Page(
        presentation=order.presentation,
        record=order.record,
        issuer=order.issuer,
        certificate_id=certificate_id,
        issued_at=now,
        verification_code=written(code),
        verification_url=url,
        qr=qr(url),
        datamatrix=datamatrix(twoddoc) if twoddoc else None,
        notice=order.notice,
        attachments=(_attachment(credential), _selective(issuance, keys, random)),
        template=order.template,
    )
    return Certificate(b"", binding, code, credential, twoddoc), typesetter.sheet(page)


def _issuance(order: Order, binding: Binding, url: str, now: dt.datetime) -> Issuance:
    return Issuance(
        order.record,
        order.presentation,
        order.issuer,
        binding,
        order.public_url,
        url,
        order.status,
        now,
    )


def _attachment(credential: bytes) -> Attachment:
    return Attachment(ATTACHMENT, credential.decode(), "application/json", _DESCRIPTION)


def _selective(issuance: Issuance, keys: Generation, random: Random) -> Attachment:
    text = selective.selective_credential(
        issuance, keys.credential_key, keys.credential_key_id, random
    )
    return Attachment(selective.ATTACHMENT, text, "application/dc+sd-jwt", _SELECTIVE)


def _twoddoc(order: Order, keys: Generation, code: Code, now: dt.datetime) -> str:
    """The 2D-Doc of a diploma. Its number (BC) is the verification code: paper leads to status."""
    given = order.presentation.twoddoc
    if given is None:
        return ""
    # The person comes last: a 2D-Doc can never name another than the certificate does.
    fields = {**given, **subject_fields(order.record.subject), "BC": code}
    if "B1" in given:
        del fields["B0"]
    return keys.twoddoc.encode(fields, order.record.awarded_on, now.date())
