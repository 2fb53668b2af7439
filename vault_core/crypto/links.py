"""What a link opens, sealed under its secret; and the visits during which it is open.

A link's secret is in its address and never stored; its PIN, if it has one, goes through Argon2id.
Neither opens a key slot. docs/format-crypto.md has the bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from vault_core.api import Buffer, Random
from vault_core.crypto import aead
from vault_core.crypto.derivation import (
    RFC_9106,
    SALT_SIZE,
    argon2id_parameters,
    derive,
    hkdf_parameters,
)
from vault_core.crypto.slots import password_secret
from vault_core.errors import AccessDenied, CorruptCiphertext

LinkKind = Literal["share", "drop", "proof"]

_LABEL: Final = b"parchemin/link/1"
_VERSION: Final = b"\x01"
_LOOKUP_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class LinkBinding:
    """Which link of which vault a payload belongs to: ids, 16 bytes each, its kind, and the
    parameters of its key."""

    vault: bytes
    link: bytes
    kind: LinkKind
    parameters: str

    @property
    def associated(self) -> bytes:
        """The AEAD's associated data: a label, then each field after its length."""
        fields = (self.vault, self.link, self.kind.encode(), self.parameters.encode())
        return _LABEL + b"".join(len(field).to_bytes(4, "big") + field for field in fields)


def link_parameters(random: Random, *, pin: bool) -> str:
    """New parameters: canonical JSON, stored beside the payload."""
    salt = random(SALT_SIZE)
    return argon2id_parameters(salt, RFC_9106) if pin else hkdf_parameters(salt)


def has_pin(parameters: str) -> bool:
    """Whether a PIN goes into the key."""
    return '"kdf":"argon2id"' in parameters


def link_lookup(secret: bytes) -> bytes:
    """16 bytes by which a link is found, and which tell nothing about its secret."""
    return aead.hkdf_sha256(secret, b"", b"parchemin/link-lookup/1", _LOOKUP_SIZE)


def link_key(binding: LinkBinding, secret: bytes, pin: str) -> bytes:
    """The key of the payload, 32 bytes. With a PIN it takes 0.2 s: run it in a thread.

    Raises AccessDenied if the parameters are damaged, or the PIN is no text.
    """
    if not has_pin(binding.parameters):
        return derive(binding.parameters, secret, f"link-{binding.kind}")
    stretched = derive(binding.parameters, password_secret(pin), "password")
    return aead.hkdf_sha256(
        secret + stretched, b"", b"parchemin/link-key/1/" + binding.kind.encode()
    )


def seal_payload(key: bytes, binding: LinkBinding, data: Buffer, random: Random) -> bytes:
    """The payload for storing; it may be sealed again whenever what the link shows changes."""
    nonce = random(aead.NONCE_SIZE)
    return _VERSION + nonce + aead.seal(key, nonce, data, binding.associated)


def open_payload(key: bytes, binding: LinkBinding, sealed: bytes) -> bytes:
    """What the link opens.

    Raises AccessDenied if the key is not the right one, or anything of the link was altered:
    the two cannot be told apart.
    """
    start = 1 + aead.NONCE_SIZE
    if sealed[:1] != _VERSION or len(sealed) < start + aead.TAG_SIZE:
        raise AccessDenied
    try:
        return aead.open(key, sealed[1:start], sealed[start:], binding.associated)
    except CorruptCiphertext:
        raise AccessDenied from None


def visit_lookup(token: bytes) -> bytes:
    """16 bytes by which a visit is found."""
    return aead.hkdf_sha256(token, b"", b"parchemin/visit-lookup/1", _LOOKUP_SIZE)


def wrap_for_visit(key: bytes, link: bytes, token: bytes) -> bytes:
    """The link's key under a visit's token: 32 random bytes, used for this once."""
    return aead.seal(_visit_key(link, token), aead.ZERO_NONCE, key, link)


def unwrap_for_visit(wrapped: bytes, link: bytes, token: bytes) -> bytes:
    """The inverse. Raises AccessDenied."""
    try:
        return aead.open(_visit_key(link, token), aead.ZERO_NONCE, wrapped, link)
    except CorruptCiphertext:
        raise AccessDenied from None


def _visit_key(link: bytes, token: bytes) -> bytes:
    return aead.hkdf_sha256(token, link, b"parchemin/visit-key/1")
