"""The X25519 recipient type (C2SP age, "The X25519 recipient type")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from vault_core.api import Random
from vault_core.crypto import aead, bech32
from vault_core.crypto.header import WRAPPED_FILE_KEY_SIZE, Stanza, decode_base64, encode_base64
from vault_core.errors import CorruptCiphertext, MalformedAge

KIND: Final = "x25519"
RECIPIENT_PREFIX: Final = "age"
IDENTITY_PREFIX: Final = "AGE-SECRET-KEY-"

_STANZA: Final = "X25519"
_INFO: Final = b"age-encryption.org/v1/X25519"
_KEY_SIZE: Final = 32
_UNUSABLE: Final = "An X25519 public key is not usable: it has a low order."
_PRIME: Final = 2**255 - 19
_LOW_ORDER: Final = frozenset(
    (
        0, 1, _PRIME - 1, _PRIME, _PRIME + 1,
        325606250916557431795983626356110631294008115727848805560023387167927233504,
        39382357235489614581723060781553021112529911719440698176882885853963445705823,
    )
)  # fmt: skip
"""Every coordinate, as RFC 7748 reads it, of a point on the curve or its twist whose order divides
eight: any scalar takes such a point to zero."""


def exchange(secret: X25519PrivateKey, public: bytes) -> bytes:
    """The shared secret (RFC 7748 section 6.1).

    Raises MalformedAge if it would be all zero, as a low-order point makes it.
    """
    try:
        return secret.exchange(X25519PublicKey.from_public_bytes(public))
    except ValueError:
        raise MalformedAge(_UNUSABLE) from None


def _wrap_key(shared: bytes, share: bytes, public: bytes) -> bytes:
    return aead.hkdf_sha256(shared, share + public, _INFO)


@dataclass(frozen=True, slots=True)
class X25519Recipient:
    """`age1…`: the 32 bytes of a Curve25519 point."""

    kind: ClassVar[str] = KIND
    public: bytes

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The file key for this recipient, under a fresh ephemeral secret."""
        ephemeral = X25519PrivateKey.from_private_bytes(random(_KEY_SIZE))
        share = ephemeral.public_key().public_bytes_raw()
        key = _wrap_key(exchange(ephemeral, self.public), share, self.public)
        body = aead.seal(key, aead.ZERO_NONCE, file_key)
        return Stanza((_STANZA, encode_base64(share)), body)

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.public)


@dataclass(frozen=True, slots=True)
class X25519Identity:
    """`AGE-SECRET-KEY-1…`: 32 random bytes."""

    kind: ClassVar[str] = KIND
    secret: bytes = field(repr=False)
    recipient: X25519Recipient = field(init=False, compare=False)
    _key: X25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        key = X25519PrivateKey.from_private_bytes(self.secret)
        object.__setattr__(self, "_key", key)
        recipient = X25519Recipient(key.public_key().public_bytes_raw())
        object.__setattr__(self, "recipient", recipient)

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if no stanza is for this key.

        Raises MalformedAge if any X25519 stanza is not as the specification says.
        """
        parsed = [(_share(stanza), stanza.body) for stanza in stanzas if stanza.kind == _STANZA]
        for share, body in parsed:
            key = _wrap_key(exchange(self._key, share), share, self.recipient.public)
            try:
                return aead.open(key, aead.ZERO_NONCE, body)
            except CorruptCiphertext:
                continue
        return None

    def __str__(self) -> str:
        return bech32.encode(IDENTITY_PREFIX.lower(), self.secret).upper()


def _share(stanza: Stanza) -> bytes:
    """The ephemeral share. Raises MalformedAge unless the stanza has the lengths it must have."""
    if len(stanza.arguments) != 2 or len(stanza.body) != WRAPPED_FILE_KEY_SIZE:
        raise MalformedAge("An X25519 stanza has the wrong number of arguments or length.")
    share = decode_base64(stanza.arguments[1])
    if len(share) != _KEY_SIZE:
        raise MalformedAge("An X25519 stanza's share is not 32 bytes.")
    return share


def parse_recipient(data: bytes) -> X25519Recipient:
    """The recipient of the Bech32 data. Raises MalformedAge if it is no usable public key."""
    if len(data) != _KEY_SIZE:
        raise MalformedAge("An X25519 recipient is 32 bytes.")
    if int.from_bytes(data, "little") & (1 << 255) - 1 in _LOW_ORDER:
        raise MalformedAge(_UNUSABLE)
    return X25519Recipient(data)


def parse_identity(data: bytes) -> X25519Identity:
    """The identity of the Bech32 data. Raises MalformedAge if it is not 32 bytes."""
    if len(data) != _KEY_SIZE:
        raise MalformedAge("An X25519 identity is 32 bytes.")
    return X25519Identity(data)
