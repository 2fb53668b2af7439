"""Any node answers any request: three of them behind HAProxy are one server to every client."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from tests.cluster.nodes import Cluster, wait_until_all_take_part
from tests.conformance.test_litmus import SUITES
from tests.processes import Server
from tests.requirements import need
from tests.serving import Client

pytestmark = pytest.mark.fault


def ready(node: Server) -> tuple[int, str]:
    """What /readyz of a node says."""
    try:
        with urllib.request.urlopen(node.url.replace("/dav/", "/readyz"), timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError as error:  # it has gone meanwhile
        return 0, str(error)


async def until(node: Server, status: int) -> str:
    """Ask until /readyz says so; the reason."""
    for _ in range(300):
        found, reason = await asyncio.to_thread(ready, node)
        if found == status:
            return reason
        await asyncio.sleep(0.1)
    raise AssertionError(f"/readyz does not become {status}: {reason}")


@pytest.mark.parametrize("suite", SUITES)
def test_litmus_passes_over_three_nodes(three: Cluster, suite: str, tmp_path: Path) -> None:
    (person,) = three.person(f"litmus{suite}")
    done = subprocess.run(
        [need("litmus"), "-k", three.url, person.username, person.token],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
        env={**os.environ, "LC_ALL": "C", "TESTS": suite, "HTDOCS": "/usr/share/litmus/htdocs"},
    )  # fmt: skip
    output = done.stdout.replace("\r", "\n")
    found = re.search(r"of (\d+) tests? run: (\d+) passed, (\d+) failed", output)
    assert found is not None, output + done.stderr
    assert (found[2], found[3]) == (str(SUITES[suite]), "0"), output
    assert "SKIPPED" not in output


async def test_five_devices_count_together_and_no_write_is_lost(three: Cluster) -> None:
    """Each reads a number and writes the next one under If-Match, as careful clients do."""
    devices = three.person("counter", devices=5)
    clients = [Client(three.port, device.authorization) for device in devices]
    made = await clients[0].request("PUT", "/dav/count", b"0")
    assert made.status == 201

    async def count(client: Client) -> Counter[int]:
        statuses: Counter[int] = Counter()
        while statuses[204] < 8:
            read = await client.request("GET", "/dav/count")
            assert read.status == 200
            number = b"%d" % (int(read.body) + 1)
            wrote = await client.request("PUT", "/dav/count", number, If_Match=read.fields["etag"])
            statuses[wrote.status] += 1
        return statuses

    counted = sum(await asyncio.gather(*map(count, clients)), Counter[int]())
    assert set(counted) <= {204, 412}
    end = await clients[0].request("GET", "/dav/count")
    assert end.body == b"40"
    for client in clients:
        await client.close()


async def test_of_five_devices_one_gets_the_lock(three: Cluster) -> None:
    devices = three.person("locker", devices=5)
    clients = [Client(three.port, device.authorization) for device in devices]
    await clients[0].request("PUT", "/dav/a", b"x")
    body = (
        b'<D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>'
        b"<D:locktype><D:write/></D:locktype></D:lockinfo>"
    )
    for _ in range(5):
        locked = await asyncio.gather(*(c.request("LOCK", "/dav/a", body) for c in clients))
        assert sorted(answer.status for answer in locked) == [200, 423, 423, 423, 423]
        winner = next(n for n, answer in enumerate(locked) if answer.status == 200)
        token = locked[winner].fields["lock-token"]
        written = await asyncio.gather(*(c.request("PUT", "/dav/a", b"y") for c in clients))
        assert {answer.status for answer in written} == {423}
        freed = await clients[winner].request("UNLOCK", "/dav/a", Lock_Token=token)
        assert freed.status == 204
    for client in clients:
        await client.close()


async def test_five_devices_share_one_quota_and_one_history(three: Cluster) -> None:
    devices = three.person("filler", devices=5)
    vault, quota = devices[0].id.hex(), 3_000_000
    three.sql(f"UPDATE vaults SET quota = {quota} WHERE id = decode('{vault}', 'hex')")
    clients = [Client(three.port, device.authorization) for device in devices]
    answers = []
    for turn in range(6):
        answers += await asyncio.gather(
            *(c.request("PUT", f"/dav/{n}-{turn}", bytes(200_000)) for n, c in enumerate(clients))
        )
    assert Counter(answer.status for answer in answers) == {201: 15, 507: 15}
    listed = await clients[0].request("PROPFIND", "/dav/", Depth="1")
    assert len(listed.text_of("{DAV:}href")) == 16
    three.sql(f"UPDATE vaults SET quota = {quota + 250_000} WHERE id = decode('{vault}', 'hex')")
    for turn in range(4):  # the first content becomes a version, then the others do
        replaced = await asyncio.gather(
            *(c.request("PUT", "/dav/0-0", bytes([n, turn])) for n, c in enumerate(clients))
        )
        assert {answer.status for answer in replaced} <= {204, 412}
    (row,) = three.sql(
        "SELECT v.used, (SELECT sum(size) FROM nodes n WHERE n.vault = v.id)"
        " + (SELECT sum(size) FROM versions o WHERE o.vault = v.id)"
        f" FROM vaults v WHERE id = decode('{vault}', 'hex')"
    )
    assert row[0] == row[1] <= quota + 250_000
    for client in clients:
        await client.close()


async def test_what_one_node_wrote_every_other_one_shows_at_once(three: Cluster) -> None:
    (person,) = three.person("reader")
    nodes = [Client(node.port, person.authorization) for node in three.nodes]
    for number in range(60):
        writer, reader = nodes[number % 3], nodes[(number + 1) % 3]
        wrote = await writer.request("PUT", "/dav/a", b"%d" % number)
        assert wrote.status in (201, 204)
        read = await reader.request("GET", "/dav/a")
        assert read.body == b"%d" % number
    for node in nodes:
        await node.close()


async def test_readiness_tells_the_truth_about_the_catalog(three: Cluster) -> None:
    (person,) = three.person("patient")
    client = Client(three.nodes[0].port, person.authorization)
    assert (await client.request("PUT", "/dav/a", b"x")).status == 201
    await asyncio.to_thread(three.database.stop)
    try:
        reason = await until(three.nodes[0], 503)
        assert "database" in reason
        assert "parchemin:" not in reason
        for method, path in (("PUT", "/dav/b"), ("GET", "/dav/a"), ("PROPFIND", "/dav/")):
            refused = await client.request(method, path, b"" if method == "PUT" else None)
            assert (refused.status, refused.fields["retry-after"]) == (503, "5")
    finally:
        await asyncio.to_thread(three.database.start)
    await until(three.nodes[0], 200)
    assert (await client.request("GET", "/dav/a")).body == b"x"
    await client.close()


async def test_readiness_tells_the_truth_about_the_store(three: Cluster) -> None:
    (person,) = three.person("keeper")
    large = bytes(range(256)) * 1000
    client = Client(three.nodes[0].port, person.authorization)
    assert (await client.request("PUT", "/dav/a", large)).status == 201
    three.store.be("gone")
    try:
        assert "S3" in await until(three.nodes[0], 503)
        for method, path, body in (("PUT", "/dav/b", large), ("PUT", "/dav/a", large)):
            refused = await client.request(method, path, body)
            assert (refused.status, refused.fields["retry-after"]) == (503, "5")
        listed = await client.request("PROPFIND", "/dav/", Depth="1")
        assert len(listed.text_of("{DAV:}href")) == 2
    finally:
        three.store.be("open")
    await until(three.nodes[0], 200)
    assert (await client.request("GET", "/dav/a")).body == large
    assert (await client.request("PUT", "/dav/b", large)).status == 201
    await client.close()


async def test_a_rolling_restart_fails_no_request(three: Cluster) -> None:
    (person,) = three.person("roller")
    await asyncio.to_thread(wait_until_all_take_part, three)
    stop = asyncio.Event()
    statuses: Counter[int] = Counter()

    async def work(number: int) -> None:
        client, turn = Client(three.port, person.authorization), 0
        while not stop.is_set():
            turn += 1
            body = b"%d " % turn * 30_000
            wrote = await client.request("PUT", f"/dav/{number}", body)
            read = await client.request("GET", f"/dav/{number}")
            statuses[wrote.status] += 1
            statuses[read.status] += 1
            assert read.body == body
        await client.close()

    working = [asyncio.ensure_future(work(number)) for number in range(4)]
    for node in three.nodes:
        stopping = asyncio.ensure_future(asyncio.to_thread(node.stop))
        await until(node, 503)
        assert await stopping == 0
        await asyncio.to_thread(node.start)
        await asyncio.to_thread(wait_until_all_take_part, three)
    stop.set()
    await asyncio.gather(*working)
    assert set(statuses) <= {200, 201, 204}
    assert statuses.total() > 50
