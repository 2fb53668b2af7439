"""Clients that write, read and remember, so that what was acknowledged can be asked for later."""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field

from tests.processes import Account
from tests.serving import Answer, Client

SIZES = (300, 20_000, 150_000, 400_000)
"""Some lie in the catalog, some in the blob store."""


@dataclass
class Writer:
    """One device of one person. Each of its documents has one writer, so it knows what is right."""

    account: Account
    port: int
    number: int
    random: random.Random
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    """Digest of what each document holds for certain."""
    uncertain: dict[str, set[bytes]] = field(default_factory=dict)
    """Digests of what it may hold instead, since a write was not answered with success."""
    statuses: Counter[int] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """Every answer that may not be."""

    async def run(self, stop: asyncio.Event) -> None:
        """Write and read until told to stop."""
        client = Client(self.port, self.account.authorization)
        while not stop.is_set():
            path = f"/dav/{self.number}-{self.random.randrange(6)}"
            try:
                if self.random.random() < 0.5 or path not in self.acknowledged:
                    await self._write(client, path)
                else:
                    await self._read(client, path)
            except (OSError, asyncio.IncompleteReadError, TimeoutError):
                self.statuses[0] += 1
                await client.close()
                await asyncio.sleep(0.1)
        await client.close()

    async def _write(self, client: Client, path: str) -> None:
        data = self.random.randbytes(self.random.choice(SIZES))
        digest = hashlib.sha256(data).digest()
        maybe = self.uncertain.setdefault(path, set())
        maybe.add(digest)
        answer = await client.request("PUT", path, data)
        self._count(answer, path, 201, 204)
        if answer.status in (201, 204):
            self.acknowledged[path] = digest
            maybe.clear()

    async def _read(self, client: Client, path: str) -> None:
        answer = await client.request("GET", path)
        self._count(answer, path, 200)
        if answer.status == 200:
            self._check(path, answer.body)

    def _count(self, answer: Answer, path: str, *good: int) -> None:
        self.statuses[answer.status] += 1
        if answer.status in (502, 503, 504):  # Parchemin's is 503, HAProxy has all of them
            if "retry-after" not in answer.fields:
                self.faults.append(f"{path}: {answer.status} without Retry-After")
        elif answer.status not in good:
            self.faults.append(f"{path}: {answer.status} {answer.body[:200]!r}")

    def _check(self, path: str, body: bytes) -> None:
        digest = hashlib.sha256(body).digest()
        allowed = {self.acknowledged.get(path, b""), *self.uncertain.get(path, ())}
        if digest not in allowed:
            self.faults.append(f"{path}: wrong bytes, {len(body)} of them")

    async def verify(self) -> int:
        """Read everything that was acknowledged; how many documents. Faults are noted."""
        client = Client(self.port, self.account.authorization)
        for path in self.acknowledged:
            answer = await client.request("GET", path)
            if answer.status != 200:
                self.faults.append(f"{path}: lost, {answer.status}")
            else:
                self._check(path, answer.body)
        await client.close()
        return len(self.acknowledged)
