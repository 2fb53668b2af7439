"""Clients that ask for large answers and read none: what that costs the server is bounded."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import socket
import time
from collections.abc import Iterator

import pytest

from tests.processes import Server, prepare, running
from tests.security.sockets import peak_memory
from tests.serving import Client
from vault_core.web.assets import FOLDER

LARGE = "vendor/pdfjs/pdf.worker.min.mjs"
ADDRESS = f"/static/{'0' * 12}/{LARGE}"
DEAF = 60
MOST = 32 << 20
"""Bytes that the server may need for all of them; each whole file is more than a megabyte."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    data = tmp_path_factory.mktemp("unread") / "data"
    prepare(data, "ada")
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
            deaf = stack.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", server.port))
            deaf.sendall(asked)
        time.sleep(3)
        assert (await client.request("GET", "/healthz")).status == 200
        assert peak_memory(server.pid) - before < MOST
    await client.close()
