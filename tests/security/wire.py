"""Bytes on a socket, as an attacker sends them: no library in between that would mend them."""

from __future__ import annotations

import contextlib
import re
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")


@dataclass(frozen=True, slots=True)
class Heard:
    """All that came back until the server closed the connection, or `patience` ended."""

    data: bytes
    seconds: float
    closed: bool

    @property
    def statuses(self) -> list[int]:
        """The status of every answer, 100 Continue not counted."""
        return [int(status) for status in _STATUS.findall(self.data) if status != b"100"]


def send(
    port: int, pieces: Iterable[bytes] | bytes, *, pause: float = 0.0, patience: float = 60.0
) -> Heard:
    """Send the pieces, `pause` seconds apart, and listen until the server closes."""
    pieces = [pieces] if isinstance(pieces, bytes) else pieces
    begun, heard = time.monotonic(), bytearray()
    with socket.create_connection(("127.0.0.1", port), timeout=patience) as connection:
        for piece in pieces:
            try:
                connection.sendall(piece)
            except OSError:
                break
            if pause and _ended(connection, heard, pause):
                return Heard(bytes(heard), time.monotonic() - begun, closed=True)
        while (left := begun + patience - time.monotonic()) > 0:
            if _ended(connection, heard, left):
                return Heard(bytes(heard), time.monotonic() - begun, closed=True)
    return Heard(bytes(heard), time.monotonic() - begun, closed=False)


def _ended(connection: socket.socket, heard: bytearray, seconds: float) -> bool:
    """Listen for so long at most; whether the server ended the connection."""
    connection.settimeout(seconds)
    with contextlib.suppress(TimeoutError):
        try:
            data = connection.recv(1 << 20)
        except ConnectionError:
            return True
        heard += data
        return not data
    return False


def request(method: str, target: str, fields: dict[str, str], body: bytes | None = None) -> bytes:
    """One request after which the connection closes."""
    lines = [f"{method} {target} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in fields.items()]
    if "Host" not in fields:
        lines.insert(1, "Host: 127.0.0.1")
    if body is not None and "Transfer-Encoding" not in fields:
        lines.append(f"Content-Length: {len(body)}")
    lines.append("Connection: close")
    return "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n" + (body or b"")
