"""A real server on a free port, over a real catalog, and a client that sends what it is told.

The client writes requests byte for byte, so that a test can send what no library would.
"""

from __future__ import annotations

import asyncio
import base64
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web
from defusedxml import ElementTree

from tests import stores
from vault_core.api import BlobStore
from vault_core.crypto.sealed import ServerKeyring
from vault_core.dav.call import Limits as DavLimits
from vault_core.dav.handler import SERVER_OPTIONS, DavHandler
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.catalog import Catalog
from vault_core.vault.documents.ciphertext import CiphertextCache
from vault_core.vault.documents.opened import Limits, Services
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.throttle import Throttle
from vault_core.vault.persons.person import Facts
from vault_core.vault.persons.register import Persons
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults

GIGABYTE = 1024**3


@dataclass
class Clock:
    """The time that everything in a test sees: real, and moved forward at will."""

    offset: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.offset


@dataclass
class Institution:
    """Vaults over one catalog and one blob store, and the persons who own them."""

    vaults: Vaults
    persons: Persons
    catalog: Catalog
    clock: Clock

    async def person(self, username: str) -> Person:
        """A new person with an app password."""
        added = await self.persons.add(username, Facts())
        assert added.activation_code is not None
        vault = await self.vaults.open_by_code("activation", username, added.activation_code)
        return Person(username, await self.device(vault, "test"), vault)

    async def device(self, vault: Vault, label: str) -> str:
        """One more app password."""
        _, token = await keyslots.add_app_password(vault, label)
        return token


@dataclass
class Person:
    """Somebody's username, an app password of theirs, and their vault, opened otherwise."""

    username: str
    token: str
    vault: Vault

    @property
    def authorization(self) -> str:
        """The value of the Authorization field."""
        return basic(self.username, self.token)


def basic(username: str, password: str) -> str:
    """HTTP Basic credentials."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


@asynccontextmanager
async def institution(
    data: Path, *, quota: int = GIGABYTE, blobs: BlobStore | None = None
) -> AsyncIterator[Institution]:
    """Everything below HTTP, in the folder `data`."""
    clock = Clock()
    catalog = await stores.open_catalog(data, clock)
    kept = blobs or (stores.open_blobs(data) if stores.CLUSTER else MemoryBlobStore(clock))
    services = Services(
        catalog,
        kept,
        CiphertextCache(),
        clock,
        os.urandom,
        Limits(),
    )
    vaults = Vaults(services, AccessLog(catalog, clock), Throttle(catalog, clock))
    keyring = ServerKeyring(os.urandom(32))
    persons = Persons(catalog, keyring, clock, os.urandom, quota, "x25519")
    try:
        yield Institution(vaults, persons, catalog, clock)
    finally:
        await vaults.close()
        await kept.close()
        await catalog.close()


@asynccontextmanager
async def serving(handler: Callable[..., Any]) -> AsyncIterator[int]:
    """The port on which aiohttp's low-level server runs the handler."""
    server = web.Server(handler, **SERVER_OPTIONS)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        await server.shutdown(1.0)
        await listening.wait_closed()


def dav_handler(inside: Institution, **limits: Any) -> DavHandler:
    """WebDAV over the institution's vaults."""
    return DavHandler(
        inside.vaults, clock=inside.clock, random=os.urandom, limits=DavLimits(**limits)
    )


@dataclass
class Answer:
    """An answer as it came; fields by lower-case name."""

    status: int
    fields: Mapping[str, str]
    body: bytes
    head: bytes

    def xml(self) -> Any:
        """The body as an element tree."""
        return ElementTree.fromstring(self.body)

    def statuses(self) -> dict[str, dict[str, int]]:
        """Of a multistatus: for each href, each property's status."""
        found: dict[str, dict[str, int]] = {}
        for entry in self.xml().iter("{DAV:}response"):
            each = found.setdefault(entry.findtext("{DAV:}href"), {})
            for stat in entry.iter("{DAV:}propstat"):
                code = int(stat.findtext("{DAV:}status").split()[1])
                for child in stat.find("{DAV:}prop"):
                    each[child.tag] = code
        return found

    def text_of(self, name: str) -> list[str]:
        """The texts of all elements of that Clark name."""
        return [element.text or "" for element in self.xml().iter(name)]


@dataclass
class Client:
    """One keep-alive connection; reconnects when the server closed it."""

    port: int
    authorization: str = ""
    _streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = field(default=None)

    async def streams(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """The connection."""
        if self._streams is None or self._streams[0].at_eof() or self._streams[1].is_closing():
            self._streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**24)
        return self._streams

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def raw(self, data: bytes, *, head_only: bool = False) -> Answer:
        """Send bytes as they are and read one answer."""
        reader, writer = await self.streams()
        writer.write(data)
        await writer.drain()
        return await self.answer(reader, head_only=head_only)

    async def request(
        self, method: str, target: str, body: bytes | None = None, **fields: str
    ) -> Answer:
        """A request with credentials; `_` in a field's name is `-`."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: 127.0.0.1:{self.port}"]
        if self.authorization and "Authorization" not in fields:
            lines.append(f"Authorization: {self.authorization}")
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items() if value]
        if body is not None and "Transfer_Encoding" not in fields:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join(lines).encode() + b"\r\n\r\n"
        return await self.raw(head + (body or b""), head_only=method == "HEAD")

    async def literal(self, text: str) -> Answer:
        """A request as a client's log shows it: line ends completed, credentials and host added."""
        head, _, body = text.partition("\n\n")
        lines = [line.strip() for line in head.strip().splitlines()]
        lines[1:1] = [f"Host: 127.0.0.1:{self.port}", f"Authorization: {self.authorization}"]
        chunked = any(line.lower() == "transfer-encoding: chunked" for line in lines)
        data = body.rstrip("\n").encode()
        if chunked:
            data = b"".join((b"%x\r\n%b\r\n" % (len(data), data) if data else b"", b"0\r\n\r\n"))
        elif not any(line.lower().startswith("content-length:") for line in lines):
            lines.append(f"Content-Length: {len(data)}")
        whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + data
        return await self.raw(whole, head_only=lines[0].startswith("HEAD "))

    async def answer(self, reader: asyncio.StreamReader, *, head_only: bool = False) -> Answer:
        """Read one answer from the connection."""
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 60)
        lines = head.decode("latin-1").split("\r\n")
        status = int(lines[0].split()[1])
        pairs = [line.split(": ", 1) for line in lines[1:] if line]
        fields = {name.lower(): value for name, value in pairs}
        body = b"" if head_only or status in (100, 204, 304) else await _body(reader, fields)
        if fields.get("connection", "").lower() == "close":
            await self.close()
        return Answer(status, fields, body, head)


async def _body(reader: asyncio.StreamReader, fields: Mapping[str, str]) -> bytes:
    if fields.get("transfer-encoding", "").lower() == "chunked":
        parts = []
        while size := int(await reader.readline(), 16):
            parts.append(await reader.readexactly(size))
            await reader.readexactly(2)
        await reader.readexactly(2)
        return b"".join(parts)
    if "content-length" in fields:
        return await reader.readexactly(int(fields["content-length"]))
    return await reader.read()
