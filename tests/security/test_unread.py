"""Clients that ask for large answers and read none: what that costs the server is bounded."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import hashlib
import resource
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.processes import Account, Server, prepare, running
from tests.security.sockets import peak_memory
from tests.serving import Client
from vault_core.web.assets import FOLDER

LARGE = "vendor/pdfjs/pdf.worker.min.mjs"
ADDRESS = f"/static/{'0' * 12}/{LARGE}"
DEAF = 60
MOST = 32 << 20
"""Bytes that the server may need for all of them; each whole file is more than a megabyte."""


SIZE = 6 << 20
"""Bytes of a document that sockets do not hold, so that the server waits for who reads it."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unread") / "data"


@pytest.fixture(scope="module")
def ada(data: Path) -> Account:
    [account] = prepare(data, "ada")
    return account


@pytest.fixture(scope="module")
def server(data: Path, ada: Account) -> Iterator[Server]:
    with running(data) as found:
        yield found


@pytest.mark.parametrize("name", [LARGE, "parchemin.css", "icon.svg"])
async def test_a_static_file_is_whole_with_gzip_and_without(server: Server, name: str) -> None:
    client, expected = Client(server.port), (FOLDER / name).read_bytes()
    address = f"/static/{'0' * 12}/{name}"
    plain = await client.request("GET", address)
    assert hashlib.sha256(plain.body).digest() == hashlib.sha256(expected).digest()
    assert plain.fields["content-length"] == str(len(expected))
    assert plain.fields["x-content-type-options"] == "nosniff"
    packed = await client.request("GET", address, Accept_Encoding="gzip")
    assert packed.fields["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == expected
    head = await client.request("HEAD", address)
    assert (head.status, head.body) == (200, b"")
    assert head.fields["content-length"] == str(len(expected))
    await client.close()


async def test_static_files_that_nobody_reads_lie_in_no_memory(server: Server) -> None:
    client = Client(server.port)
    assert (await client.request("GET", ADDRESS)).status == 200
    before = peak_memory(server.pid)
    asked = f"GET {ADDRESS} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 8
    with contextlib.ExitStack() as stack:
        for _ in range(DEAF):
            _deaf(stack, server, asked)
        time.sleep(3)
        assert (await client.request("GET", "/healthz")).status == 200
        assert peak_memory(server.pid) - before < MOST
    await client.close()


@pytest.mark.one_machine
async def test_documents_that_nobody_reads_are_held_in_ever_smaller_pieces(
    server: Server, ada: Account
) -> None:
    await _put(server, ada)
    before = peak_memory(server.pid)
    asked = _request("GET", "/dav/large", ada)
    with contextlib.ExitStack() as stack:
        for _ in range(2 * DEAF):
            _deaf(stack, server, asked)
        time.sleep(3)
        assert peak_memory(server.pid) - before < 2 * MOST


@pytest.mark.one_machine
@pytest.mark.parametrize(
    ("method", "path", "length"),
    [("GET", "/dav/large", 0), ("GET", ADDRESS, 0), ("PUT", "/dav/never", SIZE)],
    ids=["a document", "static files", "an upload"],
)
async def test_who_goes_in_the_midst_leaves_nothing_behind(
    server: Server, ada: Account, method: str, path: str, length: int
) -> None:
    """No file stays open, and no memory is kept until garbage is collected."""
    await _put(server, ada)
    files, held = _files(server), []
    asked = _request(method, path, ada, length) * (1 if length else 8) + bytes(length // 2)
    for _ in range(3):
        with contextlib.ExitStack() as stack:
            for _ in range(DEAF):
                _deaf(stack, server, asked)
            await _until(lambda: _files(server) >= files + DEAF - 2)
            time.sleep(1)
        await _until(lambda: _files(server) <= files + 2)
        held.append(_memory(server))
    assert held[2] - held[0] < MOST, held


def _request(method: str, path: str, account: Account, length: int = 0) -> bytes:
    fields = f"Host: x\r\nAuthorization: {account.authorization}\r\nContent-Length: {length}"
    return f"{method} {path} HTTP/1.1\r\n{fields}\r\n\r\n".encode()


async def _put(server: Server, account: Account) -> None:
    client = Client(server.port)
    fields = {"Authorization": account.authorization}
    answer = await client.request("PUT", "/dav/large", bytes(SIZE), **fields)
    assert answer.status in (201, 204)
    await client.close()


def _deaf(stack: contextlib.ExitStack, server: Server, asked: bytes) -> None:
    """One more connection that asks, and reads no answer."""
    deaf = stack.enter_context(socket.socket())
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", server.port))
    deaf.sendall(asked)


def _files(server: Server) -> int:
    """How many files and connections the server has open."""
    return len(list(Path(f"/proc/{server.pid}/fd").iterdir()))


def _memory(server: Server) -> int:
    """Bytes of memory that the server has now."""
    return int(Path(f"/proc/{server.pid}/statm").read_text().split()[1]) * resource.getpagesize()


async def _until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not holds():
            await asyncio.sleep(0.05)
