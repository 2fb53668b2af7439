"""What people fear to lose their documents by: sign in by A, change A, sign in by B, bit for bit.

The rows about one directory's password, renaming and accounts made anew are in test_ldap.py,
test_cas.py and test_oidc.py.
"""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pyotp
import pytest

from tests.signin.arriving import CONTENT, INE, set_up, site_of_ada, unlock
from tests.signin.cas_directory import CasServer, cas_server
from tests.signin.slapd import Slapd, slapd
from tests.web.site import PASSWORD, Answer, Reader, Site

THERE, NEW = "the directory's password", "nine geese swim past barges"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of_ada(tmp_path / "data") as found:
        async with found.reader("ada") as reader:
            assert (await reader.upload("/", "a.txt", CONTENT)).status == 201
        yield found


@pytest.fixture
async def ldap(running: Site, tmp_path: Path) -> AsyncIterator[Slapd]:
    async with slapd(tmp_path / "slapd") as found:
        set_up(running, "ldap", found.settings)
        found.add("adurand", THERE, INE)
        yield found


@pytest.fixture
async def cas(running: Site, tmp_path: Path) -> AsyncIterator[CasServer]:
    async with cas_server(tmp_path / "cas") as found:
        rules = {"url": found.url, "subject_attribute": "number", "ine_attribute": "ine"}
        set_up(running, "cas", rules)
        found.seat(a42={"password": THERE, "attributes": {"ine": INE, "number": "42"}})
        yield found


async def by_ldap(reader: Reader) -> Answer:
    fields = {"username": "adurand", "password": THERE, "next": "/account"}
    return await reader.post("/sign-in/ldap", fields)


async def by_cas(reader: Reader, directory: CasServer) -> Answer:
    async with directory.browser() as browser:
        asked = await reader.get("/sign-in/cas?next=%2Faccount")
        back = await browser.answer_for(asked.headers["Location"], "a42", THERE)
        return await reader.get(back.removeprefix(reader.url))


async def opens(reader: Reader) -> bool:
    return (await reader.get("/download/a.txt")).body == CONTENT


async def test_the_institution_changes_its_provider(
    running: Site, ldap: Slapd, cas: CasServer
) -> None:
    """From LDAP to CAS: the browser that LDAP opened the vault in goes on without a question."""
    async with running.reader() as reader:
        await unlock(reader, await by_ldap(reader), secret=PASSWORD)
        assert await opens(reader)
        await reader.send("/sign-out", {})
        set_up(running, "ldap", {"url": ""})
        assert (await by_ldap(reader)).status == 404
        assert (await by_cas(reader, cas)).headers["Location"] == "/account"
        assert await opens(reader)
    async with running.reader() as elsewhere:
        page = await by_cas(elsewhere, cas)
        assert not await opens(elsewhere)
        await unlock(elsewhere, page, secret=PASSWORD)
        assert await opens(elsewhere)


async def test_a_lost_telephone_and_a_forgotten_password(running: Site, ldap: Slapd) -> None:
    """The telephone had the codes, and was the browser that single sign-on opened the vault in."""
    async with running.reader("ada") as own, running.reader() as telephone:
        await unlock(telephone, await by_ldap(telephone), secret=PASSWORD)
        page = await own.text("/account/security/totp")
        ticket = re.search(r'name="ticket" value="([^"]+)"', page)
        secret = re.search(r'id="secret"[^>]*>([^<]+)<', page)
        assert ticket
        assert secret
        code = pyotp.TOTP(secret[1].replace(" ", "")).at(int(time.time()))
        fields = {"ticket": ticket[1], "code": code, "label": "telephone"}
        assert (await own.send("/account/security/totp", fields)).status == 303
        page = await own.text("/account/recovery")
        shown = re.search(r'name="code" value="([^"]+)"', page)
        assert shown
        last = shown[1].replace("-", "")[-4:]
        await own.send("/account/recovery", {"code": shown[1], "last": last})
    async with running.reader() as anew:
        fields = {"username": "ada", "code": shown[1], "password": NEW, "again": NEW}
        assert (await anew.post("/recover", fields)).status == 303
        assert await opens(anew)
    async with running.reader() as anew:  # the next day: no code is asked for any more
        answer = await anew.post("/sign-in", {"username": "ada", "password": NEW})
        assert answer.headers["Location"] == "/files/"
        assert await opens(anew)
    # whoever found the telephone: its session is over, its browser is asked for a secret again
    async with running.reader() as found:
        kept = {c.key: c.value for c in telephone.client.cookie_jar}
        found.client.cookie_jar.update_cookies(kept)
        assert not await opens(found)
        assert (await by_ldap(found)).status == 200


async def test_a_password_changed_here_keeps_the_other_ways(running: Site, ldap: Slapd) -> None:
    """Sessions end; the browser's own slot stays, for it opens with the directory's word only."""
    async with running.reader() as browser, running.reader("ada") as own:
        await unlock(browser, await by_ldap(browser), secret=PASSWORD)
        fields = {"present": PASSWORD, "password": NEW, "again": NEW}
        assert (await own.send("/account/password", fields)).status == 303
        assert not await opens(browser)
        assert (await by_ldap(browser)).headers["Location"] == "/account"
        assert await opens(browser)
        answer = await browser.post("/sign-in", {"username": "ada", "password": PASSWORD})
        assert answer.status == 403
