"""What programs are told of an institution in which something may be altered: WebDAV and the API.

Every answer is whole and has a sentence of ours; a list is answered whatever became of one row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from aiohttp import ClientSession
from yarl import URL

from tests.serving import basic
from vault_core.vault.nodes.names import Path as NodePath

DAV_LISTS: Final = {"ada": ("/dav/", "/dav/Photos/"), "bob": ("/dav/", "/dav/Long/")}
LISTS: Final = {
    "ada": (
        "documents", "search?q=lettre", "account", "credentials", "links", "trash", "journal",
        "certificates", "factors", "closing", "journal/export",
    ),
    "bob": ("documents", "account", "credentials", "links", "trash", "journal", "certificates"),
    "chief": ("batches", "reviews"),
    "": ("issuers", "/trust/snapshot.json"),
}  # fmt: skip
"""What each asks of the API; "" is nobody."""
PROBE: Final = b"probe"


@dataclass(frozen=True)
class Keys:
    """How somebody's programs come in."""

    app_password: str
    token: str


@dataclass
class Told:
    """What programs were told."""

    lists: dict[str, int] = field(default_factory=dict)
    """The status of each list, by who asked and for what."""
    documents: dict[str, dict[NodePath, bytes]] = field(default_factory=dict)
    """What GET gave, of those of each person's documents that were asked for."""
    written: dict[str, bool] = field(default_factory=dict)
    """Who could write a document and read it again."""
    broken: list[str] = field(default_factory=list)
    """Answers without a sentence of ours."""


async def ask(url: str, keys: dict[str, Keys], paths: dict[str, list[NodePath]]) -> Told:
    """Ask for everything: `paths` are the documents that each person's client reads."""
    told = Told()
    async with ClientSession() as client:
        for name, wanted in paths.items():
            await Dav(client, url, name, keys[name], told).look(wanted)
        for name, lists in LISTS.items():
            for path in lists:
                await _list(client, url, name, keys.get(name), path, told)
    return told


async def _list(
    client: ClientSession, url: str, name: str, key: Keys | None, path: str, told: Told
) -> None:
    fields = {"Authorization": f"Bearer {key.token}"} if key else {}
    target = url + (path if path.startswith("/") else f"/api/v1/{path}")
    async with client.get(URL(target, encoded=True), headers=fields) as answer:
        body = await answer.read()
    told.lists[f"{name} {path}"] = answer.status
    if answer.status >= 400 and not _is_problem(body):
        told.broken.append(f"GET {path} by {name}: {answer.status} {body[:80]!r}")


def _is_problem(body: bytes) -> bool:
    try:
        found = json.loads(body)
    except ValueError:
        return False
    return bool(found.get("detail")) and "made a mistake" not in found["detail"]


@dataclass
class Dav:
    """A WebDAV client of somebody's."""

    client: ClientSession
    url: str
    name: str
    key: Keys
    told: Told

    async def look(self, wanted: list[NodePath]) -> None:
        """List, read, write, read again."""
        for path in DAV_LISTS[self.name]:
            status, body = await self._send("PROPFIND", path, Depth="1")
            self.told.lists[f"{self.name} PROPFIND {path}"] = status
            if status == 207 and not re.search(rb"</(\w+:)?multistatus>\s*$", body):
                self.told.broken.append(f"PROPFIND {path} by {self.name} was cut")
        found = self.told.documents[self.name] = {}
        for names in wanted:
            status, body = await self._send("GET", _address(names))
            if status == 200:
                found[names] = body
        status, _ = await self._send("PUT", "/dav/probe.txt", PROBE)
        read = await self._send("GET", "/dav/probe.txt") if status in (201, 204) else (0, b"")
        self.told.written[self.name] = read == (200, PROBE)

    async def _send(
        self, method: str, path: str, data: bytes | None = None, **fields: str
    ) -> tuple[int, bytes]:
        headers = {"Authorization": basic(self.name, self.key.app_password), **fields}
        target = URL(self.url + path, encoded=True)
        async with self.client.request(method, target, data=data, headers=headers) as answer:
            body = await answer.read()
        if answer.status >= 400 and not re.search(rb"<P:message>[^<]{9,}|[A-Za-z]{3,} ", body):
            self.told.broken.append(f"{method} {path} by {self.name}: {answer.status} {body!r}")
        return answer.status, body


def _address(names: NodePath) -> str:
    return "/dav/" + "/".join(quote(name, safe="") for name in names)


def lost(sound: Told, told: Told) -> Iterator[str]:
    """Lists that were there, and are not any more."""
    for what, status in sound.lists.items():
        if status < 400 <= told.lists.get(what, 599):
            yield f"{what}: {told.lists.get(what)}"
