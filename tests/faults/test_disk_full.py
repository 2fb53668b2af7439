"""A full disk: a clear refusal, nothing acknowledged lost, and service goes on."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults.disks import can_mount, tmpfs
from tests.faults.load import digest, read_folder
from tests.processes import Account, Server, opened, prepare, running
from tests.serving import Client

pytestmark = [pytest.mark.fault, pytest.mark.one_machine]
LARGE, SMALL = 700_000, 20_000
"""Bytes: one that goes to the blob store, one that goes into the catalog."""
MOST = 400
REFUSED = {"larger than a file may be": {503, 507}, "no room on the file system": {507}}


@dataclass
class Full:
    """A server whose disk can be made full and empty again."""

    server: Server
    person: Account
    fill: Callable[[], None]
    relieve: Callable[[], None]


@contextmanager
def _limited(folder: Path) -> Iterator[Full]:
    """No file may grow beyond 400 kB (RLIMIT_FSIZE): needs no rights."""
    data = folder / "data"
    (person,) = prepare(data, "ada")
    with running(data) as server:

        def limit(size: int) -> Callable[[], None]:
            hard = resource.RLIM_INFINITY
            return lambda: (
                resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size, hard)) and None
            )

        yield Full(server, person, limit(400_000), limit(resource.RLIM_INFINITY))


@contextmanager
def _mounted(folder: Path) -> Iterator[Full]:
    """A file system of 16 MB, which another file fills but for 2 MB."""
    with tmpfs(folder / "disk", "16m") as disk:
        (person,) = prepare(disk / "data", "ada")
        with running(disk / "data") as server:
            filler = disk / "filler"

            def fill() -> None:
                found = os.statvfs(disk)
                filler.write_bytes(bytes(found.f_bavail * found.f_bsize - 2_000_000))

            yield Full(server, person, fill, filler.unlink)


WAYS = {"larger than a file may be": _limited}
if can_mount():  # elsewhere the limit alone stands for a full disk
    WAYS["no room on the file system"] = _mounted


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("size", [LARGE, SMALL], ids=["store", "catalog"])
async def test_disk_full(way: str, size: int, tmp_path: Path) -> None:
    with WAYS[way](tmp_path) as full:
        client = Client(full.server.port, full.person.authorization)
        kept = {"before.bin": os.urandom(size)}
        assert (await client.request("PUT", "/dav/before.bin", kept["before.bin"])).status == 201
        full.fill()
        status = await _put_until_refused(client, kept, size)
        assert status in REFUSED[way]
        expected = {name: digest(data) for name, data in kept.items()}
        assert await read_folder(client, "/dav") == expected, "reading goes on"
        refused = await client.request("PUT", "/dav/before.bin", os.urandom(LARGE))
        assert refused.status in REFUSED[way]
        assert await read_folder(client, "/dav") == expected, "what was there stays"
        full.relieve()
        assert (await client.request("PUT", "/dav/after.bin", b"room again")).status == 201
        assert (await client.request("DELETE", "/dav/before.bin")).status == 204
        del expected["before.bin"]
        await client.close()
        full.server.kill()
        full.server.start()
        assert await read_folder(client, "/dav") == {**expected, "after.bin": digest(b"room again")}
        await client.close()
        async with opened(full.server.data) as institution:
            assert (await institution.maintenance.check()).problems == []


async def _put_until_refused(client: Client, kept: dict[str, bytes], size: int) -> int:
    """Documents are put until one is refused; its status. Those acknowledged join `kept`."""
    for number in range(MOST):
        data = os.urandom(size)
        answer = await client.request("PUT", f"/dav/{number}.bin", data)
        if answer.status != 201:
            assert b"disk" in answer.body, answer.body
            return answer.status
        kept[f"{number}.bin"] = data
    raise AssertionError("the disk never filled")
