"""Passwords that are refused, second factors, and proving again who one is, over a socket."""

from __future__ import annotations

import base64
import re
from urllib.parse import unquote

import pyotp
import pytest

from tests.web.site import PASSWORD, Reader, Site

CODE = re.compile(r"^\d{6}$")


async def set_up(reader: Reader) -> pyotp.TOTP:
    """Give the reader an application, as a page's form does."""
    page = await reader.text("/account/security/totp")
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)
    secret = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert ticket
    assert secret
    application = pyotp.TOTP(secret[1].replace(" ", ""))
    wrong = await reader.send("/account/security/totp", {"ticket": ticket[1], "code": "000000"})
    assert wrong.status == 422
    fields = {"ticket": ticket[1], "code": application.now(), "label": "Telephone"}
    done = await reader.send("/account/security/totp", fields)
    assert done.headers["Location"] == "/account/security?done=factor"
    return application


async def first_step(reader: Reader) -> None:
    answer = await reader.post("/sign-in", {"username": "ada", "password": PASSWORD})
    assert answer.headers["Location"].startswith("/sign-in/second")


def next_code(running: Site, application: pyotp.TOTP) -> str:
    """A code that was not used yet: that of the following half minute."""
    return application.at(int(running.institution.vaults.services.clock()) + 30)


async def test_after_the_password_a_code_is_asked_for(running: Site) -> None:
    async with running.reader("ada") as reader:
        application = await set_up(reader)
    async with running.reader() as other:
        await first_step(other)
        assert (await other.post("/sign-in/second", {"code": "123456"})).status == 403
        code = next_code(running, application)
        assert (await other.post("/sign-in/second", {"code": code})).status == 303
        assert (await other.get("/files/")).status == 200
    async with running.reader() as third:
        await first_step(third)
        replayed = await third.post("/sign-in/second", {"code": code})
        assert replayed.status == 403
        assert (await third.get("/files/")).headers["Location"].startswith("/sign-in?")


async def test_what_waits_for_a_code_opens_nothing_anywhere(running: Site) -> None:
    async with running.reader("ada") as reader:
        await set_up(reader)
    async with running.reader() as other:
        await first_step(other)
        [token] = [c.value for c in other.client.cookie_jar if c.key == "parchemin-pending"]
        stolen = {"parchemin-session": token}
        other.client.cookie_jar.update_cookies(stolen)
        for path in ("/files/", "/account", "/zip/", "/account/journal.csv", "/api/v1/nodes"):
            assert (await other.get(path)).status in (303, 401, 404), path
        basic = "Basic " + base64.b64encode(f"ada:{token}".encode()).decode()
        assert (await other.get("/dav/", Authorization=basic)).status == 401
        assert (await other.get("/api/v1/nodes", Authorization=f"Bearer {token}")).status in (
            401,
            404,
        )
    vaults = running.institution.vaults
    rows = await running.institution.catalog.fetch("SELECT kind FROM slots")
    assert ("pending",) in rows
    vaults._held.clear()  # the reader above had it open
    vaults.forget_idle()
    async with running.reader() as third:
        await first_step(third)
        assert vaults.opened_count == 0, "the vault was opened before the second factor"


async def test_the_recovery_code_stands_in_for_a_lost_telephone(running: Site) -> None:
    async with running.reader("ada") as reader:
        page = await reader.text("/account/recovery")
        recovery = re.search(r'name="code" value="([a-z0-9-]{44})"', page)
        assert recovery
        await reader.send("/account/recovery", {"code": recovery[1], "last": recovery[1][-4:]})
        await set_up(reader)
    async with running.reader() as other:
        await first_step(other)
        answer = await other.post("/sign-in/second", {"code": recovery[1]})
        assert answer.status == 303
        page = await other.text("/account/security")
        factor = re.search(r'name="factor" value="([0-9a-f]+)"', page)
        assert factor
        await other.send("/account/security/remove", {"factor": factor[1]})
    async with running.reader("ada") as third:  # signs in by the password alone again
        assert (await third.get("/files/")).status == 200


async def test_codes_cannot_be_tried_at_will(running: Site) -> None:
    async with running.reader("ada") as reader:
        await set_up(reader)
    statuses = []
    async with running.reader() as other:
        await first_step(other)
        for number in range(12):
            answer = await other.post("/sign-in/second", {"code": f"{number:06d}"})
            statuses.append(answer.status)
    assert statuses[-1] == 429
    assert statuses.count(403) == 10


@pytest.mark.parametrize(
    "password",
    ["short", "password1234", "azertyuiop12", "iloveyou1234567", "aaaaaaaaaaaaaaaa",
     "123456789012", "Lycée d'essai", "adaadaadaada"],
)  # fmt: skip
async def test_passwords_that_are_tried_first_are_refused(running: Site, password: str) -> None:
    async with running.reader("ada") as reader:
        fields = {"present": PASSWORD, "password": password, "again": password}
        assert (await reader.send("/account/password", fields)).status == 422


async def test_dangerous_acts_ask_again_who_it_is(running: Site) -> None:
    catalog = running.institution.catalog

    async with running.reader("ada") as reader:
        token = await reader.token()
        assert (await reader.get("/account/export")).status == 200
        before = {c.value for c in reader.client.cookie_jar if c.key == "parchemin-session"}
        await catalog.commit(_long_ago)
        for method, path in (
            ("GET", "/account/export"), ("POST", "/account/export"), ("POST", "/account/devices"),
            ("POST", "/account/devices/tokens"),
            ("GET", "/account/recovery"), ("GET", "/account/security/totp"),
            ("POST", "/account/security/remove"), ("POST", "/account/security/passkeys/ask"),
        ):  # fmt: skip
            fields = {"csrf": token, "label": "x"}
            answer = await (reader.get(path) if method == "GET" else reader.post(path, fields))
            assert answer.headers["Location"].startswith("/account/confirm?next="), path
        assert (await reader.get("/files/")).status == 200
        wrong = await reader.send("/account/confirm", {"password": "not this one"})
        assert wrong.status == 403
        right = {"password": PASSWORD, "next": "/account/export"}
        answer = await reader.send("/account/confirm", right)
        assert answer.headers["Location"] == "/account/export"
        after = {c.value for c in reader.client.cookie_jar if c.key == "parchemin-session"}
        assert before != after
        assert (await reader.get("/account/export")).status == 200
        async with running.reader() as thief:
            thief.client.cookie_jar.update_cookies({"parchemin-session": before.pop()})
            assert (await thief.get("/files/")).status == 303  # the old token is over
            thief.client.cookie_jar.update_cookies({"parchemin-session": after.pop()})
            assert (await thief.get("/files/")).status == 200


@pytest.mark.parametrize(
    ("form", "stood_on", "page"),
    [
        ("/account/devices", "/account/devices", "/account/devices"),
        ("/account/notices/feed", "/account/notices", "/account/notices"),
        ("/account/notices/feed", "", "/account/notices"),
        ("/account/security/remove", "/account/security/remove", "/account/security"),
        ("/account/security/remove", "//elsewhere.example/", "/account/security"),
    ],
)
async def test_a_proof_leads_back_to_the_page_of_the_form(
    running: Site, form: str, stood_on: str, page: str
) -> None:
    async with running.reader("ada") as reader:
        token = await reader.token()
        await running.institution.catalog.commit(_long_ago)
        referer = f"{running.url}{stood_on}" if stood_on else ""
        answer = await reader.post(form, {"csrf": token, "label": "x"}, Referer=referer)
        wanted = unquote(answer.headers["Location"].removeprefix("/account/confirm?next="))
        assert wanted == f"{page}?done=proved"
        answer = await reader.send("/account/confirm", {"password": PASSWORD, "next": wanted})
        assert answer.headers["Location"] == wanted
        assert "Refaites ce que vous alliez faire." in await reader.text(wanted)


def _long_ago():  # type: ignore[no-untyped-def]
    yield ("UPDATE sessions SET proved_at = 1", ())


async def test_somebody_elses_password_proves_nothing(running: Site) -> None:
    await running.person("eve", "horses never eat oats")
    async with running.reader("ada") as reader:
        answer = await reader.send("/account/confirm", {"password": "horses never eat oats"})
        assert answer.status == 403
