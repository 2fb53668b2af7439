"""Clients that write, move, copy and delete at once, and know what must be there afterwards.

Each works in a folder of its own, so it can say exactly what the folder holds. A request whose
answer never came may have been carried out or not: `Worker.verify` accepts both, and nothing
between.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from random import Random
from urllib.parse import unquote

from tests.serving import Answer, Client

SIZES = (0, 1, 300, 5_000, 60_000, 70_000, 200_000, 1_200_000)
"""Bytes of a document: empty, in the catalog, in the blob store, several batches."""
MOST = 12
"""Documents in one folder: then more is deleted than written."""
BROKEN = (ConnectionError, asyncio.IncompleteReadError, TimeoutError)
LISTING = b'<propfind xmlns="DAV:"><prop><resourcetype/></prop></propfind>'

Documents = dict[str, str]
"""Name to SHA-256 of the content."""


def digest(data: bytes) -> str:
    """How contents are compared."""
    return hashlib.sha256(data).hexdigest()


@dataclass(frozen=True, slots=True)
class Request:
    """One change, and what the folder holds once it was carried out."""

    method: str
    name: str
    after: Documents
    body: bytes | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Worker:
    """One client, its folder, and what the server acknowledged of it."""

    folder: str
    authorization: str
    random: Random
    failures_end_it: bool = False
    """Whether a status of 500 and more ends the work, as a lost connection does."""
    cut_off: bool = False
    """Whether no answer is believed any more: it ends the work, as a lost connection does."""
    pause: float = 0.0
    """Seconds between two changes. With none, it writes as fast as the server takes it."""
    documents: Documents = field(default_factory=dict)
    possible: Documents | None = None
    """What the folder holds if the request without an answer was carried out."""
    acknowledged: int = 0
    unanswered: int = 0
    ended_by: str = ""
    """The answer or the broken connection that ended the work."""
    _number: int = 0

    async def create(self, port: int) -> None:
        """Make the folder."""
        client = Client(port, self.authorization)
        assert (await client.request("MKCOL", self.folder)).status == 201
        await client.close()

    async def work(self, port: int) -> None:
        """Change things until the connection breaks; any answer that may not be raises."""
        client = Client(port, self.authorization)
        try:
            while True:
                await self._step(client)
                await asyncio.sleep(self.pause)
        except BROKEN as error:
            self.ended_by = f"{type(error).__name__}: {error}"
            self.unanswered += self.possible is not None
        finally:
            await client.close()

    async def _step(self, client: Client) -> None:
        request = self._request()
        self.possible = request.after
        answer = await client.request(
            request.method, f"{self.folder}/{request.name}", request.body, **request.fields
        )
        if self.cut_off or (self.failures_end_it and answer.status >= 500):
            raise ConnectionError(f"{request.method}: {answer.head!r} {answer.body!r}")
        assert answer.status in (201, 204), (request.method, answer.head, answer.body)
        self.documents, self.possible = request.after, None
        self.acknowledged += 1

    def _request(self) -> Request:
        if not self.documents:
            return self._put(self._new_name())
        name = self.random.choice(sorted(self.documents))
        if len(self.documents) > MOST:
            other = self.random.choice(sorted(self.documents.keys() - {name}))
            return self.random.choice((self._delete, partial(self._move, target=other)))(name)
        change = self.random.choice(
            (self._create, self._create, self._put, self._move, self._copy, self._delete)
        )
        return change(name)

    def _new_name(self) -> str:
        self._number += 1
        return f"{self._number}.bin"

    def _create(self, name: str) -> Request:
        del name
        return self._put(self._new_name())

    def _put(self, name: str) -> Request:
        data = self.random.randbytes(self.random.choice(SIZES))
        after = {**self.documents, name: digest(data)}
        if self.random.random() < 0.2:
            return Request("PUT", name, after, _chunked(data), {"Transfer_Encoding": "chunked"})
        return Request("PUT", name, after, data)

    def _delete(self, name: str) -> Request:
        return Request("DELETE", name, self._without(name))

    def _move(self, name: str, target: str = "") -> Request:
        target = target or self._new_name()
        after = {**self._without(name), target: self.documents[name]}
        return Request("MOVE", name, after, None, {"Destination": f"{self.folder}/{target}"})

    def _copy(self, name: str) -> Request:
        target = self._new_name()
        after = {**self.documents, target: self.documents[name]}
        return Request("COPY", name, after, None, {"Destination": f"{self.folder}/{target}"})

    def _without(self, name: str) -> Documents:
        return {key: value for key, value in self.documents.items() if key != name}

    async def verify(self, port: int) -> None:
        """What is there is what was acknowledged, give or take the request without an answer."""
        client = Client(port, self.authorization)
        found = await read_folder(client, self.folder)
        await client.close()
        allowed = [self.documents] if self.possible is None else [self.documents, self.possible]
        assert found in allowed, (self.folder, found, allowed)
        self.documents, self.possible = found, None


async def read_folder(client: Client, folder: str) -> Documents:
    """The digest of every document that the folder shows."""
    return {name: digest(data) for name, data in (await fetch_all(client, folder)).items()}


async def names_in(client: Client, folder: str) -> list[str]:
    """What the folder shows."""
    answer = await client.request("PROPFIND", folder, LISTING, Depth="1")
    assert answer.status == 207, answer.head
    own = folder.rstrip("/") + "/"
    hrefs: Mapping[str, object] = answer.statuses()
    return [unquote(href.removeprefix(own)) for href in hrefs if href != own]


async def fetch_all(client: Client, folder: str) -> dict[str, bytes]:
    """The content of every document that the folder shows."""
    found = {}
    for name in await names_in(client, folder):
        answer: Answer = await client.request("GET", f"{folder}/{name}")
        assert answer.status == 200, (folder, name, answer.head, answer.body)
        found[name] = answer.body
    return found


def _chunked(data: bytes) -> bytes:
    pieces = [data[start : start + 40_000] for start in range(0, len(data), 40_000)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
