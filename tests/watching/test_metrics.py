"""/metrics as Prometheus reads it: by whom, what, over all workers, and without a name."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import time
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.processes import Account, Server, opened, prepare, running
from tests.serving import Client
from vault_core.copies import freezing
from vault_core.watching.figures import SHARED, Figures

ROOT = Path(__file__).parents[2]
DASHBOARD = ROOT / "config" / "grafana" / "parchemin.json"
TOKEN = "a-token-of-the-collector"
DATA = b"x" * 70_000
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(server: Server, **fields: str) -> Samples:
    """Every sample by its name and labels."""
    answer = httpx.get(f"http://127.0.0.1:{server.port}/metrics", headers=fields, timeout=60)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def count(found: Samples, name: str, **labels: str) -> float:
    """The sum over all samples of that name with these labels."""
    wanted = set(labels.items())
    return sum(value for (key, has), value in found.items() if key == name and wanted <= set(has))


def scrape_once(server: Server, wanted: float, name: str, **labels: str) -> Samples:
    """Every sample, once so many are counted: an answer that is streamed counts when it has ended,
    so whoever has read its last byte may ask another worker before that."""
    deadline = time.monotonic() + 60
    while count(found := scrape(server), name, **labels) < wanted:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


async def use(server: Server, account: Account, times: int, names: str = "d") -> None:
    """Some PUTs and GETs, each over a connection of its own: any worker may get it."""
    for number in range(times):
        client = Client(server.port, account.authorization)
        assert (await client.request("PUT", f"/dav/{names}{number}", DATA)).status == 201
        await client.close()
        client = Client(server.port, account.authorization)
        assert (await client.request("GET", f"/dav/{names}{number}")).status == 200
        await client.close()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_requests_bytes_and_store_are_counted(tmp_path: Path, workers: str) -> None:
    (ada,) = prepare(tmp_path / "data", "ada")
    with running(tmp_path / "data", {"PARCHEMIN_SERVER__WORKERS": workers}) as server:
        asyncio.run(use(server, ada, 6))
        found = scrape_once(server, 6 * len(DATA), "parchemin_sent_bytes_total", way="dav")
    requests = "parchemin_request_seconds_count"
    assert count(found, requests, way="dav", method="PUT", status="201") == 6
    assert count(found, requests, way="dav", method="GET", status="200") == 6
    assert count(found, "parchemin_received_bytes_total", way="dav") == 6 * len(DATA)
    assert count(found, "parchemin_sent_bytes_total", way="dav") >= 6 * len(DATA)
    assert count(found, "parchemin_store_seconds_count", operation="put") == 6
    assert count(found, "parchemin_store_errors_total") == 0
    assert count(found, "parchemin_catalog_up") == 1
    assert count(found, "parchemin_vaults") == count(found, "parchemin_persons") == 1
    assert count(found, "parchemin_used_bytes") == 6 * len(DATA)


async def test_failures_of_the_catalog_are_counted(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (ada,) = prepare(data, "ada")
    with running(data) as server:
        errors = "parchemin_catalog_errors_total"
        found = await asyncio.to_thread(scrape, server)
        assert {dict(key[1])["operation"] for key in found if key[0] == errors} == {
            "read",
            "commit",
        }
        assert count(found, errors) == 0
        async with opened(data) as institution:
            await freezing.freeze(institution.catalog)
        client = Client(server.port, ada.authorization)
        assert (await client.request("PUT", "/dav/x", b"x")).status == 503
        await client.close()
        found = await asyncio.to_thread(scrape, server)
        assert count(found, errors, operation="commit") >= 1


def test_a_worker_that_dies_takes_no_count_along(tmp_path: Path) -> None:
    (ada,) = prepare(tmp_path / "data", "ada")
    with running(tmp_path / "data", {"PARCHEMIN_SERVER__WORKERS": "2"}) as server:
        asyncio.run(use(server, ada, 6))
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        workers = [pid for pid in map(int, children) if b"spawn_main" in _command(pid)]
        assert len(workers) == 2
        os.kill(workers[0], signal.SIGKILL)
        deadline = time.monotonic() + 60
        while "ended with -9" not in server.log_path.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        asyncio.run(use(server, ada, 2, "e"))
        found = scrape(server)
    assert count(found, "parchemin_request_seconds_count", method="PUT", status="201") == 8


def test_a_worker_that_is_just_starting_keeps_nobody_from_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "counter_1.db").touch()  # made, and nothing written yet
    monkeypatch.setenv(SHARED, str(tmp_path))
    assert Figures().text() == b""


def _command(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


READERS = {
    "the machine itself": ({}, {}, 200),
    "through a proxy that nobody named": ({}, {"X-Forwarded-For": "127.0.0.1"}, 404),
    "through a named proxy, from afar": (
        {"PARCHEMIN_SERVER__TRUSTED_PROXIES": "127.0.0.1"}, {"X-Forwarded-For": "192.0.2.7"}, 404,
    ),
    "through a named proxy, from a reader": (
        {
            "PARCHEMIN_SERVER__TRUSTED_PROXIES": "127.0.0.1",
            "PARCHEMIN_METRICS__READERS": "192.0.2.0/24",
        },
        {"X-Forwarded-For": "192.0.2.7"}, 200,
    ),
    "nobody": ({"PARCHEMIN_METRICS__READERS": ""}, {}, 404),
    "the token": (
        {"PARCHEMIN_METRICS__READERS": "", "PARCHEMIN_METRICS__TOKEN": TOKEN},
        {"Authorization": f"Bearer {TOKEN}"}, 200,
    ),
    "another token": (
        {"PARCHEMIN_METRICS__TOKEN": TOKEN}, {"Authorization": "Bearer something-else"}, 404,
    ),
    "an empty token": (
        {"PARCHEMIN_METRICS__READERS": ""}, {"Authorization": "Bearer"}, 404,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", READERS)
def test_who_may_read_it(tmp_path: Path, case: str) -> None:
    env, fields, status = READERS[case]
    prepare(tmp_path / "data", "ada")
    with running(tmp_path / "data", env) as server:
        url = f"http://127.0.0.1:{server.port}"
        answer = httpx.get(f"{url}/metrics", headers=fields, timeout=60)
        assert answer.status_code == status
        if status == 404:
            other = httpx.get(f"{url}/nothing", timeout=60).text.replace("nothing", "metrics")
            assert answer.text == other, "it can be told from a page that is not there"


def test_nobody_is_named_and_nobody_invents_figures(tmp_path: Path) -> None:
    (ada,) = prepare(tmp_path / "data", "adalovelace")

    async def odd(server: Server) -> None:
        for number in range(20):
            for method, path in (("REPORT", "dav/secret-name"), ("GET", "secret-page")):
                client = Client(server.port, ada.authorization)
                await client.request(method, f"/{path}-{number}")
                await client.close()

    with running(tmp_path / "data") as server:
        asyncio.run(use(server, ada, 1, "secret-name"))
        asyncio.run(odd(server))
        before = scrape(server)
        asyncio.run(odd(server))
        after = scrape(server)
        text = httpx.get(f"http://127.0.0.1:{server.port}/metrics", timeout=60).text
    assert count(after, "parchemin_request_seconds_count", method="OTHER") == 40
    # only the scrape itself is new
    assert len({key for key in after if "metrics" not in str(key)}) - len(before) < 40
    for word in ("secret", "adalovelace", ada.id.hex(), "127.0.0.1"):
        assert word not in text


def test_the_dashboard_shows_figures_that_there_are(tmp_path: Path) -> None:
    (ada,) = prepare(tmp_path / "data", "ada")
    with running(tmp_path / "data") as server:
        asyncio.run(use(server, ada, 1))
        there = {name for name, _ in scrape(server)}
    asked = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel["targets"]:
            asked |= set(re.findall(r"parchemin_\w+", target["expr"]))
    assert len(asked) > 10
    assert asked <= there, asked - there
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in there}
    on_it = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked}
    assert shown == on_it, "a figure is not on the dashboard"
