"""The process that makes beginnings of age files, and how it is asked.

An order is one line on its standard input: how many, and for which recipients. The answer is the
length of a header (4 bytes), then so many times a payload key and a header. It ends with its input.
"""

from __future__ import annotations

import asyncio
import os
import signal
import struct
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from functools import lru_cache

from vault_core.crypto import age
from vault_core.crypto.age import Beginning
from vault_core.crypto.keys import Recipient, parse_recipient

KEY_SIZE = 32
_LENGTH = struct.Struct(">I")


class Making:
    """The running process, as its parent sees it."""

    def __init__(self, process: Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._orders, self._answers = process.stdin, process.stdout
        self.pid = process.pid

    async def make(self, count: int, recipients: Sequence[Recipient]) -> list[Beginning]:
        """So many beginnings. Raises EOFError or OSError if the process is gone."""
        self._orders.write(" ".join((str(count), *map(str, recipients))).encode() + b"\n")
        await self._orders.drain()
        (header,) = _LENGTH.unpack(await self._answers.readexactly(_LENGTH.size))
        step = KEY_SIZE + header
        data = await self._answers.readexactly(count * step)
        return [
            Beginning(data[at + KEY_SIZE : at + step], data[at : at + KEY_SIZE])
            for at in range(0, len(data), step)
        ]


@asynccontextmanager
async def started() -> AsyncIterator[Making]:
    """Start the process; it ends with the block, or with its parent. Raises OSError."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", __name__, stdin=PIPE, stdout=PIPE
    )
    try:
        yield Making(process)
    finally:
        with suppress(ProcessLookupError):
            process.kill()  # it holds nothing that could be lost
        await process.wait()


@lru_cache(16)
def _recipients(names: bytes) -> list[Recipient]:
    return [parse_recipient(name) for name in names.decode().split()]


def answer(order: bytes) -> bytes:
    """What the process writes for one line."""
    count, _, names = order.partition(b" ")
    made = [age.begin(_recipients(names), os.urandom) for _ in range(int(count))]
    pieces = [_LENGTH.pack(len(made[0].header))]
    for beginning in made:
        pieces += (beginning.payload_key, beginning.header)
    return b"".join(pieces)


def main() -> None:
    """Answer orders until there are no more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends this
    for order in sys.stdin.buffer:
        sys.stdout.buffer.write(answer(order))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    with suppress(BrokenPipeError):
        main()
