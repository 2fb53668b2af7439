"""Bytes sent over a socket as they are, and what the server makes of them."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass
from pathlib import Path

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] \d{3} ")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one connection ended."""

    answer: bytes
    """Everything that the server said."""
    closed: bool
    """Whether the server closed the connection."""
    seconds: float
    """How long it took from the first byte sent."""
    sent: int
    """Bytes that the server took or its socket buffered."""

    @property
    def status(self) -> int:
        """The status of the first answer; 0 where there was none."""
        return int(self.answer.split(b" ", 2)[1]) if self.answer.startswith(b"HTTP/") else 0

    @property
    def answers(self) -> int:
        """How many answers came: two to what was one request would mean that it was split."""
        return len(_STATUS_LINE.findall(self.answer))


async def send(
    port: int, head: bytes, piece: bytes = b"", *, most: int = 0, every: float = 0, wait: float = 60
) -> Outcome:
    """Send `head`, then `piece` again and again up to `most` bytes or the end, then listen.

    `every` seconds lie between two pieces. Gives up after `wait` seconds.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    started, sent, heard, closed = time.monotonic(), 0, b"", True
    listening = asyncio.create_task(_everything(reader))
    try:
        async with asyncio.timeout(wait):
            writer.write(head)
            while sent < most and not listening.done():
                writer.write(piece)
                sent += len(piece)
                await writer.drain()
                await asyncio.sleep(every)
            heard = await listening
    except ConnectionError:
        heard = await listening
    except TimeoutError:
        closed = False
    listening.cancel()
    writer.close()
    return Outcome(heard, closed, time.monotonic() - started, sent)


async def _everything(reader: asyncio.StreamReader) -> bytes:
    """What comes until the end, also where the connection is reset after it."""
    parts = []
    try:
        while part := await reader.read(65536):
            parts.append(part)
    except ConnectionError:
        pass
    return b"".join(parts)


def peak_memory(pid: int) -> int:
    """Bytes of memory that the process had at most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024
