"""age v1 files (C2SP age): written as a stream, read whole, as a stream, or at any offset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from vault_core.api import Buffer, Random
from vault_core.crypto.header import (
    FILE_KEY_SIZE,
    MAX_HEADER_SIZE,
    Header,
    check_mac,
    encode_header,
    parse_header,
)
from vault_core.crypto.keys import Opener, Recipient
from vault_core.crypto.stream import (
    PAYLOAD_NONCE_SIZE,
    Payload,
    Sealer,
    Span,
    open_stream,
    payload_key,
    plain_size,
    sealed_size,
)
from vault_core.errors import MalformedAge, NoIdentityMatched

__all__ = [
    "Beginning",
    "Encryptor",
    "Payload",
    "Span",
    "begin",
    "decrypt",
    "decrypt_stream",
    "encrypt",
    "payload_key",
    "sealed_size",
    "unwrap",
]


@dataclass(frozen=True, slots=True)
class Beginning:
    """How one age file begins, and the key of what follows. It must not begin two files."""

    header: bytes
    """The age header and the 16-byte payload nonce."""
    payload_key: bytes = field(repr=False)
    """32 bytes."""


def begin(recipients: Sequence[Recipient], random: Random) -> Beginning:
    """The beginning of a new file, with a fresh file key wrapped for every recipient."""
    file_key = random(FILE_KEY_SIZE)
    stanzas = [recipient.wrap(file_key, random) for recipient in recipients]
    nonce = random(PAYLOAD_NONCE_SIZE)
    header = encode_header(file_key, stanzas) + nonce
    return Beginning(header, payload_key(file_key, nonce))


class Encryptor:
    """Writes one age file: `header`, then what every `update` gives, then `finish()`.

    The length of `header` is the `header_size` of `Payload`; `payload_key` reads the file again.
    """

    __slots__ = ("_sealer", "header", "payload_key")

    def __init__(self, beginning: Beginning) -> None:
        self.header = beginning.header
        self.payload_key = beginning.payload_key
        self._sealer = Sealer(self.payload_key)

    def update(self, data: Buffer) -> Buffer:
        """Ciphertext for the next piece of plaintext, of any size; it may be empty.

        The result may be a view that the call after the next overwrites. Large pieces (1 MiB)
        cost least.
        """
        return self._sealer.update(data)

    def finish(self) -> bytes:
        """The last of the ciphertext. Neither method can be called afterwards (ValueError)."""
        return self._sealer.finish()


def unwrap(header: Header, identities: Sequence[Opener]) -> bytes:
    """The file key, from the first identity that opens the header.

    Raises NoIdentityMatched; MalformedAge if a stanza is malformed; CorruptCiphertext if the
    header's MAC is wrong.
    """
    for identity in identities:
        file_key = identity.unwrap(header.stanzas)
        if file_key is not None:
            check_mac(file_key, header)
            return file_key
    raise NoIdentityMatched


def encrypt(data: Buffer, recipients: Sequence[Recipient], random: Random) -> bytes:
    """The whole age file of `data`."""
    encryptor = Encryptor(begin(recipients, random))
    return b"".join((encryptor.header, encryptor.update(data), encryptor.finish()))


def decrypt(data: Buffer, identities: Sequence[Opener]) -> bytes:
    """The plaintext of a whole age file.

    Raises MalformedAge, NoIdentityMatched or CorruptCiphertext.
    """
    header = parse_header(data)
    key, start = _start(data, header, identities)
    sealed = memoryview(data)[start:]
    return Payload(key, start, plain_size(len(sealed))).open(sealed, 0)


def _start(data: Buffer, header: Header, identities: Sequence[Opener]) -> tuple[bytes, int]:
    """The payload key, and where the first chunk starts."""
    file_key = unwrap(header, identities)
    start = header.size + PAYLOAD_NONCE_SIZE
    nonce = bytes(memoryview(data)[header.size : start])
    if len(nonce) != PAYLOAD_NONCE_SIZE:
        raise MalformedAge("The age file ends before its payload.")
    return payload_key(file_key, nonce), start


def decrypt_stream(pieces: Iterable[Buffer], identities: Sequence[Opener]) -> Iterator[bytes]:
    """The plaintext of an age file that comes in pieces of any size, in whole chunks.

    What it gave is genuine, but only when it ends without an error was it everything. Raises
    what `decrypt` raises.
    """
    source, head = iter(pieces), bytearray()
    while len(head) < MAX_HEADER_SIZE + PAYLOAD_NONCE_SIZE:
        if (piece := next(source, None)) is None:
            break
        head += piece
    key, start = _start(head, parse_header(head), identities)
    yield from open_stream(key, chain((head[start:],), source))
