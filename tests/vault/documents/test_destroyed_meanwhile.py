"""A change that refers once more to a content which another device destroys at that moment."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.vault.workers import Worker, names, pieces
from vault_core.errors import NodeNotFound
from vault_core.vault.documents import space
from vault_core.vault.vault import Vault


def _just_before_the_next_commit(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], Awaitable[None]]
) -> None:
    """`happens` once the worker has looked, and before it changes anything."""
    commit = worker.catalog.commit

    async def late(*asked: Any, **more: Any) -> Any:
        monkeypatch.undo()
        await happens()
        return await commit(*asked, **more)

    monkeypatch.setattr(worker.catalog, "commit", late)


async def test_a_copy_of_what_is_destroyed_meanwhile_is_not_made(
    first: Worker, vault: Vault, same: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vault.write(("a",), pieces(b"x" * 1000))
    await same.refresh()

    async def destroyed() -> None:
        await same.delete(("a",))
        for node in await same.trash():
            await same.purge(node.id)

    _just_before_the_next_commit(first, monkeypatch, destroyed)
    with pytest.raises(NodeNotFound):
        await vault.copy(("a",), ("b",), overwrite=False)
    assert await names(vault) == []
    assert (await first.maintenance.check()).problems == []


async def test_a_version_that_goes_meanwhile_is_not_restored(
    first: Worker, vault: Vault, same: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    await vault.write(("a",), pieces(b"old" * 300))
    await vault.write(("a",), pieces(b"new"))
    await same.refresh()
    (version,) = await vault.versions(("a",))

    async def destroyed() -> None:
        await space.reclaim(same.opened, 1, same.actor())

    _just_before_the_next_commit(first, monkeypatch, destroyed)
    with pytest.raises(NodeNotFound):
        await vault.restore_version(("a",), version.number)
    assert (await first.maintenance.check()).problems == []
