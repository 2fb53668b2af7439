"""The MLKEM768-X25519 hybrid recipient type (C2SP age; HPKE of RFC 9180, X-Wing's KEM).

Safe as long as one of ML-KEM-768 and X25519 is; the default kind of a vault.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from vault_core.api import Random
from vault_core.crypto import bech32, x25519
from vault_core.crypto.header import WRAPPED_FILE_KEY_SIZE, Stanza, decode_base64, encode_base64
from vault_core.errors import MalformedAge

KIND: Final = "mlkem768x25519"
RECIPIENT_PREFIX: Final = "age1pq"
IDENTITY_PREFIX: Final = "AGE-SECRET-KEY-PQ-"

_INFO: Final = b"age-encryption.org/mlkem768x25519"
_SUITE: Final = hpke.Suite(
    hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305
)
_SECRET_SIZE: Final = 32
_MLKEM_SEED_SIZE: Final = 64
_MLKEM_PUBLIC_SIZE: Final = 1184
_X25519_SIZE: Final = 32
_PUBLIC_SIZE: Final = _MLKEM_PUBLIC_SIZE + _X25519_SIZE
_ENC_SIZE: Final = 1120
"""HPKE's encapsulated key: 1,088 bytes of ML-KEM ciphertext, then the X25519 share."""


@dataclass(frozen=True, slots=True)
class HybridRecipient:
    """`age1pq1…`: an ML-KEM-768 encapsulation key and a Curve25519 point, 1,216 bytes."""

    kind: ClassVar[str] = KIND
    public: bytes
    _key: hpke.MLKEM768X25519PublicKey = field(repr=False, compare=False)

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The file key for this recipient.

        HPKE draws its own randomness from the operating system; `random` is not used.
        """
        sealed = _SUITE.encrypt(file_key, self._key, _INFO)
        return Stanza((KIND, encode_base64(sealed[:_ENC_SIZE])), sealed[_ENC_SIZE:])

    def __str__(self) -> str:
        return bech32.encode(RECIPIENT_PREFIX, self.public)


@dataclass(frozen=True, slots=True)
class HybridIdentity:
    """`AGE-SECRET-KEY-PQ-1…`: the 32-byte seed that both private keys are expanded from."""

    kind: ClassVar[str] = KIND
    secret: bytes = field(repr=False)
    recipient: HybridRecipient = field(init=False, compare=False)
    _key: hpke.MLKEM768X25519PrivateKey = field(init=False, repr=False, compare=False)
    _x25519: X25519PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        seed = hashlib.shake_256(self.secret).digest(_MLKEM_SEED_SIZE + _X25519_SIZE)
        mlkem = MLKEM768PrivateKey.from_seed_bytes(seed[:_MLKEM_SEED_SIZE])
        curve = X25519PrivateKey.from_private_bytes(seed[_MLKEM_SEED_SIZE:])
        key = hpke.MLKEM768X25519PrivateKey(mlkem, curve)
        public = mlkem.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_x25519", curve)
        object.__setattr__(self, "recipient", HybridRecipient(public, key.public_key()))

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if no stanza is for this key.

        Raises MalformedAge if any mlkem768x25519 stanza is not as the specification says.
        """
        parsed = [_sealed(stanza) for stanza in stanzas if stanza.kind == KIND]
        for sealed in parsed:
            # HPKE does not tell a low-order share from a stanza for somebody else.
            x25519.exchange(self._x25519, sealed[_ENC_SIZE - _X25519_SIZE : _ENC_SIZE])
            try:
                return _SUITE.decrypt(sealed, self._key, _INFO)
            except InvalidTag:
                continue
        return None

    def __str__(self) -> str:
        return bech32.encode(IDENTITY_PREFIX.lower(), self.secret).upper()


def _sealed(stanza: Stanza) -> bytes:
    """HPKE's output in the stanza. Raises MalformedAge unless its lengths are right."""
    if len(stanza.arguments) != 2 or len(stanza.body) != WRAPPED_FILE_KEY_SIZE:
        raise MalformedAge("A hybrid stanza has the wrong number of arguments or length.")
    enc = decode_base64(stanza.arguments[1])
    if len(enc) != _ENC_SIZE:
        raise MalformedAge("A hybrid stanza's encapsulated key is not 1,120 bytes.")
    return enc + stanza.body


def parse_recipient(data: bytes) -> HybridRecipient:
    """The recipient of the Bech32 data. Raises MalformedAge if it is no usable public key."""
    if len(data) != _PUBLIC_SIZE:
        raise MalformedAge("A hybrid recipient is 1,216 bytes.")
    curve = data[_MLKEM_PUBLIC_SIZE:]
    x25519.parse_recipient(curve)
    try:
        mlkem = MLKEM768PublicKey.from_public_bytes(data[:_MLKEM_PUBLIC_SIZE])
    except ValueError:
        raise MalformedAge("A hybrid recipient's ML-KEM key is not usable.") from None
    key = hpke.MLKEM768X25519PublicKey(mlkem, X25519PublicKey.from_public_bytes(curve))
    return HybridRecipient(data, key)


def parse_identity(data: bytes) -> HybridIdentity:
    """The identity of the Bech32 data. Raises MalformedAge if it is not 32 bytes."""
    if len(data) != _SECRET_SIZE:
        raise MalformedAge("A hybrid identity is 32 bytes.")
    return HybridIdentity(data)
