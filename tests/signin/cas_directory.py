"""A CAS server that is not ours, and the browser's way through its pages."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.requirements import missing


@dataclass
class CasServer:
    """A running one."""

    url: str
    people: Path

    def seat(self, **people: dict[str, object]) -> None:
        """Who has an account from now on."""
        self.people.write_text(json.dumps(people))

    @asynccontextmanager
    async def browser(self) -> AsyncIterator[CasBrowser]:
        """Somebody's browser, as the CAS server sees it."""
        async with httpx.AsyncClient(timeout=60) as client:
            yield CasBrowser(self.url, client)


@dataclass
class CasBrowser:
    """Keeps the CAS server's cookies."""

    url: str
    client: httpx.AsyncClient

    async def answer_for(self, address: str, username: str, password: str) -> str:
        """Sign in at the page, and the address it sends back to; "" if it refuses."""
        page = await self.client.get(address)
        if page.status_code == 302:  # signed in there already
            return str(page.headers["Location"])
        fields = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', page.text))
        fields |= {
            name: value.replace("&amp;", "&")
            for name, value in fields.items()
        }  # fmt: skip
        fields |= {"username": username, "password": password}
        answer = await self.client.post(address, data=fields, headers={"Referer": address})
        return str(answer.headers["Location"]) if answer.status_code == 302 else ""

    async def log_out(self) -> None:
        """Everywhere: the server tells the services."""
        answer = await self.client.get(f"{self.url}/logout")
        assert answer.status_code in (200, 302)


@asynccontextmanager
async def cas_server(folder: Path) -> AsyncIterator[CasServer]:
    """django-cas-server, its files in `folder`."""
    try:
        import cas_server as found  # noqa: F401
    except ImportError:
        missing("django-cas-server is not installed: pip install django-cas-server")
    folder.mkdir()
    people = folder / "people.json"
    people.write_text("{}")
    with (folder / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(Path(__file__).parent / "cas" / "server.py"), str(folder),
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    assert process.stdout is not None
    try:
        told = await asyncio.wait_for(process.stdout.readline(), 120)
        assert told, (folder / "log").read_text()
        yield CasServer(f"http://127.0.0.1:{int(told)}", people)
    finally:
        process.kill()
        await process.wait()
