"""What happens to certificates after they were delivered: listed, revoked, checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

from vault_core.api import Clock, Text
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import BadRequest, NodeNotFound
from vault_core.issuing.identity import CertificateId
from vault_core.issuing.making import certificate_id, certificate_key
from vault_core.store import certificates
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow, RowState, Way
from vault_core.store.ids import VaultId

REASONS: Mapping[str, Text] = {
    "error": Text("délivrée par erreur", "issued in error"),
    "fraud": Text("obtenue par fraude", "obtained by fraud"),
    "withdrawn": Text("retirée par l'autorité", "withdrawn by the authority"),
    "key": Text("clé de l'émetteur compromise", "the issuer's key was compromised"),
}
"""Why a certificate can be revoked."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as its issuer sees it: never what it says, nor about whom."""

    id: CertificateId
    issuer: str
    type: str
    state: RowState
    issued_at: dt.datetime
    ended_at: dt.datetime | None
    reason: str
    replaced_by: CertificateId | None


@dataclass(frozen=True, slots=True)
class Checked:
    """How often one certificate was checked on one day, in one way, and when last."""

    certificate: CertificateId
    way: Way
    times: int
    last_at: dt.datetime


class Certificates:
    """The institution's certificates."""

    def __init__(self, catalog: Catalog, institution: ServerKeyring, clock: Clock) -> None:
        self._catalog = catalog
        self._institution = institution
        self._clock = clock

    async def everything(self, issuer: str | None = None) -> AsyncIterator[Standing]:
        """All of them (of one issuer), oldest first."""
        async for row in certificates.everything(self._catalog, issuer):
            yield self._standing(row)

    async def standing(self, certificate: str) -> Standing | None:
        """What became of a certificate; None if it was not issued here."""
        row = await certificates.by_id(self._catalog, _key(certificate))
        return self._standing(row) if row else None

    async def revoke(self, certificate: str, reason: str) -> Standing:
        """End a certificate; its owner's journal says so. `reason` is one of REASONS.

        Raises BadRequest for another reason or what is no id, NodeNotFound, and Forbidden if it
        is not valid any more.
        """
        if reason not in REASONS:
            raise BadRequest(f"'{reason}' is no reason; there are: {', '.join(REASONS)}.")
        key = _key(certificate)
        if await certificates.by_id(self._catalog, key) is None:
            raise NodeNotFound("No certificate of that id was issued here.")
        at = int(self._clock() * 1000)
        return self._standing(await self._catalog.commit(certificates.revoke, key, reason, at))

    async def checks(self, vault: VaultId) -> list[Checked]:
        """Who owns a vault may know how often its certificates were checked, newest first."""
        return [
            Checked(certificate_id(row.certificate), row.way, row.times, _moment(row.last_at))
            for row in await certificates.checks(self._catalog, vault)
        ]

    def _standing(self, row: CertificateRow) -> Standing:
        type_id = self._institution.open(b"certificate" + row.id, row.about).decode()
        return Standing(
            certificate_id(row.id),
            row.issuer,
            type_id,
            row.state,
            _moment(row.created_at),
            _moment(row.ended_at) if row.ended_at is not None else None,
            row.reason or "",
            certificate_id(row.replaced_by) if row.replaced_by else None,
        )


def _key(certificate: str) -> certificates.CertificateKey:
    try:
        return certificate_key(certificate)
    except ValueError:
        raise BadRequest(f"'{certificate}' is no certificate id (urn:uuid:…).") from None


def _moment(milliseconds: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC)
