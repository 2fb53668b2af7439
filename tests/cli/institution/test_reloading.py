"""A served institution takes up its changed file: from the disk to the answers, in every worker."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.processes import Account, Server, prepare, running
from tests.serving import Client
from vault_core.settings import FILE_NAME

WORKERS = 2
PATIENCE = 300.0
"""Seconds after which even a busy machine has taken a file up."""
ELSEWHERE = "https://coffre.example.fr/dav/copy"
BEFORE, AFTER = (2, False), (4, True)
"""The class of a PUT's status, and whether the public address is known as the server's own."""
RULES = '[server]\nmax_document = "1 kB"\npublic_url = "https://coffre.example.fr"\n'


async def _treated(server: Server, person: Account) -> tuple[int, bool]:
    """What becomes of a document of 1,001 bytes, and whether the public address is ours."""
    client = Client(server.port, person.authorization)
    put = await client.request("PUT", "/dav/large", bytes(1001))
    copied = await client.request("COPY", "/dav/small", Destination=ELSEWHERE)
    await client.close()
    return put.status // 100, copied.status // 100 == 2


async def _by_all(server: Server, person: Account, wanted: tuple[int, bool]) -> bool:
    """Whether every one of twelve connections, which the kernel gives to this worker or that, is
    treated so."""
    for _ in range(12):
        if await _treated(server, person) != wanted:
            return False
    return True


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not await holds():
            await asyncio.sleep(0.1)


@pytest.mark.one_machine
async def test_a_changed_file_is_taken_up_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (person,) = prepare(data, "ada")
    with running(data, {"PARCHEMIN_SERVER__WORKERS": str(WORKERS)}) as server:
        client = Client(server.port, person.authorization)
        assert (await client.request("PUT", "/dav/small", b"x")).status == 201
        await client.close()
        assert await _by_all(server, person, BEFORE)
        (data / FILE_NAME).write_text(RULES)
        await _until(lambda: _by_all(server, person, AFTER))
        (data / FILE_NAME).write_text(f"{RULES}body_timeout = -5\n")
        told = "settings refused, the old ones stay: server.body_timeout = -5 "
        await _until(lambda: _has_told(server, told, WORKERS))
        assert await _by_all(server, person, AFTER)
        (data / FILE_NAME).write_text("")
        await _until(lambda: _by_all(server, person, BEFORE))


async def _has_told(server: Server, sentence: str, times: int) -> bool:
    return server.log_path.read_text().count(sentence) >= times
