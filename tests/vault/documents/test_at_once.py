"""Many changes of one vault in one transaction: each stands on what the one before it left."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from tests.vault.journal.test_journal import fault
from tests.vault.workers import Worker, names, pieces
from vault_core.errors import NodeExists, NodeNotFound
from vault_core.store import changes
from vault_core.store.catalog import Unit
from vault_core.store.changes import Actor, Entry
from vault_core.vault.documents import moving, writing
from vault_core.vault.nodes import metadata
from vault_core.vault.nodes.node import Node
from vault_core.vault.vault import Vault


def _row_and_journal(vault: bytes) -> Unit[tuple[int, int]]:
    """What the vault's row says of its journal, and what the journal says."""
    rows = yield ("SELECT journal_size FROM vaults WHERE id = ?", (vault,))
    entries = yield ("SELECT COUNT(*) FROM journal WHERE vault = ?", (vault,))
    return rows[0][0], entries[0][0]


def _version_inside(actor: Actor) -> Unit[tuple[int, int]]:
    """The version before a change, as the change knows it and as it stands in the table."""
    change = yield from changes.begin(actor)
    rows = yield ("SELECT version FROM vaults WHERE id = ?", (actor.vault,))
    yield from changes.finish(change, Entry("look"))
    return change.version - 1, rows[0][0]


def _raise_quota(vault: bytes, by: int) -> Unit[None]:
    yield ("UPDATE vaults SET quota = quota + ? WHERE id = ?", (by, vault))


def _fail(actor: Actor) -> Unit[None]:
    change = yield from changes.begin(actor)
    yield from changes.finish(change, Entry("never"))
    raise NodeExists


def _losers(results: Sequence[object]) -> list[list[type]]:
    """What failed in each pair of changes that wanted the same: which of the two is not told."""
    pairs = zip(results[::2], results[1::2], strict=True)
    return [[type(one) for one in pair if isinstance(one, Exception)] for pair in pairs]


async def _sound(worker: Worker, vault: Vault) -> None:
    assert await fault(worker, vault) is None
    assert (await worker.maintenance.check()).problems == []


async def test_changes_of_two_vaults_at_once_leave_both_whole(first: Worker, vault: Vault) -> None:
    other, _ = await first.enrol("grace")
    await asyncio.gather(
        *(vault.write((f"{n}.txt",), pieces(b"x" * n)) for n in range(1, 40)),
        *(other.write((f"{n}.txt",), pieces(b"y" * n)) for n in range(1, 40)),
    )
    for owner in (vault, other):
        assert len(await names(owner)) == 39
        assert (await owner.quota()).used == sum(range(1, 40))
        await _sound(first, owner)


async def test_who_looks_at_the_row_in_between_sees_all_that_came_before(
    first: Worker, vault: Vault
) -> None:
    writes = [vault.write((f"{n}.txt",), pieces(b"x")) for n in range(20)]
    actor = Actor(vault.id, vault.slot_id, 0)
    looks = [first.catalog.commit(_row_and_journal, vault.id) for _ in range(20)]
    recorded = [first.catalog.commit(changes.record, actor, [Entry("seen")]) for _ in range(20)]
    mixed = [job for three in zip(writes, recorded, looks, strict=True) for job in three]
    results = await asyncio.gather(*mixed)
    assert [a == b for a, b in results[2::3]] == [True] * 20
    await _sound(first, vault)


async def test_a_change_that_reads_its_own_row_again_finds_it_written(
    first: Worker, vault: Vault
) -> None:
    actor = Actor(vault.id, vault.slot_id, 0)
    results = await asyncio.gather(
        *(first.catalog.commit(_version_inside, actor) for _ in range(20))
    )
    assert [known == stored for known, stored in results] == [True] * 20
    await _sound(first, vault)


async def test_a_row_changed_by_others_in_between_keeps_their_change(
    first: Worker, vault: Vault
) -> None:
    before = await vault.quota()
    jobs = []
    for n in range(20):
        jobs += [vault.write((f"{n}.txt",), pieces(b"x"))]
        jobs += [first.catalog.commit(_raise_quota, vault.id, 1000)]
    await asyncio.gather(*jobs)
    ((quota, used),) = await first.catalog.fetch(
        "SELECT quota, used FROM vaults WHERE id = ?", (vault.id,)
    )
    assert (quota, used) == (before.used + (before.available or 0) + 20_000, 20)
    await _sound(first, vault)


async def test_what_fails_among_them_leaves_nothing(first: Worker, vault: Vault) -> None:
    actor = Actor(vault.id, vault.slot_id, 0)
    jobs = []
    for n in range(10):
        jobs += [vault.write((f"{n}.txt",), pieces(b"x"))]
        jobs += [first.catalog.commit(_fail, actor)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(result) for result in results[1::2]] == [NodeExists] * 10
    assert len(await names(vault)) == 10
    assert await first.catalog.fetch("SELECT 1 FROM journal WHERE verb = 'never'") == []
    await _sound(first, vault)


async def test_of_two_that_create_one_name_one_does_and_no_other_fails(
    first: Worker, vault: Vault
) -> None:
    jobs = [vault.make_folder((f"{n // 2}",)) for n in range(20)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert _losers(results) == [[NodeExists]] * 10
    assert sorted(await names(vault)) == [f"{n}" for n in range(10)]
    await _sound(first, vault)


async def test_of_two_that_delete_one_document_one_does_and_no_other_fails(
    first: Worker, vault: Vault
) -> None:
    await asyncio.gather(*(vault.write((f"{n}",), pieces(b"x")) for n in range(11)))
    jobs = [vault.delete((f"{n // 2}",)) for n in range(20)]
    results = await asyncio.gather(*jobs, return_exceptions=True)
    assert _losers(results) == [[NodeNotFound]] * 10
    assert await names(vault) == ["10"]
    assert len(await vault.trash()) == 10
    await _sound(first, vault)


async def test_a_name_is_free_for_whoever_comes_after_its_deletion(
    first: Worker, vault: Vault
) -> None:
    actor = vault.actor()
    await asyncio.gather(*(vault.write((f"{n}",), pieces(b"x")) for n in range(10)))
    old = {node.name: node for node in await vault.children(vault.opened.tree.root)}
    jobs = []
    for name, node in old.items():
        new = writing.new_folder(vault.opened, node.parent, name, actor)
        row = metadata.seal_node(vault.opened.keyring, new, os.urandom)
        jobs.append(first.catalog.commit(_delete, actor, node))
        jobs.append(first.catalog.commit(writing.create, actor, 1 << 40, row, None))
    await asyncio.gather(*jobs)
    await vault.refresh()
    found = await vault.children(vault.opened.tree.root)
    assert {node.name: node.is_folder for node in found} == dict.fromkeys(old, True)
    await _sound(first, vault)


def _delete(actor: Actor, node: Node) -> Unit[int]:
    change = yield from changes.begin(actor)
    yield from moving.trash_row(actor, node, change.version)
    return (yield from changes.finish(change, Entry("delete", node.id)))


@given(
    st.integers(1, 1 << 40), st.integers(0, 1 << 45), st.text(max_size=20),
    st.one_of(st.none(), st.binary(min_size=16, max_size=16)), st.text(max_size=40),
)  # fmt: skip
def test_an_entry_is_chained_as_a_json_list(
    number: int, at: int, verb: str, node: bytes | None, detail: str
) -> None:
    head, vault, slot = os.urandom(32), os.urandom(16), os.urandom(16)
    fields = [vault.hex(), number, at, verb, node.hex() if node else None, slot.hex(), detail]
    written = json.dumps(fields, separators=(",", ":")).encode()
    expected = hashlib.sha256(head + written).digest()
    assert changes.chain(head, vault, number, at, verb, node, slot, detail) == expected
