"""Single sign-on against a real OpenID provider; the owner's secret opens, once a device."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.signin.arriving import INE
from tests.signin.provider import SECRET, Provider, provider
from tests.web.site import PASSWORD, Answer, Reader, Site
from vault_core.settings.load import override


@pytest.fixture
async def directory(running: Site) -> AsyncIterator[Provider]:
    """The site's directory."""
    async with provider(running.url) as found:
        rules = {
            "issuer": found.issuer, "client_id": "parchemin", "client_secret": SECRET,
            "ine_claim": "ine",
        }  # fmt: skip
        settings = override(running.institution.settings, "oidc", rules)
        running.institution.reconfigure(settings)
        yield found


async def back(reader: Reader, directory: Provider) -> Answer:
    """Through the directory and back to us."""
    asked = await reader.get("/sign-in/oidc?next=%2Faccount")
    answered = await directory.answer_for(asked.headers["Location"])
    return await reader.get(answered.removeprefix(reader.url))


async def unlock(reader: Reader, page: Answer, **fields: str) -> Answer:
    ticket = re.search(r'name="ticket" value="([^"]+)"', page.text)
    assert page.status == 200
    assert ticket
    return await reader.post("/sign-in/unlock", {"ticket": ticket[1], **fields})


async def test_the_first_visit_asks_once_then_the_device_opens(
    running: Site, directory: Provider
) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        page = await back(reader, directory)
        assert 'name="username"' not in page.text  # known by the INE
        assert (await unlock(reader, page, secret="wrong")).status == 403
        assert (await reader.get("/files/")).status == 303
        done = await unlock(reader, page, secret=PASSWORD)
        assert done.headers["Location"] == "/account"
        await reader.upload("/", "a.txt", b"bit for bit")
        replayed = await unlock(reader, page, secret=PASSWORD)
        assert replayed.status == 403
        await reader.send("/sign-out", {})
        again = await back(reader, directory)
        assert again.headers["Location"] == "/account"  # the device's own slot
        assert (await reader.get("/download/a.txt")).body == b"bit for bit"
        export = await reader.get("/account/export")  # a directory's word is no proof of one's own
        assert export.headers["Location"].startswith("/account/confirm")


async def test_what_the_directory_says_alone_opens_nothing(
    running: Site, directory: Provider
) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        await unlock(reader, await back(reader, directory), secret=PASSWORD)
        stolen = {c.key: c.value for c in reader.client.cookie_jar}
    async with running.reader() as other:  # another browser, the same directory session
        page = await back(other, directory)
        assert page.status == 200
        assert (await other.get("/files/")).status == 303
    async with running.reader() as thief:  # the device's cookie without the directory's word
        thief.client.cookie_jar.update_cookies({"parchemin-device": stolen["parchemin-device"]})
        assert (await thief.get("/files/")).status == 303
        await directory.seat("sub-eve")
        page = await back(thief, directory)
        assert 'name="username"' in page.text  # eve is linked with nobody


async def test_a_browser_that_is_forgotten_asks_again(running: Site, directory: Provider) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        await unlock(reader, await back(reader, directory), secret=PASSWORD)
        page = await reader.text("/account/security")
        slot = re.search(r'name="slot" value="([0-9a-f]+)"', page)
        assert slot
        await reader.send("/account/security/browsers/forget", {"slot": slot[1]})
        await reader.send("/sign-out", {})
        assert (await back(reader, directory)).status == 200  # the form that asks for a secret


async def test_an_account_made_anew_loses_nothing(running: Site, directory: Provider) -> None:
    """Another sub with the same INE; then another one without, linked by the vault's own secret."""
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        await unlock(reader, await back(reader, directory), secret=PASSWORD)
        await reader.upload("/", "a.txt", b"bit for bit")
        await reader.send("/sign-out", {})
        await directory.seat("sub-b", INE)
        assert (await back(reader, directory)).headers["Location"] == "/account"
        assert (await reader.get("/download/a.txt")).body == b"bit for bit"
        await reader.send("/sign-out", {})
        await directory.seat("sub-c")
        page = await back(reader, directory)
        done = await unlock(reader, page, username="ada", secret=PASSWORD)
        assert done.headers["Location"] == "/account"
        assert (await reader.get("/download/a.txt")).body == b"bit for bit"
        await reader.send("/sign-out", {})
        assert (await back(reader, directory)).headers["Location"] == "/account"


async def test_somebody_removed_from_the_directory_is_refused(
    running: Site, directory: Provider
) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        await unlock(reader, await back(reader, directory), secret=PASSWORD)
        await reader.send("/sign-out", {})
        await directory.seat("")
        assert (await back(reader, directory)).status == 403
        assert (await reader.get("/files/")).status == 303


async def test_the_directory_ends_sessions(running: Site, directory: Provider) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader, running.reader("ada") as own:
        await unlock(reader, await back(reader, directory), secret=PASSWORD)
        await directory.log_out("sub-a")
        async with asyncio.timeout(60):
            while (await reader.get("/files/")).status != 303:
                await asyncio.sleep(0.2)
        assert (await own.get("/files/")).status == 200  # not the directory's to end


async def test_answers_that_belong_elsewhere_are_refused(
    running: Site, directory: Provider
) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader, running.reader() as other:
        asked = await reader.get("/sign-in/oidc")
        answered = (await directory.answer_for(asked.headers["Location"])).removeprefix(reader.url)
        assert (await other.get(answered)).status == 403  # no question was asked in this browser
        await other.get("/sign-in/oidc")
        assert (await other.get(answered)).status == 403  # the state of another browser
        ticket = {c.key: c.value for c in reader.client.cookie_jar}["parchemin-directory"]
        parts = parse_qs(urlsplit(answered).query)
        swapped = {**{k: v[0] for k, v in parts.items()}, "state": "0" * 48}
        address = f"/sign-in/oidc/callback?{urlencode(swapped)}"
        assert (await reader.get(address)).status == 403
        reader.client.cookie_jar.update_cookies({"parchemin-directory": ticket})
        assert (await reader.get(answered)).status == 200
        reader.client.cookie_jar.update_cookies({"parchemin-directory": ticket})
        assert (await reader.get(answered)).status == 403  # replayed


async def test_a_token_made_for_another_question_is_refused(
    running: Site, directory: Provider
) -> None:
    """Whoever got the directory to sign somebody in elsewhere cannot hand its word in here."""
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        asked = (await reader.get("/sign-in/oidc")).headers["Location"]
        other = re.sub(r"nonce=[0-9a-f]+", f"nonce={'0' * 48}", asked)
        assert other != asked
        answered = (await directory.answer_for(other)).removeprefix(reader.url)
        assert (await reader.get(answered)).status == 403
        page = await back(reader, directory)
        assert page.status == 200


async def test_logout_tokens_must_be_the_directorys_own(running: Site, directory: Provider) -> None:
    await directory.seat("sub-a", INE)
    now = int(time.time())
    events = {"http://schemas.openid.net/event/backchannel-logout": {}}
    claims = {
        "iss": directory.issuer, "aud": "parchemin", "iat": now, "exp": now + 60, "jti": "x",
        "events": events, "sub": "sub-a",
    }  # fmt: skip
    foreign = jwt.encode({"alg": "RS256", "kid": "one"}, claims, RSAKey.generate_key(2048))
    unsigned = "eyJhbGciOiJub25lIn0." + foreign.split(".")[1] + "."
    async with running.reader() as reader:
        await unlock(reader, await back(reader, directory), secret=PASSWORD)
        for token in (foreign, unsigned, "", "x.y.z"):
            answer = await reader.post("/sign-in/oidc/logout", {"logout_token": token})
            assert answer.status == 400, token
        assert (await reader.get("/files/")).status == 200


async def test_a_token_for_another_client_is_refused(running: Site, directory: Provider) -> None:
    await directory.seat("sub-a", INE)
    async with running.reader() as reader:
        await back(reader, directory)  # discovery and keys are known
    entrance = running.institution.entrance
    rules = entrance.oidc.rules
    async with running.reader() as reader:
        entrance.oidc.rules = rules.model_copy(update={"client_id": "another"})
        asked = await reader.get("/sign-in/oidc")
        answered = await directory.answer_for(asked.headers["Location"])
        real = entrance.oidc._exchange

        async def exchange(code: str, verifier: str, redirect: str) -> str:
            token = await real(code, verifier, redirect)  # signed by the directory for `another`
            entrance.oidc.rules = rules
            return token

        entrance.oidc._exchange = exchange  # type: ignore[method-assign]
        assert (await reader.get(answered.removeprefix(reader.url))).status == 403
