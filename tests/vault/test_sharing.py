"""Several processes on one vault: each sees what the others do, and locks hold everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.vault.workers import Clock, Worker, at, names, pieces, tree, worker
from vault_core.errors import (
    Conflict,
    Forbidden,
    Locked,
    NodeExists,
    NodeNotFound,
    PreconditionFailed,
)
from vault_core.store.catalog import Row
from vault_core.vault.documents import space
from vault_core.vault.documents.opened import OpenedVault
from vault_core.vault.keys import keyslots
from vault_core.vault.nodes.node import Lock
from vault_core.vault.vault import Vault

TOKEN = "urn:uuid:1"


class Held:
    """A catalog that keeps back what it read of one table, once: time for other changes."""

    def __init__(self, opened: OpenedVault, table: str) -> None:
        self._catalog, self._table = opened.services.catalog, table
        self.has_read, self.go_on = asyncio.Event(), asyncio.Event()
        opened.services = replace(opened.services, catalog=self)

    async def fetch(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """As the catalog inside, but for the one time."""
        return await self._perhaps_held(sql, await self._catalog.fetch(sql, parameters))

    async def few(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """As `fetch`."""
        return await self._perhaps_held(sql, await self._catalog.few(sql, parameters))

    async def _perhaps_held(self, sql: str, rows: list[Row]) -> list[Row]:
        if f"FROM {self._table} " in sql and not self.has_read.is_set():
            self.has_read.set()
            await self.go_on.wait()
        return rows

    def __getattr__(self, name: str) -> Any:
        return getattr(self._catalog, name)


async def lock(vault: Vault, *path: str, token: str = TOKEN, **more: object) -> Lock:
    """An exclusive lock on the node alone, if nothing else is said."""
    wanted = {"shared": False, "infinite": False, "owner": "<x/>", "seconds": 600, **more}
    return await vault.lock(path, token=token, **wanted)  # type: ignore[arg-type]


async def test_every_kind_of_change_is_seen(vault: Vault, same: Vault) -> None:
    await vault.make_folder(("a",))
    await vault.write(("a", "x"), pieces(b"one"))
    await same.refresh()
    assert await tree(same) == {("a",): None, ("a", "x"): b"one"}
    await same.write(("a", "x"), pieces(b"two"))
    await same.move(("a", "x"), ("y",), overwrite=False)
    await vault.refresh()
    assert await tree(vault) == {("a",): None, ("y",): b"two"}
    await vault.delete(("y",))
    await vault.copy(("a",), ("b",), overwrite=False)
    await same.refresh()
    assert await names(same) == ["a", "b"]


async def test_what_is_replaced_while_another_request_reads_stays_replaced(
    vault: Vault, same: Vault
) -> None:
    """Rows read before a change of this process, and taken over after it, undo nothing."""
    for name in ("x", "y"):
        await vault.write((name,), pieces(f"content of {name}".encode()))
    held = Held(same.opened, "nodes")
    reading = asyncio.create_task(same.refresh())
    await asyncio.wait_for(held.has_read.wait(), 60)
    await same.move(("y",), ("x",), overwrite=True)
    held.go_on.set()
    await asyncio.wait_for(reading, 60)
    assert await at(same, "x") == b"content of y"
    await same.delete(("x",))
    assert await tree(same) == {}


async def test_both_write_at_once_and_everything_is_there(
    vault: Vault, same: Vault, first: Worker
) -> None:
    for opened in (vault, same):
        await names(opened)  # both have the folder in memory
    writes = [
        opened.write((f"{who}{number}",), pieces(f"{who}{number}".encode()))
        for number in range(50)
        for who, opened in (("a", vault), ("b", same))
    ]
    await asyncio.gather(*writes)
    for opened in (vault, same):
        await opened.refresh()
        found = await tree(opened)
        assert len(found) == 100
        assert all(data == path[0].encode() for path, data in found.items())
    assert (await first.maintenance.check()).problems == []


async def test_both_make_the_same_folder(vault: Vault, same: Vault) -> None:
    results = await asyncio.gather(
        vault.make_folder(("a",)), same.make_folder(("a",)), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Node", "NodeExists"]


async def test_both_write_the_same_document(vault: Vault, same: Vault) -> None:
    results = await asyncio.gather(
        *[v.write(("x",), pieces(name)) for v, name in ((vault, b"one"), (same, b"two")) * 5]
    )
    assert sum(written.created for written in results) == 1
    for opened in (vault, same):
        await opened.refresh()
    assert await at(vault, "x") == await at(same, "x")
    assert len(await vault.versions(("x",))) == 9


async def test_one_deletes_the_folder_the_other_writes_into(vault: Vault, same: Vault) -> None:
    await vault.make_folder(("a",))
    await same.refresh()
    await names(same, "a")
    await vault.delete(("a",))
    with pytest.raises(Exception) as refused:
        await same.write(("a", "x"), pieces(b"x"))
    assert type(refused.value).__name__ == "ParentNotFound"


async def test_one_moves_the_folder_the_other_writes_into(vault: Vault, same: Vault) -> None:
    """Nothing is written into a place that is another one now."""
    await vault.make_folder(("a",))
    await same.refresh()
    await vault.move(("a",), ("b",), overwrite=False)
    await vault.make_folder(("a",))
    await same.write(("a", "x"), pieces(b"x"))
    await vault.refresh()
    assert await tree(vault) == {("a",): None, ("a", "x"): b"x", ("b",): None}


async def test_two_folders_moved_into_each_other_make_no_circle(vault: Vault, same: Vault) -> None:
    for name in ("a", "b"):
        await vault.make_folder((name,))
    await same.refresh()
    results = await asyncio.gather(
        vault.move(("a",), ("b", "a"), overwrite=False),
        same.move(("b",), ("a", "b"), overwrite=False),
        return_exceptions=True,
    )
    assert sum(isinstance(result, BaseException) for result in results) == 1
    await vault.refresh()
    assert len(await tree(vault)) == 2


async def test_a_lock_is_known_to_every_process(vault: Vault, same: Vault) -> None:
    await vault.write(("x",), pieces(b"old"))
    await lock(vault, "x")
    await same.refresh()
    assert [held.token for held in await same.locks_on(("x",))] == [TOKEN]
    with pytest.raises(Locked):
        await same.write(("x",), pieces(b"new"))
    await same.write(("x",), pieces(b"new"), tokens=frozenset({TOKEN}))
    await same.unlock(TOKEN, ("x",))
    await vault.refresh()
    await vault.write(("x",), pieces(b"newer"))


async def test_a_lock_taken_after_the_check_still_holds(vault: Vault, same: Vault) -> None:
    """The other process has not refreshed since: its change is refused all the same."""
    await vault.write(("x",), pieces(b"old"))
    await same.refresh()
    await lock(vault, "x")
    for change in (
        same.write(("x",), pieces(b"new")),
        same.delete(("x",)),
        same.move(("x",), ("y",), overwrite=False),
        same.set_properties(("x",), {"{x}a": "<a/>"}),
    ):
        with pytest.raises(Locked):
            await change
    assert await at(vault, "x") == b"old"


async def test_a_lock_taken_while_another_request_reads_the_locks_holds(
    vault: Vault, same: Vault
) -> None:
    for name in ("x", "y"):
        await vault.write((name,), pieces(b"old"))
    await same.refresh()
    held = Held(same.opened, "locks")
    one = asyncio.create_task(lock(same, "y", token="urn:uuid:y"))
    await asyncio.wait_for(held.has_read.wait(), 60)
    other = asyncio.create_task(lock(same, "x"))
    async with asyncio.timeout(60):
        while not await vault.locks_on(("x",)):
            await asyncio.sleep(0.01)
            await vault.refresh()
    held.go_on.set()
    await asyncio.wait_for(asyncio.gather(one, other), 60)
    with pytest.raises(Locked):
        await same.delete(("x",))


async def test_a_token_alone_is_not_enough(first: Worker, vault: Vault, same: Vault) -> None:
    """RFC 4918 section 6.4: the token is no secret; the device that took the lock uses it."""
    await vault.write(("x",), pieces(b"old"))
    await lock(vault, "x")
    _, token = await keyslots.add_app_password(vault, "another device")
    other = await first.open("ada", token)
    with pytest.raises(Locked):
        await other.write(("x",), pieces(b"new"), tokens=frozenset({TOKEN}))
    with pytest.raises(Forbidden):
        await other.unlock(TOKEN, ("x",))


async def test_a_token_of_another_vault_is_worth_nothing(first: Worker, vault: Vault) -> None:
    other, _ = await first.enrol("bob")
    for opened in (vault, other):
        await opened.write(("x",), pieces(b"old"))
    await lock(other, "x", token="urn:uuid:bob")
    await lock(vault, "x")
    with pytest.raises(Locked):
        await vault.write(("x",), pieces(b"new"), tokens=frozenset({"urn:uuid:bob"}))
    with pytest.raises(Conflict):
        await vault.unlock("urn:uuid:bob", ("x",))
    with pytest.raises(PreconditionFailed):
        await vault.refresh_lock("urn:uuid:bob", ("x",), 600)


async def test_a_deep_lock_covers_what_comes_later(vault: Vault, same: Vault) -> None:
    await vault.make_folder(("a",))
    await lock(vault, "a", infinite=True)
    await same.refresh()
    for change in (same.make_folder(("a", "b")), same.write(("a", "x"), pieces(b"x"))):
        with pytest.raises(Locked):
            await change
    await same.make_folder(("a", "b"), tokens=frozenset({TOKEN}))
    assert [held.token for held in await same.locks_on(("a", "b"))] == [TOKEN]


async def test_exclusive_and_shared(vault: Vault, same: Vault) -> None:
    await vault.write(("x",), pieces(b"x"))
    await lock(vault, "x", shared=True)
    await same.refresh()
    await lock(same, "x", token="urn:uuid:2", shared=True)
    for shared in (True, False):
        if not shared:
            with pytest.raises(Locked):
                await lock(same, "x", token="urn:uuid:3", shared=shared)
    await same.write(("x",), pieces(b"y"), tokens=frozenset({"urn:uuid:2"}))


async def test_two_processes_take_one_lock(vault: Vault, same: Vault) -> None:
    await vault.write(("x",), pieces(b"x"))
    await same.refresh()
    results = await asyncio.gather(
        lock(vault, "x"), lock(same, "x", token="urn:uuid:2"), return_exceptions=True
    )
    assert sorted(type(result).__name__ for result in results) == ["Lock", "Locked"]


async def test_a_lock_ends_by_itself(vault: Vault, same: Vault, clock: Clock) -> None:
    await vault.write(("x",), pieces(b"x"))
    await lock(vault, "x", seconds=60)
    await same.refresh()
    clock.offset += 40
    await same.refresh_lock(TOKEN, ("x",), 60)
    clock.offset += 40
    await vault.refresh()
    with pytest.raises(Locked):
        await vault.write(("x",), pieces(b"y"))
    clock.offset += 21
    await vault.write(("x",), pieces(b"y"))
    assert await vault.locks_on(("x",)) == []


async def test_a_lock_stays_with_its_place(vault: Vault) -> None:
    """RFC 4918 section 7.7: moving what is locked leaves the lock behind."""
    await vault.write(("x",), pieces(b"x"))
    await lock(vault, "x")
    await vault.move(("x",), ("y",), overwrite=False, tokens=frozenset({TOKEN}))
    assert await vault.locks_on(("y",)) == []
    await vault.write(("y",), pieces(b"free"))


async def test_locks_outlive_the_process(
    tmp_path: Path, vault: Vault, token: str, clock: Clock
) -> None:
    await vault.write(("x",), pieces(b"x"))
    await lock(vault, "x")
    async with worker(tmp_path, clock) as later:
        opened = await later.open("ada", token)
        (held,) = await opened.locks_on(("x",))
        assert held.owner == "<x/>"
        with pytest.raises(Locked):
            await opened.delete(("x",))


async def test_only_what_is_there_is_locked(vault: Vault) -> None:
    with pytest.raises(NodeNotFound):
        await lock(vault, "no")
    await vault.make_folder(("a",))
    with pytest.raises(NodeExists):
        await vault.make_folder(("a",))


@pytest.mark.parametrize("made_by_reclaiming", [False, True], ids=["purge", "make room"])
async def test_what_was_destroyed_between_two_looks_is_gone(
    vault: Vault, same: Vault, made_by_reclaiming: bool
) -> None:
    """A destroyed node leaves no row that could tell another process."""
    await vault.write(("gone",), pieces(b"gone"))
    await vault.make_folder(("kept",))
    await vault.write(("kept", "x"), pieces(b"kept"))
    await same.refresh()
    assert await tree(same) == {("gone",): b"gone", ("kept",): None, ("kept", "x"): b"kept"}
    node = await vault.find(("gone",))
    await vault.delete(("gone",))
    if made_by_reclaiming:
        await space.reclaim(vault.opened, 1, vault.actor())
    else:
        await vault.purge(node.id)
    for opened in (same, vault):
        await opened.refresh()
        assert await tree(opened) == {("kept",): None, ("kept", "x"): b"kept"}
    await same.write(("gone",), pieces(b"anew"))
    await vault.refresh()
    assert (await tree(vault))["gone",] == b"anew"
