"""The header of an age v1 file (C2SP age, "Header"): canonical parsing, encode(parse(x)) == x."""

from __future__ import annotations

import binascii
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from vault_core.api import Buffer
from vault_core.crypto import aead
from vault_core.errors import CorruptCiphertext, MalformedAge

MAX_HEADER_SIZE: Final = 64 * 1024
"""A longer header is refused: forty hybrid recipients fit."""
FILE_KEY_SIZE: Final = 16
WRAPPED_FILE_KEY_SIZE: Final = FILE_KEY_SIZE + aead.TAG_SIZE
"""Body of every native stanza."""

_VERSION: Final = b"age-encryption.org/v1"
_COLUMNS: Final = 64
_MAC_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class Stanza:
    """One recipient stanza: what comes after `->`, and the decoded body."""

    arguments: tuple[str, ...]
    body: bytes

    @property
    def kind(self) -> str:
        """The first argument, which says who understands the rest."""
        return self.arguments[0]


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header. `mac` is not checked yet; `size` is how many bytes the header takes."""

    stanzas: tuple[Stanza, ...]
    mac: bytes
    size: int


def encode_base64(data: bytes) -> str:
    """Base64 of RFC 4648 section 4, without padding."""
    return binascii.b2a_base64(data, newline=False).rstrip(b"=").decode()


def decode_base64(text: str) -> bytes:
    """The bytes of canonical, unpadded base64. Raises MalformedAge."""
    try:
        data = binascii.a2b_base64(text + "=" * (-len(text) % 4), strict_mode=True)
    except ValueError:
        raise MalformedAge("The age header has text that is not base64.") from None
    if encode_base64(data) != text:
        raise MalformedAge("The age header has base64 that is not canonical.")
    return data


def encode_header(file_key: bytes, stanzas: Sequence[Stanza]) -> bytes:
    """The header that carries `stanzas`, with its MAC under `file_key` (16 bytes).

    Raises MalformedAge if a stanza cannot be written, or the header is larger than
    MAX_HEADER_SIZE.
    """
    body = _encode_body(stanzas)
    header = body + f" {encode_base64(_mac(file_key, body))}\n".encode()
    if not stanzas or len(header) > MAX_HEADER_SIZE:
        raise MalformedAge("An age file has at least one recipient, and not hundreds.")
    return header


def check_mac(file_key: bytes, header: Header) -> None:
    """Raises CorruptCiphertext unless the header was made by somebody who has `file_key`."""
    if not aead.same(_mac(file_key, _encode_body(header.stanzas)), header.mac):
        raise CorruptCiphertext("The age header was altered: its MAC is wrong.")


def parse_header(data: Buffer) -> Header:
    """The header at the start of `data`, which may hold the whole file.

    Raises MalformedAge for anything but the one canonical form, and for a header larger than
    MAX_HEADER_SIZE.
    """
    lines = _Lines(bytes(memoryview(data)[:MAX_HEADER_SIZE]))
    if next(lines) != _VERSION:
        raise MalformedAge("This is not an age v1 file.")
    stanzas = []
    while not (line := next(lines)).startswith(b"---"):
        stanzas.append(_parse_stanza(line, lines))
    mac = _parse_mac(line)
    if not stanzas:
        raise MalformedAge("The age header has no recipient.")
    if len(stanzas) > 1 and any(stanza.kind == "scrypt" for stanza in stanzas):
        raise MalformedAge("The age header mixes a passphrase with other recipients.")
    return Header(tuple(stanzas), mac, lines.position)


def _are_arguments(texts: Sequence[str]) -> bool:
    """Whether there is one, and all are one or more of the characters `!` to `~` (ABNF VCHAR)."""
    return bool(texts) and all(
        text and text.isascii() and text.isprintable() and " " not in text for text in texts
    )


class _Lines(Iterator[bytes]):
    """The lines of a header, without their LF."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.position = 0

    def __next__(self) -> bytes:
        end = self._data.find(b"\n", self.position)
        if end < 0:
            raise MalformedAge("The age header is cut, or larger than 64 KiB.")
        line = self._data[self.position : end]
        self.position = end + 1
        return line


def _mac(file_key: bytes, body: bytes) -> bytes:
    """ "Header MAC": over everything up to and including the `---` mark."""
    return aead.hmac_sha256(aead.hkdf_sha256(file_key, b"", b"header"), body)


def _encode_body(stanzas: Sequence[Stanza]) -> bytes:
    """The header up to and including the `---` mark."""
    parts = [_VERSION.decode(), "\n"]
    for stanza in stanzas:
        if not _are_arguments(stanza.arguments):
            raise MalformedAge("A stanza's arguments are printable ASCII without spaces.")
        parts.append(f"-> {' '.join(stanza.arguments)}\n")
        body = encode_base64(stanza.body)
        # The last line is shorter than 64 columns, so a body that fills its lines ends empty.
        parts += (f"{body[at : at + _COLUMNS]}\n" for at in range(0, len(body) + 1, _COLUMNS))
    return "".join((*parts, "---")).encode()


def _parse_stanza(line: bytes, lines: _Lines) -> Stanza:
    """The stanza whose argument line is `line` (ABNF `stanza`)."""
    mark, *arguments = _ascii(line).split(" ")
    if mark != "->" or not _are_arguments(arguments):
        raise MalformedAge("The age header has a line that starts no stanza.")
    body = []
    while len(line := next(lines)) == _COLUMNS:
        body.append(_ascii(line))
    if len(line) > _COLUMNS:
        raise MalformedAge("The age header has a line longer than 64 columns.")
    return Stanza(tuple(arguments), decode_base64("".join((*body, _ascii(line)))))


def _parse_mac(line: bytes) -> bytes:
    """The MAC in the header's last line (ABNF `end`)."""
    mark, _, text = _ascii(line).partition(" ")
    mac = decode_base64(text)
    if mark != "---" or len(mac) != _MAC_SIZE:
        raise MalformedAge("The age header's last line holds no MAC.")
    return mac


def _ascii(line: bytes) -> str:
    try:
        return line.decode("ascii")
    except UnicodeDecodeError:
        raise MalformedAge("The age header is not ASCII.") from None
