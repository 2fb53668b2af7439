"""Programs that call the API, by a token or by a session's cookie."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession
from multidict import CIMultiDictProxy
from yarl import URL

from tests.web.site import Site
from vault_core.scopes import SCOPES
from vault_core.signin import sessions
from vault_core.signin.sessions import Way
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault
from vault_core.web import cookies

HOUR = 3_600_000


@dataclass(frozen=True)
class Heard:
    """A whole answer."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body's value."""
        return json.loads(self.body)


@dataclass
class Caller:
    """Something that sends requests with fields of its own."""

    client: ClientSession
    url: str
    fields: dict[str, str]

    async def __call__(self, method: str, path: str, data: Any = None, **headers: str) -> Heard:
        """Send; a dict goes as JSON, bytes as they are."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent: dict[str, Any] = {"json": data} if isinstance(data, dict) else {"data": data}
        target = URL(self.url + (path if path.startswith("/") else f"/api/v1/{path}"), encoded=True)
        async with self.client.request(
            method, target, headers={**self.fields, **named}, allow_redirects=False, **sent
        ) as answer:
            return Heard(answer.status, answer.headers, await answer.read())


@dataclass
class Api:
    """The API of a running institution. Nobody has a password: its slow hash would cost seconds."""

    site: Site
    vaults: dict[str, Vault] = field(default_factory=dict)

    async def vault(self, username: str = "ada") -> Vault:
        """The vault of that person, who is added if there is none."""
        if username not in self.vaults:
            code = await self.site.person(username, None)
            vaults = self.site.institution.vaults
            self.vaults[username] = await vaults.open_by_code("activation", username, code)
        return self.vaults[username]

    async def token(self, username: str = "ada", *scopes: str, expires_in: int = HOUR) -> str:
        """A token of that person; with every scope if none is named."""
        vault = await self.vault(username)
        wanted = [scope for scope in SCOPES if not scopes or scope in scopes]
        _, token = await keyslots.add_token(vault, "test", wanted, vault.actor().at + expires_in)
        return token

    @asynccontextmanager
    async def program(self, username: str = "ada", *scopes: str) -> AsyncIterator[Caller]:
        """A program with a token."""
        token = await self.token(username, *scopes)
        async with ClientSession() as client:
            yield Caller(client, self.site.url, {"Authorization": f"Bearer {token}"})

    @asynccontextmanager
    async def stranger(self) -> AsyncIterator[Caller]:
        """Nobody."""
        async with ClientSession() as client:
            yield Caller(client, self.site.url, {})

    @asynccontextmanager
    async def browser(self, username: str = "ada") -> AsyncIterator[Caller]:
        """A script of our own pages, signed in."""
        token = await sessions.begin(await self.vault(username), "test", Way("code"))
        async with self.site.reader() as reader:
            reader.client.cookie_jar.update_cookies(
                {cookies.name("session", False): token}, URL(self.site.url)
            )
            yield Caller(reader.client, self.site.url, {"Origin": self.site.url})
