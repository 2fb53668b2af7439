"""The scrypt recipient type (C2SP age): passphrases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from vault_core.api import Random
from vault_core.crypto import aead
from vault_core.crypto.header import (
    WRAPPED_FILE_KEY_SIZE,
    Stanza,
    decode_base64,
    encode_base64,
)
from vault_core.errors import CorruptCiphertext, MalformedAge

KIND: Final = "scrypt"
MAX_WORK_FACTOR: Final = 20
"""2^20 KiB, one GiB of memory and some seconds; stock tools write up to about this."""

WORK_FACTOR: Final = 18
"""What is written: 256 MiB of memory and about a second, as the stock tools write."""

_LABEL: Final = b"age-encryption.org/v1/scrypt"
_SALT_SIZE: Final = 16
_DECIMAL: Final = re.compile(r"[1-9][0-9]?")


@dataclass(frozen=True, slots=True)
class ScryptRecipient:
    """A passphrase that a file is encrypted under; the file has no other recipient."""

    kind: ClassVar[str] = KIND
    passphrase: bytes = field(repr=False)
    work_factor: int = WORK_FACTOR

    def wrap(self, file_key: bytes, random: Random) -> Stanza:
        """The file key under the passphrase; takes 2^work_factor KiB of memory."""
        salt = random(_SALT_SIZE)
        key = aead.scrypt(self.passphrase, _LABEL + salt, self.work_factor)
        body = aead.seal(key, aead.ZERO_NONCE, file_key)
        return Stanza((KIND, encode_base64(salt), str(self.work_factor)), body)

    def __str__(self) -> str:
        return KIND


@dataclass(frozen=True, slots=True)
class ScryptIdentity:
    """A passphrase; a file that asks for more than `max_work_factor` is refused."""

    kind: ClassVar[str] = KIND
    passphrase: bytes = field(repr=False)
    max_work_factor: int = MAX_WORK_FACTOR

    def unwrap(self, stanzas: Sequence[Stanza]) -> bytes | None:
        """The file key, or None if the file has no passphrase or another one.

        Takes up to 2^max_work_factor KiB of memory: run it in a thread, few at once. Raises
        MalformedAge if the stanza is not as the specification says, is not alone, or asks for
        more work than allowed.
        """
        own = [stanza for stanza in stanzas if stanza.kind == KIND]
        if not own:
            return None
        if len(stanzas) != 1:
            raise MalformedAge("The age header mixes a passphrase with other recipients.")
        salt, work_factor = self._parse(own[0])
        key = aead.scrypt(self.passphrase, _LABEL + salt, work_factor)
        try:
            return aead.open(key, aead.ZERO_NONCE, own[0].body)
        except CorruptCiphertext:
            return None

    def _parse(self, stanza: Stanza) -> tuple[bytes, int]:
        """Salt and work factor."""
        if len(stanza.arguments) != 3 or len(stanza.body) != WRAPPED_FILE_KEY_SIZE:
            raise MalformedAge("A scrypt stanza has the wrong number of arguments or length.")
        salt, factor = decode_base64(stanza.arguments[1]), stanza.arguments[2]
        if len(salt) != _SALT_SIZE:
            raise MalformedAge("A scrypt stanza's salt is not 16 bytes.")
        if not _DECIMAL.fullmatch(factor) or int(factor) > self.max_work_factor:
            raise MalformedAge("A scrypt stanza's work factor is not a number that is allowed.")
        return salt, int(factor)
