"""The journal: what happened, without names, in a chain that shows what was taken out of it."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.vault.workers import Worker, at, pieces
from vault_core.crypto import codes
from vault_core.errors import AccessDenied
from vault_core.store.catalog import Unit
from vault_core.vault.journal import journal
from vault_core.vault.persons.person import Facts
from vault_core.vault.vault import Vault


async def verbs(worker: Worker, vault: Vault) -> list[str]:
    """What the owner reads, oldest first."""
    await worker.vaults.journal.flush()
    return [entry.verb for entry in await journal.entries(worker.catalog, vault.id)][::-1]


async def fault(worker: Worker, vault: Vault) -> str | None:
    """What is wrong with the chain."""
    row = await worker.catalog.point(
        "SELECT journal_head, journal_size FROM vaults WHERE id = ?", (vault.id,)
    )
    assert row is not None
    return await journal.verify(worker.catalog, vault.id, *row)


async def _history(worker: Worker, vault: Vault) -> None:
    await vault.make_folder(("folder",))
    await vault.write(("folder", "secret name.txt"), pieces(b"one"))
    await vault.write(("folder", "secret name.txt"), pieces(b"two"))
    await at(vault, "folder", "secret name.txt")
    await vault.delete(("folder", "secret name.txt"))
    await worker.deliver("ada")
    await vault.refresh()


async def test_it_tells_what_happened_in_order(first: Worker, vault: Vault) -> None:
    await _history(first, vault)
    told = await verbs(first, vault)
    changes = [verb for verb in told if verb not in ("open", "read", "list")]
    assert changes == [
        "open-account", "slot-add", "create", "create", "replace", "delete", "deliver",
        "create", "create", "accept",
    ]  # fmt: skip
    assert {"open", "read"} <= set(told)


async def test_it_tells_who_and_what_but_no_name(first: Worker, vault: Vault) -> None:
    await _history(first, vault)
    await first.vaults.journal.flush()
    entries = await journal.entries(first.catalog, vault.id)
    replaced = next(entry for entry in entries if entry.verb == "replace")
    assert replaced.slot == vault.slot_id
    assert replaced.node is not None
    rows = await first.catalog.fetch("SELECT detail, verb FROM journal")
    assert "secret" not in json.dumps(rows)


async def test_accesses_are_counted_not_repeated(first: Worker, vault: Vault) -> None:
    await vault.write(("x",), pieces(b"x"))
    for _ in range(50):
        await at(vault, "x")
    await first.vaults.journal.flush()
    (read,) = [e for e in await journal.entries(first.catalog, vault.id) if e.verb == "read"]
    assert read.detail["times"] == 50


async def test_failed_attempts_are_told_to_the_owner(first: Worker) -> None:
    await first.persons.add("ada", Facts(), "the password")
    for _ in range(3):
        with pytest.raises(AccessDenied):
            await first.vaults.open_password("ada", "a guess")
    vault = await first.vaults.open_password("ada", "the password")
    assert "refused" in await verbs(first, vault)


ATTEMPTS = {
    "an app password": lambda vaults: vaults.open_app_password("ada", "wrong", "192.0.2.1"),
    "another's app password": lambda vaults: vaults.open_app_password(
        "ada", codes.new_app_password(os.urandom), "192.0.2.1"
    ),
    "an activation code": lambda vaults: vaults.open_by_code(
        "activation", "ADA", codes.new_activation_code(os.urandom), "192.0.2.1"
    ),
    "a recovery code, as a proof": lambda vaults: vaults.prove_code(
        "recovery", "ada", codes.new_recovery_code(os.urandom), "192.0.2.1"
    ),
    "a password where there is none": lambda vaults: vaults.open_password("ada", "a guess"),
}


@pytest.mark.parametrize("case", ATTEMPTS)
async def test_every_failed_attempt_is_told_to_its_owner_alone(
    first: Worker, vault: Vault, case: str
) -> None:
    other, _ = await first.enrol("bob")
    assert "refused" not in await verbs(first, vault)
    for _ in range(2):
        with pytest.raises(AccessDenied):
            await ATTEMPTS[case](first.vaults)
    assert (await verbs(first, vault)).count("refused") == 1
    [told] = [e for e in await journal.entries(first.catalog, vault.id) if e.verb == "refused"]
    assert (told.detail["times"], told.slot, told.node) == (2, None, None)
    assert "refused" not in await verbs(first, other)
    assert await fault(first, vault) is None


async def test_it_is_read_in_pages(first: Worker, vault: Vault) -> None:
    for number in range(25):
        await vault.make_folder((f"{number}",))
    newest = await journal.entries(first.catalog, vault.id, limit=10)
    older = await journal.entries(first.catalog, vault.id, before=newest[-1].number, limit=10)
    numbers = [entry.number for entry in newest + older]
    assert numbers == list(range(newest[0].number, newest[0].number - 20, -1))


ALTERATIONS: dict[str, tuple[str, str]] = {
    "verb": ("UPDATE journal SET verb = 'read' WHERE vault = ? AND number = 5", "5 was altered"),
    "time": ("UPDATE journal SET at = at + 1 WHERE vault = ? AND number = 5", "5 was altered"),
    "node": ("UPDATE journal SET node = NULL WHERE vault = ? AND number = 5", "5 was altered"),
    "actor": ("UPDATE journal SET slot = NULL WHERE vault = ? AND number = 5", "5 was altered"),
    "detail": ("UPDATE journal SET detail = '{}' WHERE vault = ? AND number = 5", "5 was altered"),
    "hash": (
        "UPDATE journal SET hash = substr(hash, 2) WHERE vault = ? AND number = 5",
        "5 was altered",
    ),
    "removed": ("DELETE FROM journal WHERE vault = ? AND number = 5", "5 is missing"),
    "first removed": ("DELETE FROM journal WHERE vault = ? AND number = 1", "1 is missing"),
    "end cut": ("DELETE FROM journal WHERE vault = ? AND number > 7", "recorded end"),
    "all removed": ("DELETE FROM journal WHERE vault = ?", "recorded end"),
    "inserted": (
        "INSERT INTO journal SELECT vault, 10000, at, verb, node, slot, detail, hash"
        " FROM journal WHERE vault = ? AND number = 5",
        "",
    ),
}


@pytest.mark.parametrize("case", ALTERATIONS)
async def test_what_was_altered_shows(first: Worker, vault: Vault, case: str) -> None:
    await _history(first, vault)
    await first.vaults.journal.flush()
    assert await fault(first, vault) is None
    statement, told = ALTERATIONS[case]
    await first.catalog.commit(_execute, statement, (vault.id,))
    found = await fault(first, vault)
    assert found is not None
    assert told in found
    assert [p.kind for p in (await first.maintenance.check()).problems] == ["journal"]


def _execute(statement: str, parameters: tuple[Any, ...]) -> Unit[None]:
    yield (statement, parameters)


async def test_a_damaged_end_says_what_to_do(first: Worker, vault: Vault) -> None:
    """Nothing is written over what is there, and other vaults are none the worse."""
    bob, _ = await first.enrol("bob")
    await first.catalog.commit(
        _execute, "UPDATE vaults SET journal_size = journal_size - 1 WHERE id = ?", (vault.id,)
    )
    with pytest.raises(Exception, match="parchemin check"):
        await vault.make_folder(("a",))
    await bob.make_folder(("a",))
    await first.vaults.journal.flush()
    assert await fault(first, bob) is None
