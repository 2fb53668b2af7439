"""Key slots: one vault's identity, wrapped once for each secret that opens the vault.

The wrap is bound to vault, slot, kind and parameters, so that no row can be moved, relabelled or
weakened. docs/format-crypto.md has the bytes.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from vault_core.api import Random
from vault_core.crypto import aead, age
from vault_core.crypto.codes import (
    new_activation_code,
    new_app_password,
    new_recovery_code,
    new_session_token,
    parse_code,
    parse_session_token,
)
from vault_core.crypto.derivation import (
    MIN_SECRET_SIZE,
    RFC_9106,
    SALT_SIZE,
    Cost,
    age_parameters,
    argon2id_parameters,
    derive,
    hkdf_parameters,
)
from vault_core.crypto.keys import Identity, Opener, Recipient, identity_of, parse_identity
from vault_core.errors import AccessDenied, CryptoError

__all__ = [
    "RFC_9106",
    "Cost",
    "SlotBinding",
    "SlotKind",
    "WrappedIdentity",
    "entrust_identity",
    "entrusted_identity",
    "new_activation_code",
    "new_app_password",
    "new_recovery_code",
    "new_session_token",
    "parse_code",
    "parse_session_token",
    "password_secret",
    "recipient_hash",
    "slot_lookup",
    "unwrap_identity",
    "wrap_identity",
]

SlotKind = Literal[
    "password", "app-password", "session", "token", "activation", "recovery", "passkey", "escrow",
    "custody", "pending", "device", "contact", "guardian",
]  # fmt: skip
"""`pending` is a session that waits for its second factor, `device` a browser that single sign-on
opens the vault in; `contact` and `guardian` are entrusted to another person's vault."""

_LABEL: Final = b"parchemin/slot/1"
_LOOKUP_INFO: Final = b"parchemin/slot-lookup/1"
_LOOKUP_SIZE: Final = 16
_ENTRUSTED: Final = frozenset({"escrow", "custody", "contact", "guardian"})
_KIND_BYTES: Final = {"x25519": b"\x01", "mlkem768x25519": b"\x02"}
_KINDS: Final = {byte: kind for kind, byte in _KIND_BYTES.items()}


@dataclass(frozen=True, slots=True)
class SlotBinding:
    """Which slot of which vault a wrap belongs to: ids, 16 bytes each, and its kind."""

    vault: bytes
    slot: bytes
    kind: SlotKind

    def associated(self, parameters: str) -> bytes:
        """The AEAD's associated data: a label, then each field after its length."""
        fields = (self.vault, self.slot, self.kind.encode(), parameters.encode())
        return _LABEL + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


@dataclass(frozen=True, slots=True)
class WrappedIdentity:
    """A slot's two stored values: the derivation's parameters (JSON) and the ciphertext."""

    parameters: str
    wrapped: bytes


def password_secret(password: str) -> bytes:
    """The bytes of a chosen password: NFC (RFC 8265 section 4.2), as keyboards differ.

    Raises AccessDenied if it is not Unicode text.
    """
    try:
        return unicodedata.normalize("NFC", password).encode()
    except UnicodeEncodeError:
        raise AccessDenied from None


def slot_lookup(secret: bytes) -> bytes:
    """16 bytes by which a random secret's slot is found, and which tell nothing about it."""
    return aead.hkdf_sha256(secret, b"", _LOOKUP_INFO, _LOOKUP_SIZE)


def wrap_identity(
    identity: Identity,
    secret: bytes,
    binding: SlotBinding,
    random: Random,
    cost: Cost = RFC_9106,
) -> WrappedIdentity:
    """The identity under `secret`: a password's bytes, or 16 and more random ones.

    A password takes tenths of a second: run it in a thread. Raises ValueError for a kind that
    has no secret, a random secret that is too short, or a cost that is not allowed.
    """
    if binding.kind in _ENTRUSTED:
        raise ValueError(f"a slot of kind {binding.kind} is made by entrust_identity")
    salt = random(SALT_SIZE)
    if binding.kind == "password":
        parameters = argon2id_parameters(salt, cost)
    elif len(secret) >= MIN_SECRET_SIZE:
        parameters = hkdf_parameters(salt)
    else:
        raise ValueError("the secret is too short to be random")
    key = derive(parameters, secret, binding.kind)
    plaintext = _KIND_BYTES[identity.kind] + identity.secret
    # The salt makes the key new every time, so one fixed nonce is never used twice with it.
    wrapped = aead.seal(key, aead.ZERO_NONCE, plaintext, binding.associated(parameters))
    return WrappedIdentity(parameters, wrapped)


def unwrap_identity(wrapped: WrappedIdentity, secret: bytes, binding: SlotBinding) -> Identity:
    """The identity in the slot.

    Raises AccessDenied if the secret is wrong, or if anything of the slot was altered: the two
    cannot be told apart.
    """
    if binding.kind in _ENTRUSTED:
        raise AccessDenied
    key = derive(wrapped.parameters, secret, binding.kind)
    associated = binding.associated(wrapped.parameters)
    try:
        plaintext = aead.open(key, aead.ZERO_NONCE, wrapped.wrapped, associated)
        return identity_of(_KINDS.get(plaintext[:1], ""), plaintext[1:])
    except CryptoError:
        raise AccessDenied from None


def recipient_hash(recipient: Recipient) -> bytes:
    """32 bytes by which an entrusted slot says whom it was entrusted to."""
    return hashlib.sha256(str(recipient).encode()).digest()


def entrust_identity(
    identity: Identity, recipient: Recipient, binding: SlotBinding, random: Random
) -> WrappedIdentity:
    """The identity for escrow, custody, a contact or guardian: an age file to that recipient.

    Its plaintext is an identity file that stock age reads. Raises ValueError for another kind
    of slot.
    """
    if binding.kind not in _ENTRUSTED:
        raise ValueError(f"a slot of kind {binding.kind} is made by wrap_identity")
    parameters = age_parameters(recipient_hash(recipient))
    plaintext = f"{_identity_head(binding)}{identity}\n".encode()
    return WrappedIdentity(parameters, age.encrypt(plaintext, [recipient], random))


def entrusted_identity(
    wrapped: WrappedIdentity, openers: Sequence[Opener], binding: SlotBinding
) -> Identity:
    """The identity in an entrusted slot, opened with the identity that it was entrusted to.

    Anybody who knows that recipient can make such a file: compare the identity's recipient with
    the vault's. Raises AccessDenied if it does not open, or belongs to another slot.
    """
    try:
        text = age.decrypt(wrapped.wrapped, openers).decode("ascii")
        head = _identity_head(binding)
        if binding.kind not in _ENTRUSTED or not text.startswith(head) or text[-1:] != "\n":
            raise AccessDenied("The key slot was made for another vault.")
        return parse_identity(text[len(head) : -1])
    except (CryptoError, UnicodeDecodeError):
        raise AccessDenied from None


def _identity_head(binding: SlotBinding) -> str:
    """Comment lines, as age identity files have them, that say whose key follows."""
    return (
        f"# parchemin {binding.kind} 1\n"
        f"# vault: {binding.vault.hex()}\n# slot: {binding.slot.hex()}\n"
    )
