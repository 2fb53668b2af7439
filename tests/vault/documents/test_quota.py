"""The quota: never passed by writing, however many write at once; old things make room."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.vault.workers import Rules, Worker, names, pieces, worker
from vault_core.errors import QuotaExceeded
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault

QUOTA = 1_000_000
DATA = os.urandom(QUOTA + 1)


@pytest.fixture
async def small(tmp_path: Path) -> AsyncIterator[Worker]:
    """A worker whose new vaults hold one megabyte."""
    async with worker(tmp_path, rules=Rules(quota=QUOTA, versions=3)) as found:
        yield found


@pytest.fixture
async def room(small: Worker) -> Vault:
    return (await small.enrol("ada"))[0]


async def _sound(small: Worker) -> None:
    """What is counted is what is there, and it is no more than allowed."""
    assert (await small.maintenance.check()).problems == []
    ((used, limit),) = await small.catalog.fetch("SELECT used, quota FROM vaults")
    assert used <= limit


@pytest.mark.parametrize("announced", [True, False])
async def test_the_last_byte_fits_and_the_next_does_not(
    small: Worker, room: Vault, announced: bool
) -> None:
    size = QUOTA if announced else None
    await room.write(("full",), pieces(DATA[:QUOTA]), size=size)
    for _ in range(2):
        with pytest.raises(QuotaExceeded):
            await room.write(("more",), pieces(b"x"), size=1 if announced else None)
    assert await names(room) == ["full"]
    assert (await room.quota()).available == 0
    await _sound(small)


async def test_a_document_larger_than_the_vault_is_cut_short(room: Vault, small: Worker) -> None:
    with pytest.raises(QuotaExceeded):
        await room.write(("x",), pieces(DATA), size=None)
    assert await names(room) == []
    assert [info async for info in small.blobs.list()] == []


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("size", [30_000, 90_000], ids=["catalog", "store"])
async def test_parallel_writes_do_not_pass_it_together(
    tmp_path: Path, small: Worker, room: Vault, size: int, announced: bool
) -> None:
    """Two processes, twenty at once in each, for twice the room there is."""
    count = 2 * QUOTA // size
    async with worker(tmp_path) as other:
        _, token = await keyslots.add_app_password(room, "other")
        same = await other.open("ada", token)
        writes = [
            vault.write((f"{number}",), pieces(DATA[:size]), size=size if announced else None)
            for number in range(count)
            for vault in ((room, same)[number % 2],)
        ]
        results = await asyncio.gather(*writes, return_exceptions=True)
    stored = [result for result in results if not isinstance(result, BaseException)]
    assert {type(r) for r in results if isinstance(r, BaseException)} == {QuotaExceeded}
    assert QUOTA - size < len(stored) * size <= QUOTA
    await _sound(small)


async def test_parallel_copies_do_not_pass_it_together(small: Worker, room: Vault) -> None:
    await room.write(("x",), pieces(DATA[:90_000]))
    copies = [room.copy(("x",), (f"{n}",), overwrite=False) for n in range(30)]
    results = await asyncio.gather(*copies, return_exceptions=True)
    assert {type(r) for r in results if isinstance(r, BaseException)} == {QuotaExceeded}
    assert len(await names(room)) == QUOTA // 90_000
    await _sound(small)


async def test_copying_a_folder_counts_all_of_it(small: Worker, room: Vault) -> None:
    await room.make_folder(("a",))
    for number in range(6):
        await room.write(("a", f"{number}"), pieces(DATA[:90_000]))
    with pytest.raises(QuotaExceeded):
        await room.copy(("a",), ("b",), overwrite=False)
    assert await names(room) == ["a"]
    await _sound(small)


async def test_old_versions_go_first_then_trash_oldest_first(small: Worker, room: Vault) -> None:
    for name in ("old trash", "new trash"):
        await room.write((name,), pieces(DATA[:200_000]))
        await room.delete((name,))
    for number in range(3):
        await room.write(("x",), pieces(DATA[: 100_000 + number]))
    await room.write(("needs a version",), pieces(DATA[:390_000]), size=390_000)
    assert len(await room.versions(("x",))) == 1
    assert [node.name for node in await room.trash()] == ["new trash", "old trash"]
    await room.write(("needs trash",), pieces(DATA[:200_000]), size=200_000)
    assert await room.versions(("x",)) == []
    assert [node.name for node in await room.trash()] == ["new trash"]
    await _sound(small)
    assert len([info async for info in small.blobs.list()]) == 4


async def test_nothing_goes_where_it_would_not_be_enough(small: Worker, room: Vault) -> None:
    await room.write(("trash",), pieces(DATA[:200_000]))
    await room.delete(("trash",))
    await room.write(("x",), pieces(DATA[:700_000]))
    with pytest.raises(QuotaExceeded):
        await room.write(("y",), pieces(DATA[:400_000]), size=400_000)
    assert [node.name for node in await room.trash()] == ["trash"]


async def test_replacing_and_copying_make_room_too(small: Worker, room: Vault) -> None:
    for _ in range(12):
        await room.write(("x",), pieces(DATA[:300_000]))
    await room.copy(("x",), ("y",), overwrite=False)
    await room.copy(("x",), ("z",), overwrite=False)
    assert await names(room) == ["x", "y", "z"]
    await _sound(small)


async def test_copies_at_once_make_room_from_the_trash(small: Worker, room: Vault) -> None:
    """Others may take the room that one has just made: it makes more."""
    for number in range(8):
        await room.write((f"trash {number}",), pieces(DATA[:100_000]))
        await room.delete((f"trash {number}",))
    await room.write(("x",), pieces(DATA[:100_000]))
    await asyncio.gather(*[room.copy(("x",), (f"{n}",), overwrite=False) for n in range(9)])
    assert len(await names(room)) == 10
    await _sound(small)


async def test_a_delivery_is_never_refused(small: Worker, room: Vault) -> None:
    await room.write(("full",), pieces(DATA[:QUOTA]))
    await small.deliver("ada", data=b"%PDF" * 1000)
    await room.refresh()
    assert "Attestations" in await names(room)
    quota = await room.quota()
    assert quota.used == QUOTA + 4000
    assert quota.available == 0
    with pytest.raises(QuotaExceeded):
        await room.write(("more",), pieces(b"x"))
