"""Single sign-on by a CAS server that is not ours; the owner's secret opens, once a device."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.signin.arriving import INE, known, opens, set_up, unlock
from tests.signin.cas_directory import CasBrowser, CasServer, cas_server
from tests.web.site import PASSWORD, Answer, Reader, Site
from vault_core.signin.cas import parsed

THERE = "the directory's password"
ADA = {"password": THERE, "attributes": {"ine": INE, "number": "42"}}


@pytest.fixture
async def directory(running: Site, tmp_path: Path) -> AsyncIterator[CasServer]:
    async with cas_server(tmp_path / "cas") as found:
        rules = {"url": found.url, "subject_attribute": "number", "ine_attribute": "ine"}
        set_up(running, "cas", rules)
        found.seat(adurand=ADA)
        yield found


@pytest.fixture
async def browser(directory: CasServer) -> AsyncIterator[CasBrowser]:
    async with directory.browser() as found:
        yield found


async def sent_back(
    reader: Reader, browser: CasBrowser, username: str = "adurand", password: str = THERE
) -> str:
    """Where the CAS server sends the browser, without our own address."""
    asked = await reader.get("/sign-in/cas?next=%2Faccount")
    answered = await browser.answer_for(asked.headers["Location"], username, password)
    return answered.removeprefix(reader.url)


async def back(reader: Reader, browser: CasBrowser, username: str = "adurand") -> Answer:
    return await reader.get(await sent_back(reader, browser, username))


async def test_the_first_visit_asks_once_then_the_device_opens(
    running: Site, browser: CasBrowser
) -> None:
    async with running.reader() as reader:
        assert "/sign-in/cas" in await reader.text("/sign-in")
        page = await back(reader, browser)
        assert 'name="username"' not in page.text  # known by the INE
        assert (await unlock(reader, page, secret=THERE)).status == 403
        await known(reader, await back(reader, browser))
        assert await opens(reader, await back(reader, browser))


async def test_renamed_and_made_anew_and_a_new_password_lose_nothing(
    running: Site, directory: CasServer, browser: CasBrowser
) -> None:
    async with running.reader() as reader:
        await known(reader, await back(reader, browser))
        directory.seat(amartin={**ADA, "password": "new"})  # renamed, another password
        async with directory.browser() as other:
            answer = await reader.get(await sent_back(reader, other, "amartin", "new"))
            assert await opens(reader, answer)
        await reader.send("/sign-out", {})
        directory.seat(anew={"password": THERE, "attributes": {"ine": INE, "number": "43"}})
        async with directory.browser() as other:
            assert await opens(reader, await back(reader, other, "anew"))


async def test_somebody_removed_is_refused(running: Site, directory: CasServer) -> None:
    directory.seat()
    async with running.reader() as reader, directory.browser() as other:
        assert await sent_back(reader, other) == ""
        assert (await reader.get("/files/")).status == 303


async def test_answers_that_belong_elsewhere_are_refused(
    running: Site, directory: CasServer, browser: CasBrowser
) -> None:
    async with running.reader() as reader, running.reader() as other:
        answered = await sent_back(reader, browser)
        ticket = parse_qs(urlsplit(answered).query)["ticket"][0]
        assert (await other.get(answered)).status == 403  # no question was asked in this browser
        await other.get("/sign-in/cas")
        assert (await other.get(answered)).status == 403  # the state of another browser
        kept = {c.key: c.value for c in reader.client.cookie_jar}["parchemin-directory"]
        assert (await reader.get(answered)).status == 200
        reader.client.cookie_jar.update_cookies({"parchemin-directory": kept})
        assert (await reader.get(answered)).status == 403  # replayed
        for invented in ("ST-invented", "PT-1", "", f"{ticket}x"):
            asked = await reader.get("/sign-in/cas")
            service = parse_qs(urlsplit(asked.headers["Location"]).query)["service"][0]
            separator = "&ticket="
            answer = await reader.get(service.removeprefix(reader.url) + separator + invented)
            assert answer.status == 403, invented
        # a ticket that was given for another service
        asked = await reader.get("/sign-in/cas")
        mine = parse_qs(urlsplit(asked.headers["Location"]).query)["service"][0]
        elsewhere = f"{browser.url}/login?service=http%3A%2F%2F127.0.0.1%3A9%2Felsewhere"
        foreign = parse_qs(urlsplit(await browser.answer_for(elsewhere, "", "")).query)["ticket"][0]
        answer = await reader.get(f"{mine.removeprefix(reader.url)}&ticket={foreign}")
        assert answer.status == 403


async def test_the_directory_ends_sessions(
    running: Site, directory: CasServer, browser: CasBrowser
) -> None:
    async with running.reader() as reader, running.reader("ada") as own:
        await unlock(reader, await back(reader, browser), secret=PASSWORD)
        assert (await reader.get("/files/")).status == 200
        await browser.log_out()
        async with asyncio.timeout(120):
            while (await reader.get("/files/")).status != 303:
                await asyncio.sleep(0.2)
        assert (await own.get("/files/")).status == 200  # not the directory's to end


LOGOUT = (
    '<samlp:LogoutRequest xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="1" Version="2.0">'
    "<samlp:SessionIndex>{}</samlp:SessionIndex></samlp:LogoutRequest>"
)


async def test_logout_requests_that_name_no_ticket_of_ours_end_nothing(
    running: Site, browser: CasBrowser
) -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "ST-1">]>' + LOGOUT.format("&a;")
    async with running.reader() as reader:
        await unlock(reader, await back(reader, browser), secret=PASSWORD)
        for text, status in (
            (LOGOUT.format("ST-unknown"), 200), (LOGOUT.format(""), 400), ("", 400), ("<x/>", 400),
            (bomb, 400), (LOGOUT.format("ST-1" + "x" * 20_000), 400),
        ):  # fmt: skip
            answer = await reader.post("/sign-in/cas/callback?state=1", {"logoutRequest": text})
            assert answer.status == status, text[:60]
        assert (await reader.get("/files/")).status == 200


@pytest.mark.parametrize(
    "data",
    [
        b"", b"<", b"<a></b>", b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', b"\xff\xfe<",
    ],
)  # fmt: skip
def test_what_is_no_plain_xml_is_not_read(data: bytes) -> None:
    assert parsed(data) is None


async def test_without_a_directory_there_is_no_page(running: Site) -> None:
    async with running.reader() as reader:
        for path in ("/sign-in/cas", "/sign-in/cas/callback"):
            assert (await reader.get(path)).status == 404
        assert not re.search(r"/sign-in/(cas|oidc|ldap)", await reader.text("/sign-in"))
