"""What the institution does to an account: told to its owner, recorded, and never a look inside."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.vault.workers import DAY, Clock, Worker, content, pieces
from vault_core.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NodeNotFound,
    PersonNotFound,
    QuotaExceeded,
)
from vault_core.store.ids import VaultId
from vault_core.vault.journal import journal
from vault_core.vault.persons import closing
from vault_core.vault.persons.administering import Administration
from vault_core.vault.upkeep.maintenance import Retention
from vault_core.vault.vault import Vault

STAFF = "ab" * 16
DAYS = int(DAY * 1000)


@pytest.fixture
def staff(first: Worker) -> Administration:
    return Administration(first.catalog, first.clock)


async def verbs(first: Worker, vault: Vault) -> list[str]:
    return [entry.verb for entry in await journal.entries(first.catalog, vault.id)]


async def test_a_smaller_quota_keeps_all_and_takes_nothing_more(
    first: Worker, vault: Vault, staff: Administration
) -> None:
    node = (await vault.write(("x",), pieces(b"x" * 5000))).node
    assert await staff.set_quota(vault.id, 1000, STAFF)
    assert not await staff.set_quota(vault.id, 1000, STAFF)
    await vault.refresh()
    assert (await vault.quota()).limit == 1000
    with pytest.raises(QuotaExceeded):
        await vault.write(("y",), pieces(b"y"))
    assert await content(vault, node) == b"x" * 5000
    assert await staff.set_quota(vault.id, 10_000, STAFF)
    await vault.refresh()
    await vault.write(("y",), pieces(b"y"))
    assert (await verbs(first, vault)).count("quota-set") == 2


@pytest.mark.parametrize("quota", [-1, 1 << 51])
async def test_an_impossible_quota_is_refused(
    vault: Vault, staff: Administration, quota: int
) -> None:
    with pytest.raises(BadRequest):
        await staff.set_quota(vault.id, quota, STAFF)


async def test_the_institution_closes_after_the_waiting_time(
    first: Worker, vault: Vault, staff: Administration, clock: Clock
) -> None:
    ends_at = await staff.close(vault.id, 10, STAFF)
    assert await staff.close(vault.id, 1, STAFF) == ends_at  # asking again does not shorten it
    assert await closing.ends_at(vault) == ends_at
    with pytest.raises(Forbidden):  # its owner cannot undo it
        await closing.cancel(vault)
    clock.offset += 10 * DAY + 1
    await first.maintenance.expire(Retention())
    with pytest.raises(NodeNotFound):
        await vault.refresh()


async def test_the_institution_can_keep_what_it_was_about_to_close(
    first: Worker, vault: Vault, staff: Administration
) -> None:
    await staff.close(vault.id, 10, STAFF)
    await staff.keep(vault.id, STAFF)
    assert await closing.ends_at(vault) is None
    assert (await verbs(first, vault))[:2] == ["closing-cancelled", "closing-asked"]


async def test_what_its_owner_asked_for_only_its_owner_undoes(
    vault: Vault, staff: Administration
) -> None:
    ends_at = await closing.ask(vault, 30)
    assert await staff.close(vault.id, 10, STAFF) == ends_at
    with pytest.raises(Conflict):
        await staff.keep(vault.id, STAFF)
    await closing.cancel(vault)


@pytest.mark.parametrize("days", [0, 366])
async def test_nobody_is_closed_without_a_waiting_time(
    vault: Vault, staff: Administration, days: int
) -> None:
    with pytest.raises(BadRequest):
        await staff.close(vault.id, days, STAFF)


async def test_every_act_is_told_to_whom_it_concerns_and_recorded_in_a_chain(
    first: Worker, vault: Vault, staff: Administration
) -> None:
    await staff.suspend(vault.id, STAFF)
    await staff.resume(vault.id, STAFF)
    await staff.set_quota(vault.id, 7, STAFF)
    await staff.close(vault.id, 10, STAFF)
    own = await journal.entries(first.catalog, vault.id)
    told = [entry.verb for entry in own[:4]]
    assert told == ["closing-asked", "quota-set", "resumed", "suspended"]
    assert {entry.detail["by"] for entry in own[:4]} == {STAFF}
    rows = await first.catalog.fetch(
        "SELECT number, at, actor, verb, subject, detail, hash FROM acts ORDER BY number"
    )
    assert [row[3] for row in rows] == ["suspend", "resume", "set-quota", "close"]
    head = bytes(32)
    for number, at, actor, verb, subject, detail, hashed in rows:
        fields = [number, at, actor, verb, subject.hex(), detail]
        head = hashlib.sha256(head + json.dumps(fields, separators=(",", ":")).encode()).digest()
        assert head == hashed


async def test_standing_counts_and_shows_nothing(
    first: Worker, vault: Vault, staff: Administration
) -> None:
    await vault.write(("geheim.txt",), pieces(b"secret"))
    await first.deliver("ada")
    found = await staff.standing(vault.id)
    assert (found.documents, found.waiting, found.devices) == (1, 1, 1)
    assert "geheim" not in repr(found)
    with pytest.raises(PersonNotFound):
        await staff.standing(VaultId(bytes(16)))
