"""Nodes that change vaults of one PostgreSQL at once: none undoes another, nothing is lost.

Changes that keep within one vault are kept apart by its row's lock alone (docs/adr/0005), so these
tests look for what serializable transactions would have excluded.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from tests.databases import PostgreSQL, postgresql
from tests.vault.workers import Clock, Rules, Worker, content, names, pieces, working
from vault_core.errors import Conflict, ParcheminError, QuotaExceeded, StoreError
from vault_core.store.blobs.memory import MemoryBlobStore
from vault_core.store.postgresql.catalog import PostgreSQLCatalog
from vault_core.vault.documents import space
from vault_core.vault.nodes.node import Written
from vault_core.vault.vault import Vault

NODES = 2


@pytest.fixture(scope="module")
def server() -> Iterator[PostgreSQL]:
    with postgresql() as running:
        yield running


@dataclass
class Nodes:
    """Nodes of one institution, and whose vaults they have open."""

    workers: list[Worker]

    @property
    def undone(self) -> int:
        """Transactions that PostgreSQL undid, on all of them."""
        return sum(worker.catalog.undone for worker in self.workers)  # type: ignore[attr-defined]

    async def enrol(self, username: str) -> list[Vault]:
        """A new person's vault, as each node has it."""
        _, token = await self.workers[0].enrol(username)
        return [await worker.open(username, token) for worker in self.workers]

    async def sound(self) -> None:
        """Journals, quotas, trees and blobs of all vaults agree."""
        for worker in self.workers:
            await worker.vaults.journal.flush()
        report = await self.workers[0].maintenance.check()
        assert [problem.sentence for problem in report.problems] == []


@pytest.fixture
async def nodes(server: PostgreSQL) -> AsyncIterator[Nodes]:
    database, clock, blobs = server.create(), Clock(), MemoryBlobStore()
    async with AsyncExitStack() as stack:
        opened = []
        for _ in range(NODES):
            catalog = await PostgreSQLCatalog.open(server.url(database), connections=6)
            node = working(catalog, blobs, clock, Rules(quota=QUOTA, versions=2))
            opened.append(await stack.enter_async_context(node))
        yield Nodes(opened)
    server.drop(database)


QUOTA = 60_000


async def _work(vault: Vault, device: int) -> None:
    """What a client does in a folder of its own."""
    top = f"{device}"
    await vault.make_folder((top,))
    for number in range(8):
        path = (top, f"{number}")
        await vault.write(path, pieces(b"x" * 300))
        await vault.write(path, pieces(b"y" * 400))
        await vault.set_properties(path, {"{x}a": '<a xmlns="x"/>'})
        await vault.copy(path, (top, f"copy {number}"), overwrite=False)
        await vault.move(path, (top, f"moved {number}"), overwrite=False)
        await vault.delete((top, f"copy {number}"))


async def test_no_change_is_undone_for_another_persons(nodes: Nodes) -> None:
    """Nor for one of the same vault on another node: that one waits for the row."""
    vaults = [await nodes.enrol(f"person{number}") for number in range(6)]
    before = nodes.undone
    await asyncio.gather(
        *(_work(vault, device) for both in vaults for device, vault in enumerate(both * 2))
    )
    for worker in nodes.workers:
        await worker.vaults.journal.flush()
    assert nodes.undone == before
    await nodes.sound()
    for both in vaults:
        for device in range(4):
            await both[0].refresh()
            assert await names(both[0], f"{device}") == [f"moved {n}" for n in range(8)]


async def test_no_delivery_is_undone_for_another_persons(nodes: Nodes) -> None:
    vaults = [await nodes.enrol(f"person{number}") for number in range(6)]
    before = nodes.undone
    await asyncio.gather(
        *(worker.deliver(f"person{number}") for number in range(6) for worker in nodes.workers * 5)
    )
    assert nodes.undone == before
    await nodes.sound()
    for both in vaults:
        await both[0].refresh()
        assert len(await names(both[0], "Attestations", "Examens")) == 10


async def test_nodes_fill_one_vault_up_to_its_quota_and_no_further(nodes: Nodes) -> None:
    both = await nodes.enrol("ada")
    written = await asyncio.gather(
        *(both[n % NODES].write((f"{n}",), pieces(b"x" * 5_000)) for n in range(30)),
        return_exceptions=True,
    )
    assert Counter(type(one) for one in written if isinstance(one, BaseException)) == {
        QuotaExceeded: 30 - QUOTA // 5_000
    }
    assert (await both[0].quota()).used == QUOTA
    await nodes.sound()


async def test_of_nodes_that_want_one_name_one_gets_it(nodes: Nodes) -> None:
    both = await nodes.enrol("ada")
    for number in range(6):
        made = await asyncio.gather(
            *(vault.make_folder((f"{number}",)) for vault in both * 3), return_exceptions=True
        )
        assert sum(not isinstance(one, BaseException) for one in made) == 1
        written = await asyncio.gather(
            *(vault.write((f"{number}", "a"), pieces(os.urandom(9))) for vault in both * 3),
            return_exceptions=True,
        )
        assert {type(one) for one in written} <= {Written, Conflict}
        for vault in both:
            await vault.refresh()
        contents = [await content(vault, await vault.find((f"{number}", "a"))) for vault in both]
        assert contents[0] == contents[1]
    await nodes.sound()


class _Chaos:
    """Random changes of one vault, of which every one may be refused and none may do harm."""

    def __init__(self, worker: Worker, vault: Vault, username: str, seed: int) -> None:
        self._worker, self._vault, self._username = worker, vault, username
        self._random = random.Random(seed)

    async def run(self, turns: int) -> None:
        """So many changes, one after another."""
        kinds = [
            self._write, self._write, self._write, self._delete, self._copy, self._move,
            self._purge, self._restore, self._restore_version, self._lock, self._deliver,
            self._make_room, self._describe, self._folder,
        ]  # fmt: skip
        for _ in range(turns):
            try:
                await self._vault.refresh()
                await self._random.choice(kinds)()
            except StoreError:
                raise
            except ParcheminError:  # what another one did meanwhile is in its way
                continue

    def _path(self) -> tuple[str, ...]:
        name = f"{self._random.randrange(5)}"
        return (f"f{self._random.randrange(2)}", name) if self._random.random() < 0.5 else (name,)

    async def _write(self) -> None:
        data = self._random.randbytes(self._random.choice((10, 900, 6_000)))
        await self._vault.write(self._path(), pieces(data))

    async def _folder(self) -> None:
        await self._vault.make_folder((f"f{self._random.randrange(2)}",))

    async def _delete(self) -> None:
        await self._vault.delete(self._path())

    async def _copy(self) -> None:
        await self._vault.copy(self._path(), self._path(), overwrite=True)

    async def _move(self) -> None:
        await self._vault.move(self._path(), self._path(), overwrite=True)

    async def _describe(self) -> None:
        await self._vault.set_properties(self._path(), {"{x}a": '<a xmlns="x"/>'})

    async def _purge(self) -> None:
        for found in (await self._vault.trash())[:2]:
            await self._vault.purge(found.id)

    async def _restore(self) -> None:
        for found in (await self._vault.trash())[:1]:
            await self._vault.restore(found.id)

    async def _restore_version(self) -> None:
        path = self._path()
        for version in (await self._vault.versions(path))[-1:]:
            await self._vault.restore_version(path, version.number)

    async def _lock(self) -> None:
        path, token = self._path(), f"urn:uuid:{self._random.randrange(1 << 60)}"
        await self._vault.lock(
            path, token=token, shared=False, infinite=False, owner="", seconds=100
        )
        await self._vault.unlock(token, path)

    async def _deliver(self) -> None:
        await self._worker.deliver(self._username, data=b"%PDF" * 9)

    async def _make_room(self) -> None:
        await space.reclaim(self._vault.opened, 500, self._vault.actor())


async def test_whatever_nodes_do_at_once_every_vault_stays_whole(nodes: Nodes) -> None:
    done = asyncio.Event()

    async def collect_garbage() -> None:
        """As `check --repair` in the midst of it: what is referred to is never removed."""
        while not done.is_set():
            await nodes.workers[0].maintenance.check(repair=True)

    vaults = {name: await nodes.enrol(name) for name in ("ada", "grace", "mary")}
    collecting = asyncio.ensure_future(collect_garbage())
    try:
        await asyncio.gather(
            *(
                _Chaos(worker, vault, name, number * NODES + place).run(60)
                for number, (name, both) in enumerate(vaults.items())
                for place, (worker, vault) in enumerate(zip(nodes.workers, both, strict=True))
            )
        )
    finally:
        done.set()
        await collecting
    await nodes.sound()
    for both in vaults.values():
        trees = []
        for vault in both:
            await vault.refresh()
            found = await vault.walk((), 10_000)
            trees.append({
                path: None if node.is_folder else await content(vault, node)
                for path, node in found if path
            })  # fmt: skip
            assert (await vault.quota()).used <= QUOTA + 36 * 60
        assert trees[0] == trees[1]
