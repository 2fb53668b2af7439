"""The log: every line has its request's id, and none a secret, a name or a path."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.processes import Account, Server, prepare, running
from tests.serving import Client

ENV = {
    "PARCHEMIN_LOG__FORMAT": "json",
    "PARCHEMIN_LOG__LEVEL": "debug",
    "PARCHEMIN_LOG__REQUESTS": "true",
    "PARCHEMIN_METRICS__TOKEN": "the-collectors-token",
    "PARCHEMIN_STORAGE__S3__SECRET_ACCESS_KEY": "the-stores-secret",
}
DATA = b"the content of the document " * 4000
NAME = "Bulletin d'Amélie.pdf"
GIVEN = "7f3a9c1e5b2d4f60"


async def drive(server: Server, ada: Account) -> list[str]:
    """Use the server rightly and wrongly; the ids of its answers."""
    seen = []
    for authorization in (ada.authorization, "Basic " + "YWRhOndyb25nLXBhc3N3b3Jk"):
        client = Client(server.port, authorization)
        for method, body in (("PUT", DATA), ("GET", None), ("PROPFIND", None), ("GET", None)):
            answer = await client.request(
                method, f"/dav/{quote(NAME)}", body, X_Request_Id=GIVEN, Depth="0"
            )
            seen.append(answer.fields["x-request-id"])
        await client.close()
    url = f"http://127.0.0.1:{server.port}"
    async with httpx.AsyncClient(timeout=60) as web:
        form = {"username": "ada", "password": "wrong-password-typed"}
        headers = {"Origin": url}
        answers = [
            await web.post(f"{url}/sign-in", data=form, headers=headers),
            await web.get(f"{url}/verify/7KQD-94MV-XR2C"),
            await web.get(f"{url}/metrics", headers={"Authorization": "Bearer the-wrong-token"}),
            await web.get(f"{url}/metrics?token=in-the-address"),
        ]
        seen += [answer.headers["X-Request-Id"] for answer in answers]
    return seen


ENDED = """
import logging, sys
from watchdog.observers.api import ObservedWatch
from watchdog.observers.inotify import InotifyEmitter
from watchdog.utils.bricks import SkipRepeatsQueue
from vault_core.logs import configure_logging
from vault_core.settings.sections import Log
configure_logging(Log())
InotifyEmitter(SkipRepeatsQueue(), ObservedWatch(sys.argv[1], recursive=False)).queue_events(0.1)
logging.getLogger("watchdog.observers.inotify").error("another")
"""


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_the_end_of_a_watch_is_no_error(tmp_path: Path) -> None:
    """What watchdog says where a folder is removed together with who watches it."""
    command = [sys.executable, "-c", ENDED, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert [line.split()[-1] for line in done.stderr.splitlines()] == ["another"]


def test_lines_have_ids_and_no_secret(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (ada,) = prepare(data, "ada")
    with running(data, ENV) as server:
        seen = asyncio.run(drive(server, ada))
    log = server.log_path.read_text()
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["request"] for line in requests] == seen
    assert seen.count(GIVEN) == 8
    assert {line["way"] for line in requests} >= {"dav", "web", "verify"}
    assert all(line["milliseconds"] >= 0 for line in requests)
    key = (data / "institution.key").read_text().split()[1]
    for secret in (
        key, ada.token, "-".join(ada.token.split("-")[:3]), ada.authorization.split()[1],
        "the-collectors-token", "the-stores-secret", "wrong-password", "YWRhOndyb25n",
        "the-wrong-token", "in-the-address", "7KQD", "content of the document",
        NAME, quote(NAME), "Bulletin", "127.0.0.1\"",
    ):  # fmt: skip
        assert secret not in log, secret


IDS = {
    "well formed": ("0123456789abcdef", True),
    "a UUID": ("6f1c2a34-0b7e-4c55-9b1e-2f4f6f0f9a11", True),
    "too short": ("abc", False),
    "too long": ("a" * 65, False),
    "a space": ("0123 456789", False),
    "a tag": ("<script>alert(1)</script>", False),
    "a quote": ('01234567"x', False),
    "not ASCII": ("é" * 10, False),
    "none": ("", False),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("ids") / "data"
    (ada,) = prepare(folder, "ada")
    with running(folder) as one:
        yield one, ada


@pytest.mark.parametrize("case", IDS)
@pytest.mark.parametrize("path", ["/dav/", "/healthz"])
async def test_ids_of_proxies(server: tuple[Server, Account], case: str, path: str) -> None:
    given, taken = IDS[case]
    client = Client(server[0].port, server[1].authorization)
    answer = await client.request("OPTIONS" if path == "/dav/" else "GET", path, X_Request_Id=given)
    await client.close()
    assert (answer.fields["x-request-id"] == given) is taken
    assert answer.fields["x-request-id"].replace("-", "").isalnum()


def test_ids_differ(server: tuple[Server, Account]) -> None:
    url = f"http://127.0.0.1:{server[0].port}/healthz"
    ids = {httpx.get(url, timeout=60).headers["X-Request-Id"] for _ in range(20)}
    assert len(ids) == 20
