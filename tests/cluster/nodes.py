"""An institution on several nodes: one PostgreSQL, one SeaweedFS, and HAProxy in front."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.cluster.proxy import Proxy, proxy
from tests.databases import PostgreSQL, postgresql
from tests.processes import Account, Server, account, opened, prepare
from tests.requirements import need
from tests.storage_backends.servers import S3_KEY, S3_SECRET, answers, free_ports, s3_server

CONFIG = Path(__file__).parents[2] / "config" / "haproxy" / "cluster.cfg"
NODES = ("one", "two", "three")


@dataclass
class Cluster:
    """What runs, each part to be stopped by tests."""

    database: PostgreSQL
    store: Proxy
    """The way to SeaweedFS, which a test can cut."""
    nodes: list[Server]
    port: int
    """HAProxy's."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Settings of every node."""

    @property
    def url(self) -> str:
        """Where the vaults are, through HAProxy, with a slash at the end."""
        return f"http://127.0.0.1:{self.port}/dav/"

    def sql(self, statement: str) -> list[Any]:
        """The rows of a statement, past every node."""
        database = self.env["PARCHEMIN_CATALOG__URL"].rpartition("/")[2]
        return self.database.run(statement, database=database)

    def person(self, username: str, devices: int = 1) -> list[Account]:
        """Somebody new; one account for each device, all of the same vault."""

        async def add() -> list[Account]:
            from vault_core.vault.keys import keyslots

            async with opened(self.nodes[0].data, self.env) as institution:
                first = await account(institution, username)
                vault = await institution.vaults.open_app_password(username, first.token)
                more = [
                    await keyslots.add_app_password(vault, f"device {number}")
                    for number in range(1, devices)
                ]
                return [first, *(Account(first.id, username, token) for _, token in more)]

        with ThreadPoolExecutor(1) as thread:  # the caller's may have a loop that runs
            return thread.submit(asyncio.run, add()).result()


@contextmanager
def cluster(folder: Path, **env: str) -> Iterator[Cluster]:
    """Three nodes that are ready; `env` are further settings of theirs."""
    with ExitStack() as stack:
        database = stack.enter_context(postgresql())
        seaweed = folder / "seaweed"
        seaweed.mkdir()
        endpoint = stack.enter_context(s3_server(seaweed))
        store = stack.enter_context(proxy(int(endpoint.rpartition(":")[2])))
        settings = {
            "PARCHEMIN_PLUGINS__ENABLED": "s3,bac",
            "PARCHEMIN_CATALOG__URL": database.url(database.create()),
            "PARCHEMIN_CATALOG__CONNECTIONS": "6",
            "PARCHEMIN_STORAGE__BACKEND": "s3",
            "PARCHEMIN_STORAGE__S3__BUCKET": "blobs",
            "PARCHEMIN_STORAGE__S3__ENDPOINT": f"http://127.0.0.1:{store.port}",
            "PARCHEMIN_STORAGE__S3__ACCESS_KEY_ID": S3_KEY,
            "PARCHEMIN_STORAGE__S3__SECRET_ACCESS_KEY": S3_SECRET,
            "PARCHEMIN_SERVER__DRAIN_SECONDS": "4",
            "PARCHEMIN_VAULT__RECIPIENT": "x25519",
            **env,
        }
        prepare(folder / NODES[0], env=settings)
        nodes = [Server(folder / name, settings) for name in NODES]
        for node in nodes[1:]:
            node.data.mkdir()
            shutil.copy(nodes[0].data / "institution.key", node.data)
        for node in nodes:
            stack.callback(lambda node=node: node.kill() if node.alive else None)
            node.start()
        port = stack.enter_context(balancer(folder, [node.port for node in nodes]))
        found = Cluster(database, store, nodes, port, settings)
        wait_until_all_take_part(found)
        yield found


@contextmanager
def balancer(folder: Path, ports: list[int]) -> Iterator[int]:
    """HAProxy with the file of config/, in front of these ports; its own, which speaks no TLS."""
    (port,) = free_ports(1)
    text = CONFIG.read_text()
    for number, node in enumerate(ports, 11):
        text = text.replace(f"10.0.0.{number}:8080", f"127.0.0.1:{node}")
    kept = [line for line in text.splitlines() if "bind :80" not in line and "redirect" not in line]
    text = "\n".join(kept).replace(
        "bind :443 ssl crt /etc/haproxy/coffre.pem alpn h2,http/1.1",
        f"bind 127.0.0.1:{port}\n    monitor-uri /balancer\n    stats enable\n    stats uri /stats",
    )
    assert f"127.0.0.1:{port}" in text
    file = folder / "haproxy.cfg"
    file.write_text(text + "\n")
    with (folder / "haproxy.log").open("wb") as log:
        process = subprocess.Popen(
            [need("haproxy"), "-db", "-f", str(file)], stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 120
        while not answers(port):
            assert process.poll() is None, (folder / "haproxy.log").read_text()
            assert time.monotonic() < deadline, "HAProxy does not answer"
            time.sleep(0.05)
        yield port
    finally:
        process.kill()
        process.wait()


def states(found: Cluster) -> list[str]:
    """What HAProxy says of each node: UP, DOWN …"""
    import urllib.request

    with urllib.request.urlopen(f"http://127.0.0.1:{found.port}/stats;csv", timeout=60) as answer:
        rows = [line.split(",") for line in answer.read().decode().splitlines()]
    head = rows[0]
    backend = [row for row in rows if row[0] == "parchemin" and row[1] in NODES]
    return [row[head.index("status")] for row in backend]


def wait_until_all_take_part(found: Cluster, seconds: float = 180) -> None:
    """Wait until HAProxy sends requests to every node."""
    deadline = time.monotonic() + seconds
    while states(found) != ["UP"] * len(NODES):
        assert time.monotonic() < deadline, states(found)
        time.sleep(0.1)
