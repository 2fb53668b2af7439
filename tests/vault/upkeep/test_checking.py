"""A check of everything that stops after any page and goes on another night."""

from __future__ import annotations

import os
from typing import Any

from tests.vault.workers import Clock, Worker, at, pieces
from vault_core.store import rounds
from vault_core.store.catalog import Unit
from vault_core.vault.upkeep.checking import BLOBS, GRACE, STAGES, Checking, Report
from vault_core.vault.vault import Vault

DATA = os.urandom(100_000)
LOST = 2 * BLOBS + 7
"""More blobs than two pages hold."""


def _execute(statement: str, *parameters: Any) -> Unit[None]:
    yield (statement, parameters)


def _lose(vault: bytes) -> Unit[None]:
    for _ in range(LOST):
        yield (
            "INSERT INTO blobs (id, vault, size, data, created_at) VALUES (?, ?, ?, NULL, ?)",
            (os.urandom(16), vault, 300, 0),
        )


def checking(worker: Worker) -> Checking:
    """As the next night's process has it."""
    return Checking(worker.catalog, worker.blobs, worker.clock)


async def nights(worker: Worker, repair: bool = False) -> list[Report]:
    """What each call found of one round of calls with no time but for one page."""
    found = [await checking(worker).go_on(0, repair)]
    while found[-1].stopped is not None:
        assert len(found) < 100, "the round does not end"
        found.append(await checking(worker).go_on(0, repair))
    return found


async def test_nights_find_together_what_one_check_finds(first: Worker, vault: Vault) -> None:
    await vault.write(("x",), pieces(DATA))
    await first.catalog.commit(_lose, vault.id)
    await first.catalog.commit(_execute, "UPDATE vaults SET used = 7")
    whole = await checking(first).whole()
    assert len(whole.problems) == 2 * LOST + 1, "each is missing, belongs to nothing; and the quota"
    found = await nights(first)
    assert len(found) == len(STAGES) + 2
    told = [problem.sentence for report in found for problem in report.problems]
    assert sorted(told) == sorted(problem.sentence for problem in whole.problems)
    for what in ("vaults", "nodes", "blobs"):
        assert sum(getattr(report, what) for report in found) == getattr(whole, what)


async def test_what_a_round_found_is_known_when_it_has_ended(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    await first.catalog.commit(_lose, vault.id)
    began = int(clock() * 1000)
    await checking(first).go_on(0)
    clock.offset += 86_400
    await checking(first).go_on(0)
    under_way = await rounds.known(first.catalog)
    assert under_way.last is None
    assert under_way.place is not None
    assert (STAGES[under_way.place.stage], under_way.place.left) == ("blobs", BLOBS)
    await checking(first).go_on(3600)
    known = await rounds.known(first.catalog)
    assert known.place is None
    assert known.last is not None
    assert known.last.left == 2 * LOST
    assert known.last.began_at - began < 60_000
    assert known.last.ended_at - known.last.began_at >= 86_400_000


async def test_a_whole_check_ends_the_round_that_was_under_way(first: Worker, vault: Vault) -> None:
    await first.catalog.commit(_lose, vault.id)
    await checking(first).go_on(0)
    await first.catalog.commit(_execute, "DELETE FROM blobs WHERE size = 300")
    await checking(first).round()
    known = await rounds.known(first.catalog)
    assert known.place is None
    assert known.last is not None
    assert known.last.left == 0


async def test_nothing_is_removed_on_a_later_night_than_a_loss_was_found(
    first: Worker, vault: Vault, clock: Clock
) -> None:
    """The row's id was damaged: its blob belongs to nothing in store and catalog, and is all that
    is left of the document."""
    await vault.write(("x",), pieces(DATA))
    (info,) = [info async for info in first.blobs.list()]
    key = bytes.fromhex(info.key)
    await first.catalog.commit(_execute, "UPDATE blobs SET id = ? WHERE id = ?", bytes(16), key)
    clock.offset += GRACE + 60
    found = await nights(first, repair=True)
    kinds = [problem.kind for report in found for problem in report.problems]
    assert kinds == ["blob", "blob", "unreferenced", "unreferenced"]
    assert not any(problem.repaired for report in found for problem in report.problems)
    await first.catalog.commit(_execute, "UPDATE blobs SET id = ? WHERE id = ?", key, bytes(16))
    assert await at(vault, "x") == DATA


async def test_nights_repair_what_can_be(first: Worker, vault: Vault, clock: Clock) -> None:
    await vault.write(("x",), pieces(DATA))
    await first.blobs.put(os.urandom(16).hex(), pieces(DATA))
    await first.catalog.commit(_execute, "UPDATE vaults SET used = 7")
    clock.offset += GRACE + 60
    found = await nights(first, repair=True)
    problems = [problem for report in found for problem in report.problems]
    assert [(problem.kind, problem.repaired) for problem in problems] == [
        ("quota", True), ("unreferenced", True),
    ]  # fmt: skip
    assert (await checking(first).whole()).problems == []
