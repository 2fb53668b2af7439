"""npm's oidc-provider, run by node in a process of its own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.requirements import need, need_node_modules

SECRET = "a secret of the tests only"


@dataclass
class Provider:
    """A running provider."""

    issuer: str

    async def seat(self, account: str, ine: str = "") -> None:
        """Who sits at the browser from now on; nobody the directory knows if it is "."""
        await self._post("/control", account=account, ine=ine)

    async def log_out(self, account: str) -> None:
        """The directory ends that account's sessions everywhere."""
        await self._post("/control/logout", account=account)

    async def _post(self, path: str, **query: str) -> None:
        async with httpx.AsyncClient(timeout=60) as client:
            answer = await client.post(self.issuer + path, params=query)
            assert answer.status_code == 204, answer.text

    async def answer_for(self, address: str) -> str:
        """Follow the provider's pages from an authorization address back to our callback."""
        async with httpx.AsyncClient(timeout=60) as client:
            for _ in range(8):
                answer = await client.get(address)
                assert answer.status_code in (302, 303), (answer.status_code, answer.text)
                address = str(httpx.URL(address).join(answer.headers["Location"]))
                if not address.startswith(self.issuer):
                    return address
        raise AssertionError("the provider never came back")


@asynccontextmanager
async def provider(site_url: str) -> AsyncIterator[Provider]:
    """A provider that knows the site at that address as its client `parchemin`."""
    folder = Path(__file__).parent / "oidc"
    modules = need_node_modules(folder)
    shutil.copy(folder / "server.mjs", modules / "server.mjs")
    process = await asyncio.create_subprocess_exec(
        need("node", "nodejs"), str(modules / "server.mjs"),
        f"{site_url}/sign-in/oidc/callback", f"{site_url}/sign-in/oidc/logout",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        port = int(await asyncio.wait_for(process.stdout.readline(), 120))
        yield Provider(f"http://127.0.0.1:{port}")
    finally:
        process.kill()
        await process.wait()
