"""The whole site on a free port, and a reader of it who keeps cookies as a browser does."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from aiohttp import ClientResponse, ClientSession, CookieJar
from multidict import CIMultiDictProxy
from yarl import URL

from tests import stores
from vault_core.app.institution import Institution
from vault_core.app.opening import create_institution, open_institution
from vault_core.serving.accepting import accepting
from vault_core.serving.answering import start_server
from vault_core.serving.listening import address_of, listen
from vault_core.settings import load_settings
from vault_core.vault.persons.person import Facts

PASSWORD = "seven horses eat oats"
SETTINGS = {
    "PARCHEMIN_PLUGINS__ENABLED": "local,bac",
    "PARCHEMIN_VAULT__RECIPIENT": "x25519",
    "PARCHEMIN_INSTITUTION__NAME": "Lycée d'essai",
    "PARCHEMIN_THROTTLE__RECOVER_SECONDS": "3600",  # however long a test takes
}


@dataclass
class Site:
    """A running institution."""

    institution: Institution
    url: str

    async def person(self, username: str, password: str | None = PASSWORD) -> str:
        """Somebody new; their activation code if they have no password."""
        added = await self.institution.persons.add(username, Facts("Ada", "Durand"), password)
        return added.activation_code or ""

    @asynccontextmanager
    async def reader(self, username: str = "") -> AsyncIterator[Reader]:
        """A browser, signed in if there is a username."""
        async with ClientSession(self.url, cookie_jar=CookieJar(unsafe=True)) as client:
            reader = Reader(client, self.url)
            if username:
                fields = {"username": username, "password": PASSWORD}
                answer = await reader.post("/sign-in", fields)
                assert answer.status == 303
            yield reader


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def text(self) -> str:
        """The body of a page."""
        return self.body.decode()


async def _whole(answer: ClientResponse) -> Answer:
    return Answer(answer.status, answer.headers, await answer.read())


@dataclass
class Reader:
    """One browser."""

    client: ClientSession
    url: str

    async def get(self, path: str, **headers: str) -> Answer:
        """The answer, redirects not followed, its body read."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        target = URL(self.url + path, encoded=True)
        async with self.client.get(target, allow_redirects=False, headers=named) as answer:
            return await _whole(answer)

    async def text(self, path: str) -> str:
        """A page's HTML."""
        answer = await self.get(path)
        assert answer.status == 200, (path, answer.status)
        return answer.text

    async def token(self) -> str:
        """What this session's forms carry."""
        found = re.search(
            r'name="csrf" content="([0-9a-f]+)"', await self.text("/account/password")
        )
        assert found
        return found[1]

    async def post(self, path: str, fields: dict[str, str], **headers: str) -> Answer:
        """Send a form as it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        target = URL(self.url + path, encoded=True)
        async with self.client.post(
            target, data=fields, allow_redirects=False, headers=named
        ) as answer:
            return await _whole(answer)

    async def send(self, path: str, fields: dict[str, str]) -> Answer:
        """Send a form of this session."""
        return await self.post(path, {"csrf": await self.token(), **fields})

    async def upload(self, folder: str, name: str, data: bytes) -> Answer:
        """Upload as the script of a folder's page does; `name` is percent-encoded."""
        target = URL(f"{self.url}/upload{folder}?path=%2F{name.replace('%', '%25')}", encoded=True)
        headers = {"X-CSRF-Token": await self.token(), "Accept": "application/json"}
        async with self.client.post(target, data=data, headers=headers) as answer:
            return await _whole(answer)


@asynccontextmanager
async def listening(institution: Institution) -> AsyncIterator[str]:
    """The address at which the institution is served meanwhile."""
    runner = await start_server(institution)
    socket = listen("127.0.0.1:0")
    async with accepting(runner, socket, 30):
        yield address_of(socket)


@asynccontextmanager
async def site(data: Path, **more: str) -> AsyncIterator[Site]:
    """An institution of its own in `data`, listening; `more` are further settings."""
    settings = load_settings(data, stores.environment(data, {**SETTINGS, **more}))
    await create_institution(data, settings)
    async with open_institution(data, settings) as institution, listening(institution) as url:
        yield Site(institution, url)
