"""Passkeys (WebAuthn level 3): one touch says who, and its PRF output opens the vault.

The PRF extension gives 32 bytes that depend on the authenticator's own secret and on a salt of
ours: the secret of a key slot of kind `passkey`. A passkey without it says who, and opens nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import AccessDenied, BadRequest, Conflict
from vault_core.signin.factors import Factors
from vault_core.signin.tickets import Tickets
from vault_core.store import factors
from vault_core.store.factors import FactorRow
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Proof, Vaults

SECONDS: Final = 300
"""How long a touch may take."""
PRF_SIZE: Final = 32
_SALT: Final = hashlib.sha256(b"parchemin/passkey-prf/1").digest()
"""One for all: the output differs by authenticator and credential anyway, and a passkey that is
found by the browser is not known before it answers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the browser passes to `navigator.credentials`, and the ticket of its challenge."""

    options: dict[str, Any]
    ticket: str


@dataclass(frozen=True, slots=True)
class Touched:
    """Whose passkey it was; the proof is there if it opens the vault."""

    row: FactorRow
    proof: Proof | None


@dataclass(frozen=True, slots=True)
class Passkeys:
    """Registers and checks passkeys."""

    _vaults: Vaults
    _institution: ServerKeyring
    _tickets: Tickets
    _factors: Factors

    def _lookup(self, credential: bytes) -> bytes:
        return self._institution.mac(b"passkey", credential)[:16]

    async def ask_new(self, vault: Vault, server_url: str, institution: str) -> Asked:
        """Options for a new passkey of an open vault."""
        from webauthn import generate_registration_options
        from webauthn.helpers import options_to_json_dict
        from webauthn.helpers.structs import (
            AuthenticatorSelectionCriteria,
            PublicKeyCredentialDescriptor,
            ResidentKeyRequirement,
            UserVerificationRequirement,
        )

        present = [
            PublicKeyCredentialDescriptor(_bytes(self._factors.facts(row)["credential"]))
            for row in await self._factors.rows(vault.id)
            if row.kind == "passkey"
        ]
        options = generate_registration_options(
            rp_id=_host(server_url),
            rp_name=institution,
            user_name=vault.username,
            user_id=vault.id,
            challenge=self._vaults.services.random(32),
            timeout=SECONDS * 1000,
            exclude_credentials=present,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
        facts = {"challenge": options.challenge.hex(), "vault": vault.id.hex()}
        ticket = self._tickets.issue("passkey-new", facts, SECONDS)
        return Asked(_with_prf(options_to_json_dict(options)), ticket)

    async def add(self, vault: Vault, answer: Mapping[str, Any], server_url: str) -> bool:
        """Keep the passkey that the browser made; whether it opens the vault by itself.

        Raises AccessDenied, BadRequest, Conflict.
        """
        from webauthn import verify_registration_response
        from webauthn.helpers.exceptions import WebAuthnException

        facts = await self._tickets.use("passkey-new", _text(answer, "ticket"))
        if facts["vault"] != vault.id.hex():
            raise AccessDenied
        try:
            verified = verify_registration_response(
                credential=_credential(answer),
                expected_challenge=bytes.fromhex(facts["challenge"]),
                expected_rp_id=_host(server_url),
                expected_origin=server_url,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, TypeError, ValueError):
            raise BadRequest("The passkey was not accepted: try again.") from None
        label = " ".join(_text(answer, "label").split())[:60]
        kept = {
            "credential": verified.credential_id.hex(),
            "key": verified.credential_public_key.hex(),
            "label": label,
        }
        prf = _prf(answer)
        try:
            await self._factors.add(
                vault, "passkey", kept, counter=verified.sign_count,
                lookup=self._lookup(verified.credential_id), prf=prf,
            )  # fmt: skip
        except Conflict:
            raise Conflict("This passkey is there already.") from None
        return prf is not None

    def ask(self, server_url: str) -> Asked:
        """Options for whoever has a passkey here; nobody is named."""
        from webauthn import generate_authentication_options
        from webauthn.helpers import options_to_json_dict
        from webauthn.helpers.structs import UserVerificationRequirement

        options = generate_authentication_options(
            rp_id=_host(server_url),
            challenge=self._vaults.services.random(32),
            timeout=SECONDS * 1000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        ticket = self._tickets.issue("passkey", {"challenge": options.challenge.hex()}, SECONDS)
        return Asked(_with_prf(options_to_json_dict(options)), ticket)

    async def touched(self, answer: Mapping[str, Any], server_url: str) -> Touched:
        """Whose passkey answered. Raises AccessDenied, BadRequest."""
        from webauthn import verify_authentication_response
        from webauthn.helpers.exceptions import WebAuthnException

        facts = await self._tickets.use("passkey", _text(answer, "ticket"))
        credential = _credential(answer)
        catalog = self._vaults.services.catalog
        row = await factors.by_lookup(catalog, self._lookup(_bytes_of_id(credential)))
        if row is None:
            raise AccessDenied
        try:
            verified = verify_authentication_response(
                credential=credential,
                expected_challenge=bytes.fromhex(facts["challenge"]),
                expected_rp_id=_host(server_url),
                expected_origin=server_url,
                credential_public_key=_bytes(self._factors.facts(row)["key"]),
                credential_current_sign_count=row.counter,
                require_user_verification=True,
            )
        except (WebAuthnException, KeyError, TypeError, ValueError):
            self._vaults.journal.note(row.person, None, "refused", None)
            raise AccessDenied from None
        await self._count(row, verified.new_sign_count)
        return Touched(row, await self._opened(row, _prf(answer)))

    async def _count(self, row: FactorRow, counter: int) -> None:
        at = int(self._vaults.services.clock() * 1000)
        catalog = self._vaults.services.catalog
        if counter == 0:  # synchronised passkeys do not count
            await catalog.commit(factors.touch, row.id, at)
        elif not await catalog.commit(factors.advance, row.id, counter, at):
            raise AccessDenied

    async def _opened(self, row: FactorRow, prf: bytes | None) -> Proof | None:
        if prf is None or row.slot is None:
            return None
        proof = await self._vaults.prove_secret("passkey", prf)
        if proof.vault != row.person:
            raise AccessDenied
        return proof


def _host(server_url: str) -> str:
    return urlsplit(server_url).hostname or ""


def _with_prf(options: dict[str, Any]) -> dict[str, Any]:
    salt = base64.urlsafe_b64encode(_SALT).rstrip(b"=").decode()
    return {**options, "extensions": {"prf": {"eval": {"first": salt}}}}


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name, "")
    if not isinstance(value, str):
        raise BadRequest
    return value


def _credential(answer: Mapping[str, Any]) -> dict[str, Any]:
    credential = answer.get("credential")
    if not isinstance(credential, dict):
        raise BadRequest
    return credential


def _prf(answer: Mapping[str, Any]) -> bytes | None:
    """The PRF output that the browser passed on. Raises BadRequest."""
    text = _text(answer, "prf")
    if not text:
        return None
    value = _unpadded(text)
    if len(value) != PRF_SIZE:
        raise BadRequest
    return value


def _bytes_of_id(credential: Mapping[str, Any]) -> bytes:
    return _unpadded(_text(credential, "id"))


def _unpadded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest from None


def _bytes(text: Any) -> bytes:
    return bytes.fromhex(str(text))
