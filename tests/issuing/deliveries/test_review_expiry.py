"""Rows that nobody decided are forgotten, told before, and stand in the books as refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.issuing.deliveries.test_batches import exported, people, submit
from tests.issuing.house import House, house
from vault_core.errors import NodeNotFound
from vault_core.store.catalog import Unit

DAY = 86_400_000


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as found:
        yield found


async def waiting(running: House) -> str:
    """A batch of three rows, of which two are about nobody known."""
    batch = await submit(running, exported(running, await people(running, 3, missing=2)))
    await running.institution.worker.work_off()
    return batch.id


def age(days: int) -> Unit[None]:
    yield "UPDATE reviews SET created_at = created_at - ?", (days * DAY,)


async def verbs(running: House) -> list[tuple[str, str, str]]:
    rows = await running.institution.catalog.fetch(
        "SELECT actor, verb, detail FROM acts ORDER BY number"
    )
    return [(actor, verb, detail) for actor, verb, detail in rows]


async def test_what_waits_stays_until_its_time(running: House) -> None:
    batch = await waiting(running)
    expiry = running.institution.review_expiry
    await running.institution.catalog.commit(age, 29)
    assert await expiry.expire(30) == 0
    assert await running.institution.reviews.count() == 2
    assert (await running.institution.batches.find(batch)).counts["review"] == 2
    assert await verbs(running) == []


async def test_what_waited_too_long_is_forgotten_and_says_so(running: House) -> None:
    batch = await waiting(running)
    [first, second] = [one async for one in running.institution.reviews.waiting()]
    await running.institution.reviews.refuse(first.id, "command")
    await running.institution.catalog.commit(age, 31)
    assert await running.institution.review_expiry.expire(30) == 1
    assert await running.institution.review_expiry.expire(30) == 0
    counts = (await running.institution.batches.find(batch)).counts
    assert (counts["review"], counts["refused"], counts["delivered"]) == (0, 2, 1)
    faults = {line: reasons async for line, reasons in running.institution.batches.faults(batch)}
    assert list(faults) == [second.line]
    assert "30 days" in faults[second.line][0]
    rows = await running.institution.catalog.fetch("SELECT sealed FROM reviews")
    assert [bytes(row[0]) for row in rows] == [b"", b""]
    with pytest.raises(NodeNotFound):
        await running.institution.reviews.accept(second.id, "person0", "command")
    [(actor, verb, detail)] = await verbs(running)
    assert (actor, verb) == ("maintenance", "review-expire")
    assert json.loads(detail) == {"batch": batch, "rows": 1}
    receipt = [line async for line in running.institution.receipts.of_batch(batch)]
    assert json.loads(receipt[0])["size"] == 1


async def test_programs_are_told_a_week_before_and_once(running: House) -> None:
    batch = await waiting(running)
    institution = running.institution
    institution.webhooks.allowed = ("127.0.0.0/8",)
    await institution.webhooks.add("https://127.0.0.1:1/", "command")
    await institution.catalog.commit(age, 24)
    for _ in range(2):
        assert await institution.review_expiry.expire(30) == 0
    rows = await institution.catalog.fetch("SELECT kind, subject FROM events")
    assert [(kind, bytes(subject).hex()) for kind, subject in rows] == [
        ("batch.reviews-expiring", batch)
    ]


async def test_many_rows_go_in_several_transactions(running: House) -> None:
    data = exported(running, await people(running, 450, missing=450))
    batch = await submit(running, data)
    await running.institution.worker.work_off()
    await running.institution.catalog.commit(age, 31)
    assert await running.institution.review_expiry.expire(30) == 450
    assert (await running.institution.batches.find(batch.id)).counts["refused"] == 450
