"""Sealed metadata, blind indexes and MACs under keys derived from a vault's identity.

The institution's own key has the same operations. docs/format-crypto.md has the bytes.
"""

from __future__ import annotations

import unicodedata
from typing import Final

from vault_core.api import Buffer, Random
from vault_core.crypto import aead
from vault_core.crypto.keys import Identity
from vault_core.errors import CorruptCiphertext, InvalidName

INDEX_SIZE: Final = 16
SEALED_OVERHEAD: Final = 1 + aead.NONCE_SIZE + aead.TAG_SIZE
"""Bytes that sealing adds: version, nonce, tag."""

_VERSION: Final = b"\x01"
_ID_SIZE: Final = 16
_KEY_SIZE: Final = 32


class SealingKeys:
    """Three keys of one owner: to seal, to index names, to authenticate.

    Every operation takes a few microseconds and may be called from any thread. Nonces are
    random: one owner seals at most 2^32 records.
    """

    __slots__ = ("_aead", "_index", "_mac")

    def __init__(self, secret: bytes, salt: bytes, owner: bytes) -> None:
        """Derive them from 32 bytes of `secret`; `salt` and `owner` keep the keys apart."""
        label = b"parchemin/" + owner
        self._aead = aead.Aead(aead.hkdf_sha256(secret, salt, label + b"/seal/1"))
        self._index = aead.Mac(aead.hkdf_sha256(secret, salt, label + b"/name-index/1"))
        self._mac = aead.Mac(aead.hkdf_sha256(secret, salt, label + b"/mac/1"))

    def seal(self, context: bytes, plaintext: Buffer, random: Random) -> bytes:
        """The plaintext, sealed for one place: `context` says which, such as b"node" and its id."""
        nonce = random(aead.NONCE_SIZE)
        return _VERSION + nonce + self._aead.seal(nonce, plaintext, _VERSION + context)

    def open(self, context: bytes, sealed: bytes) -> bytes:
        """What was sealed for that place.

        Raises CorruptCiphertext if it was altered, or sealed for another place or owner.
        """
        if len(sealed) < SEALED_OVERHEAD or sealed[:1] != _VERSION:
            raise CorruptCiphertext
        start = 1 + aead.NONCE_SIZE
        return self._aead.open(sealed[1:start], sealed[start:], _VERSION + context)

    def name_index(self, parent: bytes, name: str) -> bytes:
        """16 bytes that find `name` in the folder `parent` (16 bytes) and tell nothing of it.

        The same for every Unicode form of the name. Raises InvalidName if it is not text.
        """
        if len(parent) != _ID_SIZE:
            raise ValueError("a folder's id is 16 bytes")
        try:
            encoded = unicodedata.normalize("NFC", name).encode()
        except UnicodeEncodeError:
            raise InvalidName from None
        return self._index.of(parent + encoded)[:INDEX_SIZE]

    def mac(self, context: bytes, data: bytes) -> bytes:
        """32 bytes that only who has the key can make for this context and data."""
        return self._mac.of(len(context).to_bytes(4, "big") + context + data)


class Keyring(SealingKeys):
    """What an open vault seals its metadata with; `vault_id` is 16 bytes."""

    __slots__ = ()

    def __init__(self, identity: Identity, vault_id: bytes) -> None:
        if len(vault_id) != _ID_SIZE:
            raise ValueError("a vault's id is 16 bytes")
        super().__init__(identity.secret, vault_id, b"vault/" + identity.kind.encode())


class ServerKeyring(SealingKeys):
    """The same under the institution's own key (32 bytes): the registry of persons."""

    __slots__ = ()

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_SIZE:
            raise ValueError("the institution's key is 32 bytes")
        super().__init__(key, b"", b"server")
