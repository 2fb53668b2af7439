"""What watching costs a request: `python -m tests.bench.watching`.

Processor time, so that a busy machine changes little: of the wrapper around a handler that does
nothing, and of the whole server per 4 KiB GET over one connection.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from aiohttp import web

from tests.processes import prepare, running
from tests.serving import Client
from vault_core.watching.figures import Figures
from vault_core.watching.requests import Requests

ROUNDS = 20_000
GETS = 3_000
TICK = os.sysconf("SC_CLK_TCK")


async def nothing(request: Any) -> web.StreamResponse:
    """A handler that answers at once."""
    return request.answer


async def wrapper() -> float:
    """Microseconds that the wrapper adds."""
    request = Mock(spec=web.BaseRequest, method="GET", path="/dav/x", headers={})
    request.content.total_bytes = 0
    request.answer = web.StreamResponse()
    watched = Requests(Figures(), lambda: False).around(nothing)
    spent = []
    for handler in (nothing, watched):
        started = time.process_time()
        for _ in range(ROUNDS):
            await handler(request)
        spent.append((time.process_time() - started) / ROUNDS * 1e6)
    return spent[1] - spent[0]


def processor_time(pid: int) -> float:
    """Seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


async def gets(port: int, authorization: str, pid: int) -> float:
    """Microseconds of the server's processor time per GET."""
    client = Client(port, authorization)
    await client.request("PUT", "/dav/x", b"x" * 4096)
    for _ in range(100):
        await client.request("GET", "/dav/x")
    before = processor_time(pid)
    for _ in range(GETS):
        await client.request("GET", "/dav/x")
    await client.close()
    return (processor_time(pid) - before) / GETS * 1e6


def main() -> None:
    """Print the two figures and their ratio."""
    added = min(asyncio.run(wrapper()) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        (ada,) = prepare(Path(folder) / "data", "ada")
        with running(Path(folder) / "data") as server:
            whole = asyncio.run(gets(server.port, ada.authorization, server.pid))
    print(f"watching: {added:.1f} µs; a 4 KiB GET: {whole:.0f} µs; part: {added / whole:.1%}")


if __name__ == "__main__":
    main()
