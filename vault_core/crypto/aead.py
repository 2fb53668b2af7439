"""Every AEAD, key derivation and MAC of Parchemin: no other module calls the primitives.

Key agreement (X25519, HPKE) stays with the recipient kind that uses it. All lengths are bytes.
"""

from __future__ import annotations

import hmac
import threading
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from vault_core.api import Buffer
from vault_core.errors import CorruptCiphertext

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 12
TAG_SIZE: Final = 16
ZERO_NONCE: Final = bytes(NONCE_SIZE)
"""For keys that encrypt one single message."""

_SHA256: Final = hashes.SHA256()


class Aead:
    """ChaCha20-Poly1305 (RFC 8439) under one 32-byte key, kept ready: making one costs 2 µs.

    Both directions let other threads run while they work on large inputs.
    """

    __slots__ = ("_cipher", "seal", "seal_into")

    def __init__(self, key: bytes) -> None:
        self._cipher = ChaCha20Poly1305(key)
        # Bound once, as they are called for every chunk: (nonce, data, associated data[, buffer]);
        # the buffer is exactly TAG_SIZE longer than the data and does not overlap it.
        self.seal = self._cipher.encrypt
        self.seal_into = self._cipher.encrypt_into

    def open(self, nonce: bytes, data: Buffer, associated: bytes | None) -> bytes:
        """The plaintext. Raises CorruptCiphertext."""
        try:
            return self._cipher.decrypt(nonce, data, associated)
        except InvalidTag:
            raise CorruptCiphertext from None

    def open_into(self, nonce: bytes, data: Buffer, associated: bytes | None, out: Buffer) -> int:
        """The same into `out`, exactly TAG_SIZE shorter than `data`; gives the bytes written.

        Raises CorruptCiphertext; what `out` then holds means nothing.
        """
        try:
            return self._cipher.decrypt_into(nonce, data, associated, out)
        except InvalidTag:
            raise CorruptCiphertext from None


def seal(key: bytes, nonce: bytes, data: Buffer, associated: bytes | None = None) -> bytes:
    """ChaCha20-Poly1305 once: ciphertext and 16-byte tag."""
    return ChaCha20Poly1305(key).encrypt(nonce, data, associated)


def open(  # noqa: A001 - the AEAD term; callers write aead.open
    key: bytes, nonce: bytes, data: Buffer, associated: bytes | None = None
) -> bytes:
    """The plaintext of `seal`. Raises CorruptCiphertext."""
    return Aead(key).open(nonce, data, associated)


def hkdf_sha256(secret: Buffer, salt: bytes, info: bytes, length: int = KEY_SIZE) -> bytes:
    """HKDF-SHA256 (RFC 5869), extract then expand; an empty salt is the RFC's zero salt."""
    return HKDF(_SHA256, length, salt or None, info).derive(secret)


class Mac:
    """HMAC-SHA256 (RFC 2104) under one key, kept ready; for any thread.

    `hmac.digest` would let another thread run for its microsecond and then wait for that one:
    with a thread that writes beside, this was a tenth of the time of a small PUT.
    """

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")

    def of(self, data: Buffer) -> bytes:
        """The 32 bytes for `data`."""
        running = self._keyed.copy()
        running.update(data)
        return running.digest()


def hmac_sha256(key: bytes, data: Buffer) -> bytes:
    """HMAC-SHA256 once, 32 bytes."""
    return Mac(key).of(data)


def same(left: bytes, right: bytes) -> bool:
    """Whether two byte strings are equal, in a time that tells only their lengths."""
    return hmac.compare_digest(left, right)


# OpenSSL takes the threads of the lanes from one pool, of as many as there are cores. Two
# derivations at once, each holding a part of it, wait for one another for ever (OpenSSL 4.0.3).
_ARGON2 = threading.Lock()


def argon2id(password: bytes, salt: bytes, memory_kib: int, passes: int, lanes: int) -> bytes:
    """Argon2id (RFC 9106), 32 bytes. The caller bounds the cost.

    64 MiB and 3 passes take about 0.15 s; other threads run meanwhile, but of those that come here
    one at a time.
    """
    one = Argon2id(
        salt=salt, length=KEY_SIZE, iterations=passes, lanes=lanes, memory_cost=memory_kib
    )
    with _ARGON2:
        return one.derive(password)


def scrypt(password: bytes, salt: bytes, work_factor: int) -> bytes:
    """Scrypt (RFC 7914) with N = 2^work_factor, r = 8, p = 1; 32 bytes. The caller bounds N.

    It needs 2^work_factor KiB of memory.
    """
    return Scrypt(salt=salt, length=KEY_SIZE, n=1 << work_factor, r=8, p=1).derive(password)
