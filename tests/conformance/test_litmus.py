"""Debian's litmus: the five suites of RFC 4918's test program against the real server."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path

import pytest

from tests.requirements import need
from tests.serving import dav_handler, institution, serving

SUITES = {"basic": 16, "copymove": 13, "props": 30, "locks": 41, "http": 4}
"""Tests in each suite of litmus 0.13."""
_RESULT = re.compile(r"of (\d+) tests? run: (\d+) passed, (\d+) failed")


@pytest.mark.client
@pytest.mark.parametrize("suite", SUITES)
async def test_litmus(suite: str, tmp_path: Path) -> None:
    litmus = need("litmus")
    data = tmp_path / "data"
    data.mkdir()
    async with institution(data) as inside:
        person = await inside.person("litmus")
        async with serving(dav_handler(inside)) as port:
            url = f"http://127.0.0.1:{port}/dav/"
            output = await _run(litmus, suite, url, person.username, person.token, tmp_path)
    found = _RESULT.search(output)
    assert found is not None, output
    assert (found[2], found[3]) == (str(SUITES[suite]), "0"), output
    assert "SKIPPED" not in output, output
    assert "WARNING" not in output, output


def test_there_are_104_tests() -> None:
    assert sum(SUITES.values()) == 104


async def _run(litmus: str, suite: str, url: str, username: str, token: str, work: Path) -> str:
    running = await asyncio.create_subprocess_exec(
        litmus,
        "-k",
        url,
        username,
        token,
        cwd=work,
        env={**os.environ, "LC_ALL": "C", "TESTS": suite, "HTDOCS": "/usr/share/litmus/htdocs"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out, _ = await asyncio.wait_for(running.communicate(), 120)
    return out.decode(errors="replace").replace("\r", "\n")
