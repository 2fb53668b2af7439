"""A power cut under load: what is not synced is lost, so what was acknowledged must be synced.

ext4's shutdown on a file system in a file drops everything that is only in memory, which SIGKILL
cannot do. It needs root; elsewhere the store's tests look at the order of the system calls.

The server outlives the cut by a moment, as no machine does, and an fdatasync that was under way
may then succeed although its data are lost (Linux 6.18: a thread that only appends and syncs saw
it in 77 of 150 cuts). So an answer that is read after the cut acknowledges nothing.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.disks import Ext4, can_cut_power, ext4
from tests.faults.load import Worker
from tests.processes import Server, opened, prepare, running

pytestmark = [pytest.mark.fault, pytest.mark.one_machine]
CUTS = int(os.environ.get("PARCHEMIN_POWER_CUTS", "3"))
SIZE = (512 + 128 * CUTS) << 20
"""Bytes of the disk. Before each cut about 25 MiB are stored, and trash, versions and what nothing
refers to stay; a full disk answers 507, which is no matter of this test."""
SEED = int(os.environ.get("PARCHEMIN_SEED", str(time.time_ns())))

if can_cut_power():

    async def test_power_cut(tmp_path: Path) -> None:
        print(f"PARCHEMIN_SEED={SEED}")
        random = Random(SEED)
        with ext4(tmp_path, SIZE) as disk:
            data = disk.point / "data"
            (person,) = prepare(data, "ada")
            workers = [
                Worker(f"/dav/w{number}", person.authorization, Random(random.random()))
                for number in range(4)
            ]
            with running(data) as server:
                for worker in workers:
                    await worker.create(server.port)
                for _ in range(CUTS):
                    await _cut(disk, server, workers, random.uniform(0.2, 1.0))
        print(f"{CUTS} power cuts, {sum(worker.acknowledged for worker in workers)} acknowledged")
        assert all(worker.acknowledged for worker in workers)

    async def _cut(disk: Ext4, server: Server, workers: list[Worker], seconds: float) -> None:
        tasks = [asyncio.create_task(worker.work(server.port)) for worker in workers]
        await asyncio.sleep(seconds)
        async with asyncio.timeout(120):
            while not all(worker.acknowledged for worker in workers):
                await asyncio.sleep(0.01)
        for worker in workers:
            worker.cut_off = True
        disk.cut_power()
        server.kill()
        await asyncio.gather(*tasks)
        disk.unmount()
        disk.mount()
        async with opened(server.data) as institution:
            report = await institution.maintenance.check()
            assert report.problems == []
        server.start()
        for worker in workers:
            worker.cut_off = False
            await worker.verify(server.port)
