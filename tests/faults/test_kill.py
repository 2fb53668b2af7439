"""SIGKILL at random moments of PUT, MOVE, COPY, DELETE and delivery: nothing acknowledged is lost.

Each kill waits for ten acknowledged changes, then for a moment more, so none hits an idle server.
PARCHEMIN_KILLS sets how often the server is killed; a full run is 200 or more.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests import stores
from tests.faults.delivering import content
from tests.faults.load import Worker, digest, names_in
from tests.processes import Account, Server, opened, prepare, running
from tests.serving import Client
from vault_core.vault.upkeep.checking import GRACE, Report
from vault_core.vault.upkeep.maintenance import Maintenance

pytestmark = pytest.mark.fault
LEAST = 10
"""Changes that are acknowledged before each kill, however slow the machine is just then."""
KILLS = int(os.environ.get("PARCHEMIN_KILLS", "6" if stores.CLUSTER else "12"))
SEED = int(os.environ.get("PARCHEMIN_SEED", str(time.time_ns())))
WORKERS = 6
QUOTA = {"PARCHEMIN_VAULT__QUOTA": f"{60 + KILLS}MB"}
"""Small enough that old versions and trash make room while the server is killed, and large enough
for what is delivered, which is never refused."""
FOLDER = "/dav/Attestations/Examens"
DELIVERING = Path(__file__).with_name("delivering.py")


@dataclass
class Issuer:
    """A delivering process after another, and what they were told is delivered."""

    data: Path
    account: Account
    next: int = 1
    delivered: set[int] = field(default_factory=set)
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it; it waits for `begin`."""
        words = [sys.executable, DELIVERING, str(self.data), self.account.username, str(self.next)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)

    def begin(self) -> None:
        """Let it deliver, and wait until it has delivered something."""
        assert self.process is not None
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        self.delivered.add(int(self.process.stdout.readline()))

    def kill(self) -> None:
        """Kill it; what it printed is acknowledged, the one after may be delivered or not."""
        assert self.process is not None
        self.process.kill()
        told, _ = self.process.communicate(timeout=30)
        stores.settled(self.data)
        self.delivered |= {int(line) for line in told.splitlines()}
        self.next = max(self.delivered) + 2

    async def verify(self, port: int, whole: bool) -> None:
        """All delivered documents are shown; the newest ones (or all) are what was delivered."""
        client = Client(port, self.account.authorization)
        shown = {
            int(name.split()[1].removesuffix(".pdf")) for name in await names_in(client, FOLDER)
        }
        assert self.delivered <= shown, self.delivered - shown
        assert len(shown - self.delivered) <= self.unanswered + 1
        looked_at = sorted(shown) if whole else sorted(shown)[-25:]
        for number in looked_at:
            answer = await client.request("GET", f"{FOLDER}/Dipl%C3%B4me%20{number}.pdf")
            assert answer.status == 200
            assert answer.body == content(number), number
        self.unanswered = len(shown - self.delivered)
        await client.close()

    unanswered: int = 0


async def _load(server: Server, workers: list[Worker], seconds: float) -> None:
    """Everybody works at once until the server is killed: LEAST changes and `seconds` from now."""
    before = _acknowledged(workers)
    tasks = [asyncio.create_task(worker.work(server.port)) for worker in workers]
    async with asyncio.timeout(120):
        while _acknowledged(workers) < before + LEAST:
            await asyncio.sleep(0.001)
    await asyncio.sleep(seconds)
    assert not any(task.done() for task in tasks), "all of them work when the server is killed"
    server.kill()
    await asyncio.gather(*tasks)


def _acknowledged(workers: list[Worker]) -> int:
    return sum(worker.acknowledged for worker in workers)


async def _check(data: Path, ahead: float = 0.0, repair: bool = False) -> Report:
    async with opened(data) as institution:
        clock = lambda: time.time() + ahead  # noqa: E731
        return await Maintenance(institution.catalog, institution.blobs, clock).check(repair)


async def test_kill(tmp_path: Path) -> None:
    print(f"PARCHEMIN_SEED={SEED}")
    random = Random(SEED)
    data = tmp_path / "data"
    accounts = prepare(data, "ada", "bob", env=QUOTA)
    issuer = Issuer(data, accounts[0])
    workers = [
        Worker(f"/dav/w{number}", accounts[number % 2].authorization, Random(random.random()))
        for number in range(WORKERS)
    ]
    with running(data, QUOTA) as server:
        for worker in workers:
            await worker.create(server.port)
        issuer.start()
        for number in range(KILLS):
            await _one_kill(server, issuer, workers, random, whole=number == KILLS - 1)
        issuer.kill()
        server.stop()
        await _nothing_is_left_over(data, server, workers)
    _report(workers, issuer)


async def _one_kill(
    server: Server, issuer: Issuer, workers: list[Worker], random: Random, whole: bool
) -> None:
    await asyncio.to_thread(issuer.begin)
    await _load(server, workers, random.uniform(0.05, 1.2))
    if random.random() < 0.5:
        await asyncio.sleep(random.uniform(0, 0.5))
    issuer.kill()
    report = await _check(server.data)
    assert report.problems == []
    server.env = {**QUOTA, "PARCHEMIN_SERVER__WORKERS": random.choice("1112")}
    issuer.start()
    server.start()
    for worker in workers:
        await worker.verify(server.port)
    await issuer.verify(server.port, whole)


async def _nothing_is_left_over(data: Path, server: Server, workers: list[Worker]) -> None:
    """What kills left in the store is collected once the grace is over, and only that."""
    repaired = await _check(data, GRACE + 60, repair=True)
    assert {problem.kind for problem in repaired.problems} <= {"unreferenced"}
    assert repaired.clean
    if not stores.CLUSTER:
        assert not list((data / "blobs" / "incoming").iterdir())
    assert (await _check(data, GRACE + 60)).problems == []
    server.start()
    for worker in workers:
        await worker.verify(server.port)


def _report(workers: list[Worker], issuer: Issuer) -> None:
    acknowledged = _acknowledged(workers)
    unanswered = sum(worker.unanswered for worker in workers)
    print(f"{KILLS} kills, {acknowledged} acknowledged changes, {unanswered} cut off,"
          f" {len(issuer.delivered)} deliveries")  # fmt: skip
    assert acknowledged >= LEAST * KILLS
    assert unanswered >= KILLS, "the kills came while requests were under way"


async def test_an_answer_means_it_is_there(tmp_path: Path) -> None:
    """The same judgement on one request: whatever is answered 201 is read after a kill."""
    data = tmp_path / "data"
    (person,) = prepare(data, "ada")
    body = os.urandom(100_000)
    with running(data) as server:
        client = Client(server.port, person.authorization)
        assert (await client.request("PUT", "/dav/x.bin", body)).status == 201
        server.kill()
        await client.close()
        server.start()
        client = Client(server.port, person.authorization)
        assert digest((await client.request("GET", "/dav/x.bin")).body) == digest(body)
        await client.close()
