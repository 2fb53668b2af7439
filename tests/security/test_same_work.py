"""Whether somebody exists is not told by how much is computed: work is counted, not time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.site import PASSWORD, Site, site
from vault_core.crypto import slots


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """ada has a password, eve was never here, and leo has only a printed code."""
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        await found.person("leo", None)
        yield found


async def test_a_wrong_password_costs_the_same_whoever_it_is_for(
    running: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    real = slots.derive

    def counted(parameters: str, secret: bytes, kind: Any) -> bytes:
        done.append(kind)
        return real(parameters, secret, kind)

    monkeypatch.setattr(slots, "derive", counted)
    answers = {}
    async with running.reader() as reader:
        for username in ("ada", "eve", "leo"):
            done.clear()
            fields = {"username": username, "password": "wrong wrong wrong"}
            answer = await reader.post("/sign-in", fields)
            shown = answer.text.replace(username, "NAME")
            answers[username] = (answer.status, tuple(done), shown)
        done.clear()
        await reader.post("/sign-in", {"username": "ada", "password": PASSWORD})
        assert done.count("password") == 1
    assert answers["ada"] == answers["eve"] == answers["leo"]
    assert answers["ada"][:2] == (403, ("password",))
