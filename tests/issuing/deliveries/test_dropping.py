"""Drop folders, and the files that offices really send."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.issuing.deliveries.test_batches import exported, people
from tests.issuing.house import House, Row, house
from vault_core.issuing.deliveries.batches import Batch
from vault_core.issuing.deliveries.receipts import verify
from vault_core.serving.crew import Crew

PATIENCE = 300.0


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    env = {"PARCHEMIN_DROP__PATH": "drop", "PARCHEMIN_DROP__SETTLE_SECONDS": "0.3"}
    async with house(tmp_path / "data", **env) as running:
        yield running


def folder(running: House) -> Path:
    issuer = running.institution.plugins.issuer_of("bac").id
    return running.institution.data_dir / "drop" / issuer / "bac"


async def appears(file: Path, more: float = 0.0) -> None:
    deadline = time.monotonic() + PATIENCE + more
    while not file.exists():
        assert time.monotonic() < deadline, f"{file} did not appear"
        await asyncio.sleep(0.05)


async def put(running: House, name: str, data: bytes) -> Path:
    """Write under another name, then rename: complete at once."""
    await appears(folder(running))
    part = folder(running) / f"{name}.part"
    part.write_bytes(data)
    return part.rename(folder(running) / name)


async def test_a_file_is_delivered_answered_and_archived(running: House) -> None:
    rows = await people(running, 3, missing=1)
    rows[0]["birth_date"] = "31/02/2007"
    async with Crew(running.institution, serving=True):
        file = await put(running, "results.csv", exported(running, rows))
        await appears(folder(running) / "archive" / "results.csv")
    receipt = Path(f"{file}.receipt.jsonl").read_text().splitlines()
    assert verify(receipt, running.institution.receipts.public_key).entries == 1
    errors = Path(f"{file}.errors.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(";")[:2] for line in errors[1:]] == [["2", "refused"], ["4", "unknown"]]
    assert not file.exists()
    [batch] = await running.institution.batches.newest()
    assert (batch.way, batch.counts["delivered"]) == ("folder", 1)


async def test_what_is_still_being_written_waits(tmp_path: Path) -> None:
    """It settles for far longer than a busy machine keeps its writer waiting."""
    env = {"PARCHEMIN_DROP__PATH": "drop", "PARCHEMIN_DROP__SETTLE_SECONDS": "5"}
    async with house(tmp_path / "data", **env) as running:
        data = exported(running, await people(running, 4))
        async with Crew(running.institution, serving=True):
            await appears(folder(running))
            file = folder(running) / "slow.csv"
            with file.open("wb") as target:
                for at in range(0, len(data), 200):
                    target.write(data[at : at + 200])
                    target.flush()
                    await asyncio.sleep(0.05)
            await appears(folder(running) / "archive" / "slow.csv")
        found = await running.institution.batches.newest()
        assert [batch.counts["delivered"] for batch in found] == [4]


async def test_links_and_unfinished_names_are_left_alone(running: House, tmp_path: Path) -> None:
    data = exported(running, await people(running, 1))
    (tmp_path / "elsewhere.csv").write_bytes(data)
    async with Crew(running.institution, serving=True):
        await put(running, ".hidden.csv", data)
        await put(running, "upload.csv.tmp", data)
        (folder(running) / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
        await put(running, "real.csv", data)
        await appears(folder(running) / "archive" / "real.csv")
    assert len(await running.institution.batches.newest()) == 1


def _rows(running: House, rows: list[Row]) -> tuple[list[str], list[list[str]]]:
    columns = running.type("bac").columns
    return (
        [column.names[0] for column in columns],
        [[row.get(column.id, "") for column in columns] for row in rows],
    )


def _jsonl(running: House, rows: list[Row]) -> bytes:
    names, values = _rows(running, rows)
    return "".join(
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False) + "\n" for row in values
    ).encode()


def _merged(running: House, rows: list[Row]) -> bytes:
    """Two lines of title over the headers, as a spreadsheet with merged cells exports them."""
    names, _ = _rows(running, rows)
    title = ";".join(["Résultats du baccalauréat", *[""] * (len(names) - 1)])
    return f"{title}\n;{title}\n".encode() + exported(running, rows, "utf-8")


REAL = {
    "UTF-8 with BOM": (lambda house, rows: exported(house, rows), 20),
    "Windows-1252": (lambda house, rows: exported(house, rows, "cp1252"), 20),
    "merged headers": (_merged, 20),
    "JSON Lines": (_jsonl, 20),
    "quoted separators": (lambda house, rows: exported(house, rows).replace(
        rows[0]["family_name"].encode(), b'"' + rows[0]["family_name"].encode() + b'"'), 20),
    "truncated": (lambda house, rows: exported(house, rows)[:-60], 19),
}  # fmt: skip


@pytest.mark.parametrize("case", REAL)
async def test_real_files(running: House, case: str) -> None:
    write, wanted = REAL[case]
    rows = [
        row for row in await people(running, 40) if row["family_name"].encode("cp1252", "ignore")
        .decode("cp1252") == row["family_name"]
    ][:20]  # fmt: skip
    async with Crew(running.institution, serving=True):
        file = await put(running, "results.csv", write(running, rows))
        await appears(folder(running) / "archive" / "results.csv")
    [batch] = await running.institution.batches.newest()
    errors = Path(f"{file}.errors.csv").read_text("utf-8-sig")
    assert batch.counts["delivered"] == wanted, errors
    assert batch.counts["refused"] + batch.counts["review"] == 20 - wanted


async def test_five_percent_of_bad_rows_stop_no_other(running: House) -> None:
    rows = await people(running, 60)
    for number in range(0, 60, 20):
        rows[number]["birth_date"] = "30/02/2008"
    async with Crew(running.institution, serving=True):
        file = await put(running, "results.csv", exported(running, rows))
        await appears(folder(running) / "archive" / "results.csv")
    lines = Path(f"{file}.errors.csv").read_text("utf-8-sig").splitlines()[1:]
    assert [line.split(";")[0] for line in lines] == ["2", "22", "42"]
    [batch] = await running.institution.batches.newest()
    assert batch.counts["delivered"] == 57


@pytest.mark.parametrize(
    ("data", "told"),
    [(b"%PDF-1.7\n", ""), (b"", "empty"), (b"Pix;Niveau\n1;2\n", "")],
    ids=["a PDF", "an empty file", "another table"],
)
async def test_what_is_no_such_table_is_refused_with_a_sentence(
    running: House, data: bytes, told: str
) -> None:
    async with Crew(running.institution, serving=True):
        file = await put(running, "wrong.csv", data)
        await appears(folder(running) / "archive" / "wrong.csv")
    refused = Path(f"{file}.refused.txt").read_text()
    french, english, end = refused.split("\n")
    assert told in english
    assert french != english
    assert not end
    assert await running.institution.batches.newest() == []


async def test_a_file_of_another_plugin_is_told_as_such(running: House) -> None:
    columns = running.type("pix").columns
    [row] = running.type("pix").sample(1, 7)
    data = ";".join(column.names[0] for column in columns) + "\n"
    data += ";".join(row.get(column.id, "") for column in columns) + "\n"
    async with Crew(running.institution, serving=True):
        file = await put(running, "pix.csv", data.encode())
        await appears(folder(running) / "archive" / "pix.csv")
    assert "pix" in Path(f"{file}.refused.txt").read_text()


async def test_a_paused_batch_holds_up_no_other_file(running: House) -> None:
    rows = await people(running, 3)
    batches, worker = running.institution.batches, running.institution.worker
    drop_folder = running.institution.drop_folder
    assert drop_folder is not None

    async def taken_in(count: int) -> Batch:
        while len(found := await batches.newest()) < count or not found[0].read:
            await asyncio.sleep(0.02)
        return found[0]

    watching = asyncio.create_task(drop_folder.run())  # and nobody works yet
    try:
        async with asyncio.timeout(PATIENCE):
            file = await put(running, "first.csv", exported(running, rows[:1]))
            first = await batches.pause((await taken_in(1)).id)
            await put(running, "second.csv", exported(running, rows[1:]))
            await taken_in(2)
            await worker.work_off()
            await appears(folder(running) / "archive" / "second.csv")
            assert file.exists()
            await batches.resume(first.id)
            await worker.work_off()
            await appears(folder(running) / "archive" / "first.csv")
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    assert sorted(batch.counts["delivered"] for batch in await batches.newest()) == [1, 2]


LARGE = int(os.environ.get("PARCHEMIN_LARGE_FILE", str(24 << 20)))
"""Bytes of the large file; a full run is 2 GB."""
WIDE, COLUMNS = 110_000, 8


async def test_a_large_file_takes_no_more_memory_than_a_small_one(running: House) -> None:
    """Most of it is columns that nobody knows, as there are in exports of everything."""
    rows = await people(running, 20)
    [head, *lines] = exported(running, rows, "utf-8").splitlines()
    folder(running).mkdir(parents=True)
    part = folder(running) / "large.csv.part"
    with part.open("wb") as target:
        names = "".join(f";remarks {number}" for number in range(COLUMNS))
        target.write(head + f"{names}\n".encode())
        remarks = (b';"' + b"x" * WIDE + b'"') * COLUMNS + b"\n"
        for number in range(max(len(lines), LARGE // len(remarks))):
            line = lines[number] if number < len(lines) else b";" * head.count(b";")
            target.write(line + remarks)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    async with Crew(running.institution, serving=True):
        part.rename(folder(running) / "large.csv")
        await appears(folder(running) / "archive" / "large.csv", LARGE / 1e6)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 96 << 10  # KiB
    [batch] = await running.institution.batches.newest()
    assert batch.counts["delivered"] == 20
    assert any("remarks" in warning for warning in batch.warnings)
