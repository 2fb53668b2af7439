"""DER as far as seals and timestamps need it (X.690): elements written, and read in order."""

from __future__ import annotations

from vault_core.errors import CertificateRefused
from vault_core.issuing.faults import Fault, refused

SEQUENCE, SET, OCTETS, INTEGER, OBJECT, TIME = 0x30, 0x31, 0x04, 0x02, 0x06, 0x18
BOOLEAN, BITS, CONTEXT_0, CONTEXT_1 = 0x01, 0x03, 0xA0, 0xA1


def tlv(tag: int, content: bytes) -> bytes:
    """One element: tag, length, content."""
    length = len(content)
    if length < 128:
        return bytes((tag, length)) + content
    size = (length.bit_length() + 7) // 8
    return bytes((tag, 128 | size)) + length.to_bytes(size, "big") + content


def foreign() -> CertificateRefused:
    """The one error of bytes that are no seal of the form written here."""
    return refused(Fault.SEAL_FORM)


class Reader:
    """Walks the elements of one constructed value, in order."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)

    def comes(self, tag: int) -> bool:
        """Whether the next element has `tag`."""
        return self._data[self._at : self._at + 1] == bytes((tag,))

    def any(self) -> tuple[int, bytes]:
        """Tag and content of the next element, whatever it is. Raises VerificationFailed."""
        tag = self._data[self._at : self._at + 1]
        if not tag:
            raise foreign()
        return tag[0], self.one(tag[0])

    def one(self, tag: int) -> bytes:
        """The content of the next element, which must have `tag`. Raises VerificationFailed."""
        head = self._data[self._at : self._at + 2]
        if len(head) != 2 or head[0] != tag:
            raise foreign()
        start, length = self._at + 2, head[1]
        if length >= 128:
            size = length & 127
            length = int.from_bytes(self._data[start : start + size], "big")
            start += size
        self._at = start + length
        if self._at > len(self._data):
            raise foreign()
        return self._data[start : self._at]

    def skip(self, expected: bytes) -> None:
        """Pass over `expected`, which must come next. Raises VerificationFailed."""
        if not self._data.startswith(expected, self._at):
            raise foreign()
        self._at += len(expected)


def element_length(data: bytes) -> int:
    """Length of the SEQUENCE that `data` begins with, whose length takes two or three bytes."""
    if len(data) < 4 or data[0] != SEQUENCE or data[1] not in (0x82, 0x83):
        raise foreign()
    size = data[1] & 127
    return 2 + size + int.from_bytes(data[2 : 2 + size], "big")
