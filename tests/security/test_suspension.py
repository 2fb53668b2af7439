"""A suspended person is refused everywhere with one sentence, and loses nothing."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.issuing.house import House, house
from tests.serving import basic
from tests.web.site import PASSWORD, Reader, Site, site
from vault_core.errors import Suspended
from vault_core.vault.keys import keyslots
from vault_core.vault.links.link import Terms
from vault_core.vault.links.sharing import share

SENTENCE = "Ce compte est suspendu"
ACTOR = "command"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        yield found


class Doors:
    """Everything by which somebody comes in, made before the suspension."""

    def __init__(self, running: Site, reader: Reader, device: str, token: str, link: str) -> None:
        self.running, self.reader = running, reader
        self.device, self.token, self.link = device, token, link

    async def pages(self) -> int:
        return (await self.reader.get("/files/")).status

    async def dav(self) -> tuple[int, str]:
        headers = {"Authorization": basic("ada", self.device)}
        async with (
            ClientSession() as client,
            client.get(f"{self.running.url}/dav/note.txt", headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def api(self) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            ClientSession() as client,
            client.get(f"{self.running.url}/api/v1/account", headers=headers) as answer,
        ):
            return answer.status, await answer.text()

    async def visit(self) -> tuple[int, str]:
        async with self.running.reader() as stranger:
            answer = await stranger.post("/open", {"link": self.link})
            return answer.status, answer.text

    async def signing_in(self, password: str = PASSWORD) -> tuple[int, str]:
        async with self.running.reader() as again:
            answer = await again.post("/sign-in", {"username": "ada", "password": password})
            return answer.status, answer.text


@contextlib.asynccontextmanager
async def doors(running: Site) -> AsyncIterator[Doors]:
    async with running.reader("ada") as reader:
        assert (await reader.upload("", "note.txt", b"hello")).status in (200, 201, 303)
        vault = await running.institution.vaults.open_password("ada", PASSWORD)
        await vault.refresh()
        _, device = await keyslots.add_app_password(vault, "phone")
        expires = vault.actor().at + 3_600_000
        _, token = await keyslots.add_token(vault, "script", ["account:read"], expires)
        link = await share(vault, ("note.txt",), Terms(label="a link"))
        yield Doors(running, reader, device, token, link.code)


async def test_nobody_comes_in_by_any_door_and_then_by_all_again(running: Site) -> None:
    administration = running.institution.administration
    ada = await running.institution.persons.find("ada")
    async with doors(running) as each:
        assert await each.pages() == 200
        assert await each.dav() == (200, "hello")
        assert (await each.api())[0] == 200
        assert (await each.visit())[0] == 303
        async with running.reader() as inside:
            assert (await inside.post("/open", {"link": each.link})).status == 303

            assert await administration.suspend(ada.id, ACTOR)
            assert not await administration.suspend(ada.id, ACTOR)

            answer = await each.reader.get("/files/")
            assert (answer.status, SENTENCE in answer.text) == (403, True)
            status, text = await each.dav()
            assert (status, "suspended" in text) == (403, True)
            status, text = await each.api()
            assert (status, "suspended" in text) == (403, True)
            status, text = await each.visit()
            assert (status, "pour le moment" in text) == (403, True)
            status, text = await each.signing_in()
            assert (status, SENTENCE in text) == (403, True)

        assert await administration.resume(ada.id, ACTOR)
        assert not await administration.resume(ada.id, ACTOR)
        assert await each.pages() == 200
        assert await each.dav() == (200, "hello")
        assert (await each.api())[0] == 200
        assert (await each.visit())[0] == 303
        assert (await each.signing_in())[0] == 303


async def test_who_guesses_does_not_learn_of_it(running: Site) -> None:
    ada = await running.institution.persons.find("ada")
    async with doors(running) as each:
        before = await each.signing_in("not her password")
        await running.institution.administration.suspend(ada.id, ACTOR)
        after = await each.signing_in("not her password")
        assert before[0] == after[0] == 403
        assert SENTENCE not in after[1]


async def test_another_process_notices_at_its_next_request(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with site(data) as first:
        await first.person("ada")
        async with first.reader("ada") as reader:
            assert (await reader.get("/files/")).status == 200
            async with house(data) as other:  # another process's view of the same institution
                ada = await other.institution.persons.find("ada")
                await other.institution.administration.suspend(ada.id, ACTOR)
            assert (await reader.get("/files/")).status == 403


@pytest.fixture
async def full_house(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path / "data") as found:
        yield found


async def test_deliveries_still_arrive(full_house: House) -> None:
    row = full_house.row("bac")
    holder = await full_house.holder("bac", row)
    ada = await full_house.institution.persons.find("ada")
    await full_house.institution.administration.suspend(ada.id, ACTOR)
    summary = await full_house.deliver("bac", row)
    assert summary.counts["delivered"] == 1
    with pytest.raises(Suspended):
        await (await full_house.open(holder)).refresh()
    await full_house.institution.administration.resume(ada.id, ACTOR)
    [certificate] = (await full_house.fetch(holder)).values()
    assert certificate.startswith(b"%PDF")
