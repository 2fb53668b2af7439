"""Checking, repairing and letting go: rows and ciphertext only, no person's key."""

from __future__ import annotations

import os
from typing import Any

import pytest

from storage_backends.local import LocalBlobStore
from tests.vault.workers import DAY, Clock, Worker, at, pieces
from vault_core.crypto import codes
from vault_core.errors import AccessDenied
from vault_core.store.catalog import Unit
from vault_core.vault.keys import keyslots
from vault_core.vault.upkeep.checking import GRACE
from vault_core.vault.upkeep.maintenance import Retention
from vault_core.vault.vault import Vault

DATA = os.urandom(100_000)


def _execute(statement: str, *parameters: Any) -> Unit[None]:
    yield (statement, parameters)


async def kinds(worker: Worker, repair: bool = False) -> list[tuple[str, bool]]:
    """What a check found, and whether it was repaired."""
    report = await worker.maintenance.check(repair)
    return [(problem.kind, problem.repaired) for problem in report.problems]


async def test_a_used_vault_is_sound(first: Worker, vault: Vault) -> None:
    await vault.make_folder(("a",))
    for _ in range(3):
        await vault.write(("a", "x"), pieces(DATA))
    await vault.copy(("a",), ("b",), overwrite=False)
    await vault.delete(("a",))
    await first.deliver("ada")
    report = await first.maintenance.check()
    assert report.problems == []
    assert (report.vaults, report.blobs) == (1, 4)
    assert report.clean


async def test_a_blob_that_nothing_refers_to_is_removed_after_the_grace(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    await vault.write(("x",), pieces(DATA))
    key = os.urandom(16).hex()
    await first.blobs.put(key, pieces(DATA))
    assert await kinds(first, repair=True) == [], "an upload may be on its way"
    clock.offset += GRACE + 60
    assert await kinds(first) == [("unreferenced", False)]
    assert await kinds(first, repair=True) == [("unreferenced", True)]
    assert await kinds(first) == []
    assert await at(vault, "x") == DATA


async def test_a_blob_row_that_nothing_refers_to_goes_with_its_file(
    first: Worker, vault: Vault
) -> None:
    await vault.write(("x",), pieces(DATA))
    await vault.write(("y",), pieces(b"small"))
    await first.catalog.commit(_execute, "DELETE FROM nodes WHERE vault = ?", vault.id)
    await first.catalog.commit(_execute, "UPDATE vaults SET used = 0")
    assert await kinds(first, repair=True) == [("unreferenced", True)] * 2
    assert [info async for info in first.blobs.list()] == []
    assert await kinds(first) == []


async def test_nothing_is_removed_while_a_reference_leads_nowhere(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    """The unreferenced blob may be what the damaged reference meant."""
    await vault.write(("x",), pieces(DATA))
    await first.catalog.commit(_execute, "UPDATE nodes SET blob = ?", bytes(16))
    clock.offset += GRACE + 60
    assert ("unreferenced", False) in await kinds(first, repair=True)
    assert len([info async for info in first.blobs.list()]) == 1


async def test_a_wrong_count_of_bytes_is_counted_anew(first: Worker, vault: Vault) -> None:
    await vault.write(("x",), pieces(DATA))
    await first.catalog.commit(_execute, "UPDATE vaults SET used = 7")
    assert await kinds(first) == [("quota", False)]
    assert await kinds(first, repair=True) == [("quota", True)]
    assert (await vault.quota()).used == len(DATA)
    assert await kinds(first) == []


async def test_a_lost_blob_is_reported_and_not_repaired(first: Worker, vault: Vault) -> None:
    node = (await vault.write(("x",), pieces(DATA))).node
    assert node.content is not None
    await first.blobs.delete(node.content.blob.hex())
    report = await first.maintenance.check(repair=True)
    assert [(p.kind, p.repaired) for p in report.problems] == [("blob", False)]
    assert not report.clean
    assert node.content.blob.hex() in report.problems[0].sentence


@pytest.mark.one_machine
async def test_unfinished_uploads_are_swept(first: Worker, vault: Vault, clock: Clock) -> None:
    assert isinstance(first.blobs, LocalBlobStore)
    incoming = first.blobs._incoming
    (incoming / f"{'0' * 32}.0123456789abcdef").write_bytes(b"cut off")
    await first.maintenance.check(repair=True)
    assert len(list(incoming.iterdir())) == 1
    clock.offset += GRACE + 60
    await first.maintenance.check(repair=True)
    assert list(incoming.iterdir()) == []


async def test_trash_and_versions_go_when_their_time_has_come(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    keep = Retention(trash_days=30, version_days=90)
    for name in ("x", "gone"):
        for _ in range(2):
            await vault.write((name,), pieces(DATA))
    await vault.delete(("gone",))
    clock.offset += 29 * DAY
    assert await first.maintenance.expire(keep) == 0
    clock.offset += 2 * DAY
    assert await first.maintenance.expire(keep) == 1
    assert await vault.trash() == []
    assert len(await vault.versions(("x",))) == 1
    clock.offset += 60 * DAY
    await first.maintenance.expire(keep)
    assert await vault.versions(("x",)) == []
    assert (await vault.quota()).used == len(DATA)
    assert len([info async for info in first.blobs.list()]) == 1
    await vault.refresh()
    assert await at(vault, "x") == DATA
    assert await kinds(first) == []


async def test_what_was_restored_in_time_stays(first: Worker, vault: Vault, clock: Clock) -> None:
    await vault.write(("x",), pieces(DATA))
    await vault.delete(("x",))
    clock.offset += 29 * DAY
    await vault.restore((await vault.trash())[0].id)
    clock.offset += 30 * DAY
    assert await first.maintenance.expire(Retention()) == 0
    assert await at(vault, "x") == DATA


async def test_expired_slots_go_and_are_void_at_once(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    session = codes.new_session_token(os.urandom)
    secret = codes.parse_session_token(session)
    await keyslots.add(vault, "session", secret, "", int((clock() + DAY) * 1000))
    opened = await first.vaults.open_session(session)
    clock.offset += DAY + 1
    assert await first.maintenance.expire(Retention()) == 1
    assert "session" not in {slot.kind for slot in await keyslots.listing(vault)}
    with pytest.raises(AccessDenied):
        await opened.refresh()
