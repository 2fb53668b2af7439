"""Making one certificate: sealed, bound to its credential, and with its place in a status list."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from dataclasses import dataclass, fields

from isal import isal_zlib

from vault_core.api import DocumentType, Issuer, Random, Record, Subject
from vault_core.crypto.sealed import ServerKeyring
from vault_core.issuing.certificates.about import seal_about
from vault_core.issuing.certificates.certificate import Certificate, Order, issue
from vault_core.issuing.certificates.codes import code_keys
from vault_core.issuing.certificates.places import free_places
from vault_core.issuing.certificates.register import Desk, Register
from vault_core.issuing.credentials.identity import CertificateId
from vault_core.issuing.credentials.status import StatusPlace
from vault_core.issuing.pages.rendering import Page
from vault_core.issuing.pages.typesetting import Typesetting
from vault_core.issuing.seals.sealing import IN_MEMORY, Sealing
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateKey, CertificateRow
from vault_core.store.ids import VaultId

_LEVEL = 3
"""Of ISA-L's deflate, its best."""
_SUBJECT = tuple(field.name for field in fields(Subject))


@dataclass(frozen=True, slots=True)
class Made:
    """A certificate ready to be delivered, and the row that its issuer keeps."""

    certificate: CertificateId
    name: str
    """Its file name."""
    pdf: bytes
    row: CertificateRow


@dataclass(frozen=True, slots=True)
class Indexes:
    """How a record is found again: as the same fact, and as the same in every detail."""

    record: bytes
    content: bytes


class Maker:
    """Makes certificates, many at once."""

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        register: Register,
        typesetting: Typesetting,
        random: Random,
        sealing: Sealing = IN_MEMORY,
    ) -> None:
        self._catalog = catalog
        self._institution = institution
        self._register = register
        self._typesetting = typesetting
        self._random = random
        self._sealing = sealing

    def indexes(self, record: Record, issuer: str) -> Indexes:
        """Both indexes of a record."""
        same = "\0".join((issuer, record.type_id, record.key))
        subject = {name: getattr(record.subject, name) for name in _SUBJECT}
        details = same, subject, dict(record.facts), record.awarded_on, record.valid_until
        text = json.dumps(details, sort_keys=True, default=str)
        return Indexes(
            self._institution.mac(b"record", same.encode())[:16],
            self._institution.mac(b"record-content", text.encode())[:16],
        )

    async def desk(self, issuer: Issuer) -> Desk:
        """The issuer's keys and addresses."""
        desk = await self._register.desk(issuer)
        if self._sealing.long_term:
            self._sealing.know(await self._register.authority())
        return desk

    async def places(self, desk: Desk, count: int) -> list[tuple[int, StatusPlace]]:
        """As many free places in the issuer's status lists."""
        return await free_places(self._catalog, desk, self._random, count)

    def make(
        self,
        desk: Desk,
        record: Record,
        indexes: Indexes,
        document_type: DocumentType,
        vault: VaultId,
        place: tuple[int, StatusPlace],
        now: float,
    ) -> Made:
        """The certificate; it takes a processor some milliseconds: run it in a thread.

        `indexes` are the record's. An HSM or a time-stamping authority is waited for, where one
        is configured. Raises InvalidRecord if the record cannot be certified, PluginError if not
        set, SealingUnavailable if not sealed.
        """
        presentation = document_type.present(record)
        order = Order(
            record, presentation, desk.issuer, desk.public_url, place[1],
            document_type.template(), desk.notice,
        )  # fmt: skip
        moment = dt.datetime.fromtimestamp(now, dt.UTC)
        certificate = issue(
            order, desk.generation, self._typesetting, moment, self._random, self._sealing
        )
        at = place[0], place[1].index
        row = self._row(desk, record, indexes, certificate, vault, at, int(now * 1000))
        return Made(certificate.binding.certificate, presentation.file_name, certificate.pdf, row)

    def rehearse(
        self, record: Record, document_type: DocumentType, issuer: Issuer, now: float
    ) -> None:
        """Set the page and throw it away: no key is made or used.

        Raises PluginError if the page cannot be set.
        """
        moment = dt.datetime.fromtimestamp(now, dt.UTC)
        page = Page(
            document_type.present(record), record, issuer, uuid.UUID(int=0).urn, moment,
            template=document_type.template(),
        )  # fmt: skip
        self._typesetting.sheet(page)

    def _row(
        self,
        desk: Desk,
        record: Record,
        indexes: Indexes,
        certificate: Certificate,
        vault: VaultId,
        place: tuple[int, int],
        at: int,
    ) -> CertificateRow:
        key = certificate_key(certificate.binding.certificate)
        code = code_keys(certificate.code, self._register.pepper)
        about = seal_about(self._institution, key, record, place, self._random)
        sealed = code.seal(isal_zlib.compress(certificate.credential, _LEVEL), self._random)
        return CertificateRow(
            key, desk.issuer.id, vault, *place, indexes.record, indexes.content,
            code.index, about, sealed, at,
        )  # fmt: skip


def certificate_key(certificate: str) -> CertificateKey:
    """The catalog's key of a certificate id. Raises ValueError if it is none."""
    return CertificateKey(uuid.UUID(certificate).bytes)


def certificate_id(key: bytes) -> CertificateId:
    """The certificate id of a catalog's key."""
    return CertificateId(uuid.UUID(bytes=key).urn)
