"""Answers that go wrong on the way: damaged storage, and readers that stop reading."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.serving import Client, dav_handler, institution, serving
from vault_core.api import Buffer
from vault_core.dav import reply
from vault_core.store.blobs.memory import MemoryBlobStore

BIG = os.urandom(6 * 1024 * 1024)


class DamagedBlobs(MemoryBlobStore):
    """Gives one byte wrong: the one at `at`, counted from each blob's start."""

    at: int | None = None

    async def stream(self, key: str, offset: int, length: int, step: int) -> AsyncIterator[Buffer]:
        """As MemoryBlobStore, but for that byte."""
        position = offset
        async for piece in super().stream(key, offset, length, step):
            copy = bytearray(piece)
            if self.at is not None and position <= self.at < position + len(copy):
                copy[self.at - position] ^= 1
            position += len(copy)
            yield copy


DAMAGE = {"at the start": (1000, 0), "in the middle": (4 * 1024 * 1024, 2 * 1024 * 1024)}


@pytest.mark.parametrize("case", DAMAGE)
async def test_damaged_content_is_never_served_as_good(tmp_path: Path, case: str) -> None:
    blobs = DamagedBlobs()
    async with institution(tmp_path, blobs=blobs) as inside:
        person = await inside.person("ada")
        async with serving(dav_handler(inside)) as port:
            client = Client(port, person.authorization)
            await client.request("PUT", "/dav/a", BIG)
            blobs.at, least = DAMAGE[case]
            reader, writer = await client.streams()
            fields = f"Host: x\r\nAuthorization: {person.authorization}\r\n\r\n"
            writer.write(f"GET /dav/a HTTP/1.1\r\n{fields}".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            if not least:
                assert head.startswith(b"HTTP/1.1 500 ")
            else:
                assert head.startswith(b"HTTP/1.1 200 ")
                body = await _until_cut(reader)
                assert least <= len(body) < len(BIG)
                assert BIG.startswith(body)
            await client.close()
            blobs.at = None
            assert (await client.request("GET", "/dav/a")).body == BIG
            await client.close()


async def _until_cut(reader: asyncio.StreamReader) -> bytes:
    parts = []
    try:
        while piece := await asyncio.wait_for(reader.read(2**20), 60):
            parts.append(piece)
    except ConnectionError:
        pass
    return b"".join(parts)


async def test_a_reader_that_takes_nothing_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reply, "STALLED_AFTER", 0.3)
    async with institution(tmp_path) as inside:
        person = await inside.person("ada")
        async with serving(dav_handler(inside)) as port:
            client = Client(port, person.authorization)
            await client.request("PUT", "/dav/a", BIG * 4)
            await client.close()
            # Nothing tells this end that it was cut, so it takes nothing for longer and longer.
            for seconds in (1.5, 6, 24):
                taken = await _taken_after(Client(port, person.authorization), seconds)
                if taken < len(BIG) * 4:
                    return
    raise AssertionError("it got everything")


async def _taken_after(stalled: Client, seconds: float) -> int:
    """How many bytes there are for a reader who took none for so long."""
    reader, writer = await stalled.streams()
    reader._limit = 1024  # so that this end stops reading from the socket, too
    fields = f"Host: x\r\nAuthorization: {stalled.authorization}\r\n\r\n"
    writer.write(f"GET /dav/a HTTP/1.1\r\n{fields}".encode())
    await asyncio.sleep(seconds)
    return len(await _until_cut(reader))
