"""Batches: durable, exactly once, steered, and worked off by whoever is there."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.issuing.house import House, Row, house
from vault_core.app.opening import open_institution
from vault_core.app.own_files import KEY_FILE, MACHINE_FILE
from vault_core.errors import BadRequest, InvalidInput, NodeNotFound, VerificationFailed
from vault_core.issuing.credentials.status import LENGTH
from vault_core.issuing.deliveries.batches import Batch
from vault_core.issuing.deliveries.receipts import verify
from vault_core.issuing.deliveries.working import Worker
from vault_core.serving.crew import Crew
from vault_core.store import many
from vault_core.store.catalog import Unit
from vault_core.vault.persons.person import Facts


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as running:
        yield running


def exported(running: House, rows: Sequence[Row], encoding: str = "utf-8-sig") -> bytes:
    """The rows as a file that an exam office sends."""
    columns = running.type("bac").columns
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.names[0] for column in columns])
    writer.writerows([[row.get(column.id, "") for column in columns] for row in rows])
    return text.getvalue().encode(encoding)


async def people(running: House, count: int, missing: int = 0) -> list[Row]:
    """Rows about so many people, of whom the last few have no vault."""
    rows = [dict(row) for row in running.type("bac").sample(count, 7)]
    for number, row in enumerate(rows[: count - missing]):
        subject = running.type("bac").parse(row).subject
        given = " ".join(subject.given_names)
        facts = Facts(given, subject.family_name, subject.birth_date, subject.ine)
        await running.institution.persons.add(f"person{number}", facts)
    return rows


async def submit(running: House, data: bytes, **options: Any) -> Batch:
    return await running.institution.batches.submit(
        "bac", io.BytesIO(data), "results.csv", "command", **options
    )


@asynccontextmanager
async def other_machine(running: House) -> AsyncIterator[Worker]:
    """The same institution, opened on a machine of another name."""
    institution = running.institution
    (institution.data_dir / MACHINE_FILE).write_text("6f74686572206f6e")
    async with open_institution(institution.data_dir, institution.settings) as opened:
        yield opened.worker


def expire_leases() -> Unit[None]:
    yield "UPDATE batch_parts SET until = 1 WHERE until IS NOT NULL", ()


async def begun(running: House, working: asyncio.Task[bool]) -> None:
    """Wait until the first part is worked on, or was."""
    catalog = running.institution.catalog
    while not working.done() and not await catalog.fetch(
        "SELECT 1 FROM batch_parts WHERE number = 0 AND until IS NOT NULL"
    ):
        await asyncio.sleep(0.001)


async def test_what_went_in_comes_out_and_nothing_of_it_stays(running: House) -> None:
    rows = await people(running, 70, missing=2)
    rows[5]["birth_date"] = "31/02/2007"
    batch = await submit(running, exported(running, rows))
    assert (batch.state, batch.read, batch.rows, batch.settled) == ("open", True, 70, 0)
    await running.institution.worker.work_off()
    batch = await running.institution.batches.find(batch.id)
    assert batch.state == "done"
    assert batch.counts == {
        "delivered": 67, "corrected": 0, "already": 0, "review": 2, "refused": 1, "opened": 0,
    }  # fmt: skip
    [(line, reasons)] = [one async for one in running.institution.batches.faults(batch.id)]
    assert (line, "31/02/2007" in reasons[0]) == (7, True)
    waiting = [review.line async for review in running.institution.reviews.waiting(batch.id)]
    assert waiting == [70, 71]
    catalog = running.institution.catalog
    assert await catalog.fetch("SELECT * FROM batch_parts") == []


async def test_the_same_file_again_is_recognised_and_changes_nothing(running: House) -> None:
    data = exported(running, await people(running, 3))
    first = await submit(running, data)
    assert (await submit(running, data)).id == first.id  # it has not ended: no second one
    await running.institution.worker.work_off()
    again = await submit(running, data)
    assert again.earlier == first.id
    await running.institution.worker.work_off()
    found = await running.institution.batches.find(again.id)
    assert (found.state, found.counts["delivered"], found.counts["already"]) == ("done", 0, 3)


async def test_an_idempotency_key_gives_the_batch_it_gave_before(running: House) -> None:
    data = exported(running, await people(running, 1))
    first = await submit(running, data, request="a-1")
    await running.institution.worker.work_off()
    assert (await submit(running, data, request="a-1")).id == first.id
    assert (await submit(running, data, request="a-2")).id != first.id


async def test_held_paused_resumed_and_cancelled(running: House) -> None:
    batches, worker = running.institution.batches, running.institution.worker
    held = await submit(running, exported(running, await people(running, 130)), held=True)
    await worker.work_off()
    assert (await batches.find(held.id)).settled == 0
    await batches.resume(held.id)
    assert await worker.one()
    assert (await batches.pause(held.id)).settled == 64
    assert not await worker.one()
    await batches.resume(held.id)
    assert await worker.one()
    cancelled = await batches.cancel(held.id)
    assert (cancelled.state, cancelled.settled) == ("cancelled", 128)
    assert not await worker.one()
    with pytest.raises(BadRequest, match="is cancelled"):
        await batches.resume(held.id)
    with pytest.raises(NodeNotFound):
        await batches.pause("00" * 16)
    with pytest.raises(BadRequest, match="no id of a batch"):
        await batches.pause("x")


async def test_a_file_that_is_no_table_makes_no_batch(running: House) -> None:
    with pytest.raises(InvalidInput):
        await submit(running, b"%PDF-1.7\n")
    assert await running.institution.batches.newest() == []


async def test_rows_about_one_fact_the_last_one_wins_in_whatever_part(running: House) -> None:
    rows = await people(running, 66)
    rows.append({**rows[0], "birth_place": "Ys"})
    rows.append({**rows[0], "birth_place": "Atlantis"})
    await submit(running, exported(running, rows))
    institution = running.institution
    async with other_machine(running) as other:
        slow = asyncio.create_task(other.one())
        await begun(running, slow)
        assert await institution.worker.one()  # the second part, which has the corrections
        assert await slow
    [batch] = await institution.batches.newest()
    assert (batch.state, batch.settled) == ("done", 68)
    valid = [s.id async for s in institution.certificates.everything() if s.state == "valid"]
    assert len(valid) == 66
    lines = await institution.catalog.fetch(
        "SELECT r.line FROM batch_receipts r JOIN certificates c ON c.id = r.certificate"
        " WHERE c.state = 'valid' ORDER BY r.line"
    )
    assert [row[0] for row in lines] == [*range(3, 68), 69]


def take_places(issuer: str, first: int, last: int) -> Unit[None]:
    """Certificates of nobody, at these places of the issuer's first list."""
    rows = [
        (number.to_bytes(16, "big"), issuer, b"v", 1, number, number.to_bytes(4, "big"), b"",
         number.to_bytes(4, "big"), b"", b"", "valid", 0)
        for number in range(first, last)
    ]  # fmt: skip
    yield many.insert(
        "INSERT INTO certificates (id, issuer, vault, list, place, record_index, content_index,"
        " code_index, about, sealed, state, created_at)",
        rows,
    )


async def test_two_machines_that_draw_the_same_places_deliver_all_the_same(running: House) -> None:
    """In a list of which 200 places are left, two parts of 64 share some twenty."""
    institution, left = running.institution, 200
    issuer = institution.plugins.issuer_of("bac").id
    for first in range(0, LENGTH - left, 1000):
        last = min(first + 1000, LENGTH - left)
        await institution.catalog.commit(take_places, issuer, first, last)
    await submit(running, exported(running, await people(running, 128)))
    async with other_machine(running) as other:
        slow = asyncio.create_task(other.one())
        await begun(running, slow)
        assert await institution.worker.one()
        assert await slow
    [batch] = await institution.batches.newest()
    assert (batch.state, batch.counts["delivered"], batch.settled) == ("done", 128, 128)
    places = await institution.catalog.fetch(
        "SELECT c.place FROM batch_receipts r JOIN certificates c ON c.id = r.certificate"
    )
    assert len({row[0] for row in places}) == 128
    assert min(row[0] for row in places) >= LENGTH - left


async def test_an_ine_that_an_operator_confirmed_is_known_in_the_next_file(running: House) -> None:
    rows = await people(running, 2, missing=1)
    persons, institution = running.institution.persons, running.institution
    about = running.type("bac").parse(rows[1]).subject
    facts = Facts(" ".join(about.given_names), about.family_name, about.birth_date)
    await persons.add("without", facts)
    await submit(running, exported(running, rows))
    await institution.worker.work_off()
    [review] = [one async for one in institution.reviews.waiting()]
    assert (review.line, review.verdict) == (3, "doubtful")
    assert "has no INE here" in review.reasons[0]
    await institution.reviews.accept(review.id, "without", "command")
    assert (await persons.find("without")).facts.ine == about.ine
    again = await submit(running, exported(running, [{**rows[1], "birth_place": "Ys"}]))
    await institution.worker.work_off()
    assert (await institution.batches.find(again.id)).counts["corrected"] == 1


async def test_a_part_whose_process_stalled_counts_once(running: House) -> None:
    """Its lease ran out, and somebody else takes it while it comes to its end as well."""
    batch = await submit(running, exported(running, await people(running, 5)))
    institution = running.institution
    async with other_machine(running) as other:
        stalled = asyncio.create_task(other.one())
        await begun(running, stalled)
        await institution.catalog.commit(expire_leases)
        await institution.worker.one()
        await stalled
    await institution.worker.work_off()
    found = await institution.batches.find(batch.id)
    assert (found.state, found.counts["delivered"], found.settled) == ("done", 5, 5)
    assert await institution.catalog.fetch("SELECT count(*) FROM batch_receipts") == [(5,)]
    assert await institution.catalog.fetch("SELECT count(*) FROM deliveries") == [(5,)]


async def test_a_large_batch_is_worked_off_by_processes_that_end_with_it(tmp_path: Path) -> None:
    env = {"PARCHEMIN_ISSUING__PROCESSES": "2", "PARCHEMIN_PLUGINS__ENABLED": "local,bac"}
    async with house(tmp_path / "data", **env) as running:
        batch = await submit(running, exported(running, await people(running, 200)))
        batches, killed = running.institution.batches, False
        async with Crew(running.institution) as crew:
            while (found := await batches.find(batch.id)).state == "open":
                assert crew.failed is None
                if found.settled and not killed:
                    killed = True
                    crew.members[0].kill()
                    crew.members[0].join()
                    await running.institution.catalog.commit(expire_leases)
                await asyncio.sleep(0.05)
            members = crew.members
        assert found.counts["delivered"] == 200
        assert len(members) == 2
        assert not any(member.is_alive() for member in members)


async def test_members_that_cannot_start_say_why_and_are_tried_again(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    env = {"PARCHEMIN_ISSUING__PROCESSES": "2", "PARCHEMIN_PLUGINS__ENABLED": "local,bac"}
    async with house(tmp_path / "data", **env) as running:
        batch = await submit(running, exported(running, await people(running, 5)))
        key, told = tmp_path / "data" / KEY_FILE, ""
        kept = key.read_text()
        key.write_text("unreadable")
        async with Crew(running.institution, serving=True) as crew:
            while "batches cannot be worked off: " not in told:
                assert crew.failed is None
                await asyncio.sleep(0.05)
                told += capfd.readouterr().err
            key.write_text(kept)
            while (await running.institution.batches.find(batch.id)).state == "open":
                assert crew.failed is None
                await asyncio.sleep(0.05)
        assert "cannot be read as an institution's key" in told
        assert "Traceback" not in told


async def test_receipts_prove_what_was_delivered_and_nothing_else(running: House) -> None:
    rows = await people(running, 5)
    batch = await submit(running, exported(running, rows))
    receipts = running.institution.receipts
    with pytest.raises(BadRequest, match="has not ended"):
        [line async for line in receipts.of_batch(batch.id)]
    await running.institution.worker.work_off()
    lines = [line async for line in receipts.of_batch(batch.id)]
    key = receipts.public_key
    assert verify(lines, key).entries == 5
    alone = await receipts.of_certificate(json.loads(lines[3])["certificate"])
    assert verify(alone, key).entries == 1
    assert "vault" in json.loads(alone[1])
    assert rows[0]["family_name"] not in "".join(lines)
    altered = json.loads(lines[2])
    altered["sha256"] = "00" * 32
    forged = [
        [lines[0].replace('"size":5', '"size":4'), *lines[1:]],
        [*lines[:2], json.dumps(altered), *lines[3:]],
        lines[:-1],
        [lines[0], *lines[:0:-1]],
        [alone[0], alone[1].replace('"index":2', '"index":3')],
        [lines[0]],
        ["{}"],
        ["x"],
        [],
    ]
    for number, one in enumerate(forged):
        with pytest.raises(VerificationFailed):
            raise AssertionError(number, verify(one, key))
    with pytest.raises(VerificationFailed, match="no receipt of this institution"):
        verify(lines, "A" * 43 + "=")
    with pytest.raises(VerificationFailed, match="none of those"):
        verify(lines, key, b"another document")
