"""What happens to certificates after they were delivered: listed, revoked, checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from vault_core.api import Clock, Reason, Text
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import BadRequest, CorruptCiphertext, NodeNotFound
from vault_core.issuing.certificates.about import open_about
from vault_core.issuing.certificates.making import certificate_id, certificate_key
from vault_core.issuing.credentials.identity import CertificateId
from vault_core.store import certificates, sound
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import CertificateRow, Way
from vault_core.store.ids import VaultId
from vault_core.store.sound import Damaged

REASONS: Mapping[str, Text] = {
    "error": Text("délivrée par erreur", "issued in error"),
    "fraud": Text("obtenue par fraude", "obtained by fraud"),
    "withdrawn": Text("retirée par l'autorité", "withdrawn by the authority"),
    "key": Text("clé de l'émetteur compromise", "the issuer's key was compromised"),
}
"""Why a certificate can be revoked."""


State = Literal["valid", "expired", "replaced", "revoked", "damaged"]


@dataclass(frozen=True, slots=True)
class Standing:
    """A certificate as its issuer sees it: never what it says, nor about whom.

    Of a damaged one only its id is known, and when it was made.
    """

    id: CertificateId
    issuer: str
    type: str
    state: State
    issued_at: dt.datetime
    ended_at: dt.datetime | None
    """When it expired, was replaced or revoked."""
    reason: str
    replaced_by: CertificateId | None
    expires_at: dt.datetime | None = None
    """The end of its last valid day; None for what does not expire."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How often one certificate was checked on one day, in one way, and when last."""

    certificate: CertificateId
    way: Way
    times: int
    last_at: dt.datetime


def no_reason(given: str) -> Reason:
    """Why nothing is revoked for what is none of REASONS."""
    return Reason(
        f"« {given} » n'est pas un motif ; il y a : {', '.join(REASONS)}.",
        f"'{given}' is no reason; there are: {', '.join(REASONS)}.",
    )


@dataclass(frozen=True, slots=True)
class Certificates:
    """The institution's certificates."""

    _catalog: Catalog
    _institution: ServerKeyring
    _clock: Clock

    async def everything(self, issuer: str | None = None) -> AsyncIterator[Standing]:
        """All of them (of one issuer), oldest first."""
        async for row in certificates.everything(self._catalog, issuer):
            yield self._listed(row)

    async def standing(self, certificate: str) -> Standing | None:
        """What became of a certificate; None if it was not issued here."""
        row = await certificates.by_id(self._catalog, _key(certificate))
        return self._standing(row) if row else None

    async def standings(self, wanted: Iterable[str]) -> Mapping[str, Standing]:
        """What became of many certificates, by their ids; without those not issued here."""
        keys = {text: key for text in wanted if (key := _key_or_none(text)) is not None}
        rows = await certificates.by_ids(self._catalog, list(dict.fromkeys(keys.values())))
        return {text: self._listed(rows[key]) for text, key in keys.items() if key in rows}

    async def revoke(self, certificate: str, reason: str) -> Standing:
        """End a certificate; its owner's journal says so. `reason` is one of REASONS.

        One that has expired can still be revoked. Raises BadRequest for another reason or what is
        no id, NodeNotFound, and Forbidden if it was replaced or revoked before.
        """
        if reason not in REASONS:
            raise BadRequest(no_reason(reason))
        key = _key(certificate)
        if await certificates.by_id(self._catalog, key) is None:
            raise NodeNotFound(
                Reason(
                    "Aucune attestation de cet identifiant n'a été délivrée ici.",
                    "No certificate of that id was issued here.",
                )
            )
        at = int(self._clock() * 1000)
        return self._standing(await self._catalog.commit(certificates.revoke, key, reason, at))

    async def checks(self, vault: VaultId) -> list[Checked]:
        """Who owns a vault may know how often its certificates were checked, newest first."""
        return [
            Checked(certificate_id(row.certificate), row.way, row.times, _moment(row.last_at))
            for row in await certificates.checks(self._catalog, vault)
        ]

    def _listed(self, row: CertificateRow | Damaged) -> Standing:
        if isinstance(row, Damaged):
            return _damaged(row)
        try:
            return self._standing(row)
        except CorruptCiphertext:
            return _damaged(Damaged((row.id,)))

    def _standing(self, row: CertificateRow) -> Standing:
        about = open_about(self._institution, row.id, row.about)
        expires_at = about.expires_at
        state: State = row.state
        ended_at = _moment(row.ended_at) if row.ended_at is not None else None
        if state == "valid" and expires_at is not None and expires_at < self._now():
            state, ended_at = "expired", expires_at
        return Standing(
            certificate_id(row.id),
            row.issuer,
            about.type,
            state,
            _moment(row.created_at),
            ended_at,
            row.reason or "",
            certificate_id(row.replaced_by) if row.replaced_by else None,
            expires_at,
        )

    def _now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(self._clock(), dt.UTC)


def _damaged(row: Damaged) -> Standing:
    return Standing(
        certificate_id(row.key[0]), "", "", "damaged", _moment(row.made_at), None, "", None
    )


def _key(certificate: str) -> certificates.CertificateKey:
    try:
        return certificate_key(certificate)
    except ValueError:
        raise BadRequest(
            Reason(
                f"« {certificate} » n'est pas l'identifiant d'une attestation (urn:uuid:…).",
                f"'{certificate}' is no certificate id (urn:uuid:…).",
            )
        ) from None


def _key_or_none(certificate: str) -> certificates.CertificateKey | None:
    try:
        return certificate_key(certificate)
    except ValueError:
        return None  # of an issuer whose certificates are kept elsewhere


def _moment(milliseconds: int) -> dt.datetime:
    return sound.moment(milliseconds)
