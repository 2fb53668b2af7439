"""A server that is told to stop takes nobody new, and finishes what it has begun."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.processes import Account, Server, prepare, running
from tests.serving import Client

pytestmark = pytest.mark.fault
PATIENT = {"PARCHEMIN_SERVER__BODY_TIMEOUT": "600", "PARCHEMIN_SERVER__STOP_TIMEOUT": "600"}
BODY = os.urandom(400_000)
"""Too large for the catalog: the blob store, too, must be open to the end."""
WAYS = {"a service manager": ("1", signal.SIGTERM), "Ctrl-C": ("1", signal.SIGINT),
        "two workers": ("2", signal.SIGTERM)}  # fmt: skip


def _listening(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


async def _begin_put(server: Server, person: Account) -> Client:
    """A PUT of which the server waits for the rest."""
    client = Client(server.port, person.authorization)
    reader, writer = await client.streams()
    head = (
        f"PUT /dav/late.bin HTTP/1.1\r\nHost: x\r\nAuthorization: {person.authorization}\r\n"
        f"Content-Length: {len(BODY)}\r\nExpect: 100-continue\r\n\r\n"
    )
    writer.write(head.encode())
    assert (await client.answer(reader)).status == 100
    writer.write(BODY[:150_000])
    await writer.drain()
    return client


@pytest.mark.parametrize("way", WAYS)
async def test_what_was_begun_is_finished(way: str, tmp_path: Path) -> None:
    workers, number = WAYS[way]
    (person,) = prepare(tmp_path / "data", "ada")
    with running(tmp_path / "data", {**PATIENT, "PARCHEMIN_SERVER__WORKERS": workers}) as server:
        idle = Client(server.port, person.authorization)
        assert (await idle.request("OPTIONS", "/dav/")).status == 200
        client = await _begin_put(server, person)
        os.kill(server.pid, number)
        async with asyncio.timeout(300):
            while _listening(server.port):
                await asyncio.sleep(0.05)
        assert server.alive
        reader, writer = await client.streams()
        writer.write(BODY[150_000:])
        assert (await client.answer(reader)).status == 201
        await client.close()
        assert server.process is not None
        assert await asyncio.to_thread(server.process.wait, 300) == 0, "an idle reader holds nobody"
        await idle.close()
        server.start()
        got = await Client(server.port, person.authorization).request("GET", "/dav/late.bin")
        assert (got.status, got.body) == (200, BODY)
