"""Two implementations of RFC 9421 under Node, and the guide's own lines, push to a real server."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.issuing.deliveries.test_batches import exported, people
from tests.issuing.house import URL, House, house
from tests.requirements import need, need_node_modules
from tests.rest.signing import PrivateKey, new_key, pem
from vault_core.issuing.programs.request_keys import thumbprint

GUIDE = Path(__file__).parents[2] / "docs" / "for-issuers.md"
pytestmark = pytest.mark.client


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as found:
        yield found


async def prepared(running: House, folder: Path, kind: str) -> tuple[PrivateKey, Path, Path]:
    """A registered key, its private half as a file, and a file of two rows."""
    key = new_key(kind)
    issuer = running.institution.plugins.issuer_of("bac").id
    await running.institution.request_keys.register(issuer, "node", pem(key), 30, "command")
    private, rows = folder / "key.pem", folder / "results.csv"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    rows.write_bytes(exported(running, await people(running, 2)))
    return key, private, rows


async def check(running: House, batch: dict[str, Any]) -> None:
    """What was answered is a batch, whose rows arrive."""
    await running.institution.worker.work_off()
    found = await running.institution.batches.find(batch["id"])
    assert (found.state, found.counts["delivered"], found.way) == ("done", 2, "api")


@pytest.mark.parametrize(
    ("library", "kind"),
    [("http-message-sig", "ed25519"), ("http-message-signatures", "ecdsa-p256-sha256")],
)
async def test_others_sign_and_are_let_in(
    running: House, tmp_path: Path, library: str, kind: str
) -> None:
    key, private, rows = await prepared(running, tmp_path, kind)
    modules = await asyncio.to_thread(need_node_modules, Path(__file__).parent / "signatures")
    command = [
        need("node", "nodejs"), modules / "push.mjs", library, private,
        thumbprint(key.public_key()), URL, running.url, rows,
    ]  # fmt: skip
    ran = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, timeout=120
    )
    status, _, answer = ran.stdout.partition(" ")
    assert status == "202", (ran.stdout, ran.stderr)
    await check(running, json.loads(answer))


async def test_the_lines_of_the_guide(running: House, tmp_path: Path) -> None:
    key, private, rows = await prepared(running, tmp_path, "ed25519")
    [code] = re.findall(r"```python\n(.*?)```", GUIDE.read_text("utf-8"), re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 15
    # As it stands, but for the address that is connected to: the test's server is no https server.
    script = code.replace("https://coffre.example.fr", URL).replace(
        "httpx.post(request.url", f"httpx.post(request.url.replace('{URL}', '{running.url}')"
    )
    told = {"KEYID": thumbprint(key.public_key())}
    for name, value in told.items():
        script = script.replace(name, value)
    for name, path in (("key.pem", private), ("results.csv", rows)):
        script = script.replace(f'"{name}"', repr(str(path)))
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script + "\nprint(answer.text)"],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    await check(running, json.loads(ran.stdout.splitlines()[-1]))
