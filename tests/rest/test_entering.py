"""Coming in by program: password, second factor, printed codes; then what a session may."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pyotp
import pytest
from aiohttp import ClientSession, CookieJar

from tests.rest.callers import Api, Caller, Heard
from tests.web.site import PASSWORD
from vault_core.signin.totp import PERIOD
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.throttle import ThrottleLimits

NEW = "nine owls read slow maps"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
ADA = {"username": "ada", "password": PASSWORD}


@asynccontextmanager
async def client(api: Api) -> AsyncIterator[Caller]:
    """A program that keeps cookies, and says where it comes from."""
    async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
        yield Caller(session, api.site.url, {"Origin": api.site.url})


def kind(heard: Heard) -> str:
    """The error's name."""
    return str(heard.json["type"]).rpartition(":")[2]


async def test_a_password_begins_a_session_that_makes_a_token(api: Api) -> None:
    await api.site.person("ada")
    async with client(api) as call:
        heard = await call("POST", "sessions", {**ADA, "label": "Backup  of Sunday"})
        assert heard.status == 201
        assert heard.json["username"] == "ada"
        assert not heard.json["newlyEntrusted"]
        cookies = heard.headers.getall("Set-Cookie")
        assert len(cookies) == 2
        assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)
        listed = (await call("GET", "credentials")).json["items"]
        (mine,) = [one for one in listed if one["id"] == heard.json["credential"]]
        assert (mine["kind"], mine["label"]) == ("session", "Backup of Sunday")
        ends = [dt.datetime.fromisoformat(one["expiresAt"]) for one in (mine, heard.json)]
        assert abs(ends[0] - ends[1]) < dt.timedelta(minutes=5)
        made = await call("POST", "tokens", {"label": "x", "scopes": ["documents:read"]})
        assert made.status == 201
        ended = await call("DELETE", f"credentials/{heard.json['credential']}")
        assert ended.status == 204
        assert (await call("GET", "account")).status == 401
    async with api.stranger() as other:
        field = f"Bearer {made.json['secret']}"
        assert (await other("GET", "documents", Authorization=field)).status == 200


async def test_a_new_session_takes_the_place_of_the_one_before(api: Api) -> None:
    await api.site.person("ada")
    async with client(api) as call:
        first = (await call("POST", "sessions", ADA)).json["credential"]
        await call("POST", "sessions", ADA)
        listed = (await call("GET", "credentials")).json["items"]
        sessions = [one["id"] for one in listed if one["kind"] == "session"]
    assert len(sessions) == 1
    assert first not in sessions


async def test_what_is_wrong_opens_nothing_and_is_counted(api: Api) -> None:
    await api.site.person("ada")
    wrong = {
        "another password": {**ADA, "password": "wrong wrong wrong"},
        "another name": {**ADA, "username": "nobody"},
        "a printed code": {**ADA, "password": "aaaa-bbbb-cccc-dddd-eeee-ffff-0000"},
        "an empty one": {**ADA, "password": ""},
    }
    async with client(api) as call:
        for name, body in wrong.items():
            heard = await call("POST", "sessions", body)
            assert (heard.status, kind(heard)) == (403, "Forbidden"), name
            assert "Set-Cookie" not in heard.headers
        elsewhere = await call("POST", "sessions", ADA, Origin="https://evil.example")
        assert (elsewhere.status, kind(elsewhere)) == (403, "Forbidden")
        api.site.institution.vaults.throttle.limits = _few()
        heard = [await call("POST", "sessions", {**ADA, "username": "bob"}) for _ in range(4)]
        assert [one.status for one in heard][-1] == 429
        assert int(heard[-1].headers["Retry-After"]) > 0


def _few() -> ThrottleLimits:
    return ThrottleLimits(failures=2, recover_seconds=3600.0)


async def test_a_second_factor_is_asked_for_before_anything_opens(api: Api) -> None:
    await api.site.person("ada")
    vault = await api.site.institution.vaults.open_password("ada", PASSWORD)
    factors = api.site.institution.entrance.factors
    await factors.add(vault, "totp", {"secret": SECRET, "label": "Phone"}, counter=0)
    step = int(api.site.institution.vaults.services.clock()) // PERIOD
    async with client(api) as call:
        heard = await call("POST", "sessions", ADA)
        assert (heard.status, kind(heard)) == (403, "FactorNeeded")
        assert "Set-Cookie" not in heard.headers
        heard = await call("POST", "sessions", {**ADA, "code": "000000"})
        assert (heard.status, kind(heard)) == (403, "Forbidden")
        code = pyotp.TOTP(SECRET).generate_otp(step)
        assert (await call("POST", "sessions", {**ADA, "code": code})).status == 201
        assert (await call("POST", "sessions", {**ADA, "code": code})).status == 403  # once


async def test_a_vault_is_activated_and_recovered_by_program(api: Api) -> None:
    code = await api.site.person("ada", None)
    first = {"username": "ada", "code": code, "newPassword": NEW}
    async with client(api) as call:
        weak = await call("POST", "activations", {**first, "newPassword": "password1234"})
        assert (weak.status, list(weak.json["faults"])) == (400, ["newPassword"])
        wrong = await call("POST", "activations", {**first, "username": "bob"})
        assert (wrong.status, kind(wrong)) == (403, "Forbidden")
        assert (await call("POST", "recoveries", first)).status == 403  # another kind of code
        heard = await call("POST", "activations", first)
        assert (heard.status, heard.json["username"]) == (201, "ada")
        recovery = (await call("POST", "recovery-code")).json["code"]
        assert (await call("PUT", "recovery-code", {"code": recovery})).status == 204
    async with client(api) as call:
        again = await call("POST", "activations", first)
        assert (again.status, kind(again)) == (403, "Forbidden")  # it is used up
        back = {"username": "ada", "code": recovery, "newPassword": PASSWORD}
        assert (await call("POST", "recoveries", back)).status == 201
        assert (await call("GET", "account")).json["username"] == "ada"
        assert (await call("POST", "sessions", {**ADA, "password": NEW})).status == 403
        assert (await call("POST", "sessions", ADA)).status == 201
    vault = await api.site.institution.vaults.open_password("ada", PASSWORD)
    kinds = {slot.kind for slot in await keyslots.listing(vault)}
    assert "activation" not in kinds
    assert "recovery" in kinds


async def test_a_token_makes_no_passkey_and_a_ticket_is_good_once(api: Api) -> None:
    answer = {"ticket": "nonsense", "credential": {}}
    async with api.program() as call:
        for path, body in (("passkeys/options", {}), ("passkeys", answer)):
            assert (await call("POST", path, body)).status == 403
    async with api.browser() as page:
        heard = await page("POST", "passkeys", answer)
        assert (heard.status, kind(heard)) == (403, "Forbidden")
        asked = (await page("POST", "passkeys/options")).json
        assert asked["options"]["user"]["name"] == "ada"
        good = {**answer, "ticket": asked["ticket"]}
        assert (await page("POST", "passkeys", good)).status == 400
        assert (await page("POST", "passkeys", good)).status == 403
    async with client(api) as call:
        asked = (await call("POST", "sessions/passkey-options")).json
        assert "user" not in asked["options"]
        heard = await call("POST", "sessions/passkey", {**answer, "ticket": asked["ticket"]})
        assert heard.status in (400, 403)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_sessions_are_begun_and_nothing_else(api: Api, method: str) -> None:
    async with api.stranger() as call:
        assert (await call(method, "sessions", {})).status == 405
