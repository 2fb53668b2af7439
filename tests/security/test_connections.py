"""More connections than there may be are turned away; the others go on, and room is used again.

A client that reads nothing does not keep its connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests import stores
from tests.security.sockets import send
from tests.serving import Client
from vault_core.app.opening import create_institution, open_institution
from vault_core.serving.accepting import accepting
from vault_core.serving.answering import _letting_go, start_server
from vault_core.serving.listening import listen
from vault_core.settings import load_settings

MOST = 3


@pytest.fixture
async def port(tmp_path: Path) -> AsyncIterator[int]:
    """Of a server that takes three connections."""
    data = tmp_path / "data"
    settings = load_settings(data, stores.environment(data, {}))
    await create_institution(data, settings)
    async with open_institution(data, settings) as institution:
        runner, listener = await start_server(institution), listen("127.0.0.1:0", unread=1)
        async with accepting(runner, listener, 300, MOST):
            yield listener.getsockname()[1]


async def test_what_is_too_many_is_turned_away_and_room_is_used_again(port: int) -> None:
    inside = [Client(port) for _ in range(MOST)]
    for client in inside:
        assert (await client.request("GET", "/healthz")).status == 200
    away = await send(port, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    assert away.closed
    assert away.status in (0, 503)  # 0: reset before the answer was read, for the request was not
    for client in inside:
        assert (await client.request("GET", "/healthz")).status == 200
    await inside[0].close()
    async with asyncio.timeout(60):
        while (await _asked(port)) != 200:
            await asyncio.sleep(0.05)
    for client in inside[1:]:
        assert (await client.request("GET", "/healthz")).status == 200
        await client.close()


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Only Linux has it.")
async def test_who_reads_nothing_is_cut_off_and_makes_room(port: int) -> None:
    """The answers are more than the kernel's buffers hold, so the server waits for the client."""
    asked = b"GET /static/000000000000/vendor/pdfjs/pdf.worker.min.mjs HTTP/1.1\r\nHost: x\r\n\r\n"
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(MOST):
            deaf = stack.enter_context(socket.socket())
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deaf.connect(("127.0.0.1", port))
            deaf.sendall(asked * 8)
        await asyncio.sleep(0.2)
        assert await _asked(port) != 200
        async with asyncio.timeout(30):
            while (await _asked(port)) != 200:
                await asyncio.sleep(0.1)


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="Only Linux has it.")
def test_what_listens_cuts_off_after_two_minutes() -> None:
    with listen("127.0.0.1:0") as listener, socket.create_connection(listener.getsockname()):
        taken, _ = listener.accept()
        with taken:
            assert taken.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 120_000


async def test_a_connection_of_our_own_that_fails_is_a_mistake_and_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not the client's going away, of which nothing is logged."""

    async def failing(_: web.BaseRequest) -> web.StreamResponse:
        raise ConnectionRefusedError("nobody listens there")

    async with TestServer(web.Application()) as pages:
        assert pages.runner is not None
        assert pages.runner.server is not None
        pages.runner.server.request_handler = _letting_go(failing)
        assert pages.port is not None
        assert await _asked(pages.port) == 500
    assert "nobody listens there" in caplog.text


async def _asked(port: int) -> int:
    asked = b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    return (await send(port, asked)).status
