"""Closing a vault for good: nothing before its time, nothing left after it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.vault.workers import DAY, Clock, Worker, pieces
from vault_core.errors import AccessDenied, Conflict, NodeNotFound
from vault_core.vault.journal import journal
from vault_core.vault.persons import closing
from vault_core.vault.upkeep.maintenance import Retention
from vault_core.vault.vault import Vault

DATA = b"x" * 100_000
MIGRATIONS = Path(__file__).parents[3] / "vault_core" / "store" / "migrations"
KEEP = Retention()
KEPT = {"acts", "batch_parts", "batch_receipts", "certificates", "certificate_checks"}
"""What outlives a vault: what its issuers must be able to account for; see vault/closing.py."""


async def test_nothing_happens_before_its_time(first: Worker, vault: Vault, clock: Clock) -> None:
    await vault.write(("x",), pieces(DATA))
    end = await closing.ask(vault, 30)
    assert await closing.ask(vault, 1) == end  # asking again does not shorten it
    clock.offset += 30 * DAY - 60
    await first.maintenance.expire(KEEP)
    await vault.refresh()
    assert (await vault.find(("x",))).size == len(DATA)
    assert await closing.ends_at(vault) == end


async def test_its_owner_can_cancel(first: Worker, vault: Vault, clock: Clock) -> None:
    await closing.ask(vault, 30)
    await closing.cancel(vault)
    assert await closing.ends_at(vault) is None
    with pytest.raises(Conflict):
        await closing.cancel(vault)
    clock.offset += 31 * DAY
    await first.maintenance.expire(KEEP)
    await vault.refresh()
    verbs = [entry.verb for entry in await journal.entries(first.catalog, vault.id)]
    assert verbs[:2] == ["closing-cancelled", "closing-asked"]


async def test_at_the_end_nothing_is_left(
    first: Worker, second: Worker, vault: Vault, same: Vault, token: str, clock: Clock
) -> None:
    big = b"x" * 300_000
    for data in (DATA, big):
        await vault.write(("x",), pieces(data))
    await vault.write(("y",), pieces(big))
    await vault.delete(("y",))
    other, _ = await first.enrol("bob")
    await other.write(("x",), pieces(big))
    await closing.ask(vault, 30)
    clock.offset += 30 * DAY + 1
    assert await first.maintenance.expire(KEEP) >= 1
    with pytest.raises(NodeNotFound):
        await same.refresh()
    await second.vaults.close()  # what it still held is forgotten; it was worth nothing above
    with pytest.raises(AccessDenied):
        await second.open("ada", token)
    assert len([info async for info in first.blobs.list()]) == 1  # bob's
    await other.refresh()
    assert (await other.find(("x",))).size == len(big)
    report = await first.maintenance.check()
    assert [problem.sentence for problem in report.problems] == []
    await first.enrol("ada")  # the name is free again


def test_every_table_with_a_vault_is_thought_of() -> None:
    """A new table with rows about one vault is emptied when it closes, or kept knowingly."""
    named = set()
    for file in sorted(MIGRATIONS.glob("*.sql")):
        for table, columns in re.findall(
            r"CREATE TABLE (\w+) \((.*?)\n\);", file.read_text(), re.S
        ):
            if re.search(r"^\s*(vault|person|owner)\s", columns, re.M):
                named.add(table)
    assert {"nodes", "slots", "roles"} <= named
    assert named - KEPT - {table for table, _ in closing.OWNED} == set()
