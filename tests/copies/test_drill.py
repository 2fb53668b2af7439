"""A backup made while clients write, killed and resumed; restored elsewhere, and opened there.

PARCHEMIN_DRILL multiplies the number of documents; 1 in continuous integration.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest

from tests.copies.commands import blobs_in, kill_when, run, start
from tests.faults.load import Worker, digest, fetch_all, names_in
from tests.processes import Account, Server, prepare, running
from tests.serving import Client

pytestmark = pytest.mark.fault
DOCUMENTS = 150 * int(os.environ.get("PARCHEMIN_DRILL", "1"))
SIZES = (0, 300, 60_000, 70_000, 90_000, 140_000, 1_200_000)
SEED = int(os.environ.get("PARCHEMIN_SEED", str(time.time_ns())))
BEFORE = "/dav/before"


async def write_before(port: int, account: Account, random: Random) -> dict[str, str]:
    """Documents that are acknowledged before any backup begins: name to SHA-256."""
    client = Client(port, account.authorization)
    assert (await client.request("MKCOL", BEFORE)).status == 201
    written = {}
    for number in range(DOCUMENTS):
        data = random.randbytes(SIZES[number % len(SIZES)])
        answer = await client.request("PUT", f"{BEFORE}/{number}.bin", data)
        assert answer.status == 201, answer.head
        written[f"{number}.bin"] = digest(data)
    await client.close()
    return written


async def test_backup_under_load_killed_resumed_restored_and_opened(tmp_path: Path) -> None:
    print(f"PARCHEMIN_SEED={SEED}")
    random = Random(SEED)
    data, kept, rebuilt = tmp_path / "data", tmp_path / "backup", tmp_path / "rebuilt"
    accounts = prepare(data, "ada", "bob")
    with running(data) as server:
        written = [await write_before(server.port, one, random) for one in accounts]
        workers = [
            Worker(f"/dav/w{number}", accounts[number % 2].authorization, Random(random.random()))
            for number in range(4)
        ]
        for worker in workers:
            await worker.create(server.port)
        tasks = [asyncio.create_task(worker.work(server.port)) for worker in workers]
        made = await asyncio.to_thread(back_up_with_kills, data, kept)
        assert not any(task.done() for task in tasks), "nobody wrote during the backup"
        server.kill()
        await asyncio.gather(*tasks)
    assert made["lacking"] == []
    assert made["new_blobs"] > 0
    acknowledged = sum(worker.acknowledged for worker in workers)
    print(f"{acknowledged} changes were acknowledged while the backup was made")
    shutil.copy(data / "institution.key", tmp_path / "kept.key")
    shutil.rmtree(data)
    restore_with_a_kill(kept, rebuilt, tmp_path / "kept.key")
    await everything_opens(rebuilt, accounts, written, workers)


def back_up_with_kills(data: Path, kept: Path) -> dict[str, object]:
    """Killed early, killed late, then finished; only the finished one is a backup."""
    stages = (
        lambda: blobs_in(kept) > 3,
        lambda: blobs_in(kept) > DOCUMENTS // 2,
    )
    for stage in stages:
        if kill_when(start("backup", "--data", data, "--to", kept), stage) is not None:
            shutil.rmtree(kept)  # it was faster: once more, from the beginning
            return back_up_with_kills(data, kept)
        assert list((kept / "snapshots").glob("*/index.json")) == []
    before = blobs_in(kept)
    made: dict[str, object] = json.loads(run("backup", "--data", data, "--to", kept, "--json"))
    assert before > DOCUMENTS // 2
    assert made["new_blobs"] == blobs_in(kept) - before, "it copied again what was there"
    return made


def restore_with_a_kill(kept: Path, rebuilt: Path, key: Path) -> None:
    """Killed in the middle, then finished and proved."""
    words = ("restore", kept, "--data", rebuilt, "--key-file", key, "--prove", "--json")
    while kill_when(start(*words), lambda: blobs_in(rebuilt) > 3) is not None:
        shutil.rmtree(rebuilt)  # it was faster: once more
    assert not (rebuilt / "catalog.sqlite3").exists(), "half of it could be served"
    proved = json.loads(run(*words))
    assert proved["altered"] == proved["problems"] == []
    assert proved["has_key"] is True
    assert proved["proved"]["vaults"] == 2


async def everything_opens(
    rebuilt: Path, accounts: list[Account], written: list[dict[str, str]], workers: list[Worker]
) -> None:
    """With each person's own credential, on a server of the rebuilt institution."""
    with running(rebuilt) as server:
        for account, documents in zip(accounts, written, strict=True):
            client = Client(server.port, account.authorization)
            found = await fetch_all(client, BEFORE)
            assert {name: digest(data) for name, data in found.items()} == documents
            await client.close()
        for worker in workers:  # what was written meanwhile: whole, or not there
            client = Client(server.port, worker.authorization)
            await fetch_all(client, worker.folder)
            await client.close()
        await can_be_used(server, accounts[0])
    report = json.loads(run("check", "--data", rebuilt, "--json"))
    assert report["problems"] == []


async def can_be_used(server: Server, account: Account) -> None:
    """A rebuilt vault takes new documents."""
    client = Client(server.port, account.authorization)
    assert (await client.request("PUT", "/dav/new.bin", b"x" * 80_000)).status == 201
    assert "new.bin" in await names_in(client, "/dav")
    with suppress(ConnectionError):
        await client.close()
