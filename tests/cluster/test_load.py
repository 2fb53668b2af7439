"""Many clients through HAProxy while nodes die, PostgreSQL restarts and the S3 store is cut off.

PARCHEMIN_LOAD_SECONDS makes it longer, and PARCHEMIN_LOAD_WRITERS more clients; it prints what
happened (`pytest -s`).
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter

import pytest

from tests.cluster.load import Writer
from tests.cluster.nodes import Cluster, wait_until_all_take_part
from tests.processes import opened
from vault_core.vault.upkeep.maintenance import Maintenance

pytestmark = pytest.mark.fault
SECONDS = float(os.environ.get("PARCHEMIN_LOAD_SECONDS", "25"))
WRITERS = int(os.environ.get("PARCHEMIN_LOAD_WRITERS", "12"))


async def _kill_a_node(three: Cluster, chance: random.Random) -> str:
    node = chance.choice(three.nodes)
    await asyncio.to_thread(node.kill)
    await asyncio.sleep(1)
    await asyncio.to_thread(node.start)
    return "node killed"


async def _restart_the_database(three: Cluster, chance: random.Random) -> str:
    how = chance.choice([signal.SIGINT, signal.SIGQUIT])
    await asyncio.to_thread(three.database.stop, how)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(three.database.start)
    return "PostgreSQL restarted" if how == signal.SIGINT else "PostgreSQL crashed"


async def _cut_the_store(three: Cluster, chance: random.Random) -> str:
    three.store.be("gone")
    await asyncio.sleep(1 + chance.random())
    three.store.be("open")
    return "S3 cut off"


def _tracebacks(three: Cluster) -> str:
    """What the nodes' logs say of exceptions that nobody expected."""
    said = "".join(node.log_path.read_text(errors="replace") for node in three.nodes)
    return "\n…\n".join(part[:4000] for part in said.split("Traceback (most recent")[1:4])


async def _calm(writers: list[Writer]) -> Counter[int]:
    """What is answered once the cause has ended: errors end, whichever were on their way then."""
    for _ in range(20):
        before = sum((writer.statuses for writer in writers), Counter[int]())
        await asyncio.sleep(3)
        after = sum((writer.statuses for writer in writers), Counter[int]()) - before
        if after and set(after) <= {200, 201, 204}:
            break
    return after


async def test_no_acknowledged_write_is_lost(three: Cluster) -> None:
    await asyncio.to_thread(wait_until_all_take_part, three)
    chance = random.Random(7)
    accounts = [three.person(f"load{number}", devices=2) for number in range(WRITERS // 2)]
    writers = [
        Writer(account, three.port, number, random.Random(number))
        for number, account in enumerate(account for devices in accounts for account in devices)
    ]
    stop, happened = asyncio.Event(), Counter[str]()
    working = [asyncio.ensure_future(writer.run(stop)) for writer in writers]
    faults = (_kill_a_node, _cut_the_store, _restart_the_database)
    end, turn = time.monotonic() + SECONDS, 0
    try:
        while time.monotonic() < end or turn < len(faults):
            await asyncio.sleep(1)
            happened[await faults[turn % len(faults)](three, chance)] += 1
            turn += 1
        await asyncio.to_thread(wait_until_all_take_part, three)
        after = await _calm(writers)
    finally:
        stop.set()
        await asyncio.gather(*working)
    documents = sum([await writer.verify() for writer in writers])
    total = sum((writer.statuses for writer in writers), Counter[int]())
    print(f"\n{dict(happened)}; answers {dict(total)} (0: connection lost); after the last fault"
          f" {dict(after)}; {documents} documents checked")  # fmt: skip
    assert [fault for writer in writers for fault in writer.faults] == [], _tracebacks(three)
    assert set(after) <= {200, 201, 204}
    assert after.total() > 0
    assert documents > WRITERS
    async with opened(three.nodes[0].data, three.env) as institution:
        clock = institution.vaults.services.clock
        report = await Maintenance(institution.catalog, institution.blobs, clock).check()
    assert [p.sentence for p in report.problems if p.kind != "unreferenced"] == []
