"""Coming in and going out, over a socket."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from urllib.parse import quote

import pytest
from aiohttp import FormData
from yarl import URL

from tests.web.site import PASSWORD, Site


async def test_activation_sets_the_password_and_offers_a_recovery_code(running: Site) -> None:
    code = await running.person("bob", None)
    async with running.reader() as reader:
        fields = {"username": "bob", "code": code, "password": PASSWORD, "again": PASSWORD}
        answer = await reader.post("/activate", fields)
        assert answer.headers["Location"] == "/account/recovery?done=activated"
        page = await reader.text("/account/recovery")
        recovery = re.search(r'name="code" value="([a-z0-9-]{44})"', page)
        assert recovery
        wrong = await reader.send("/account/recovery", {"code": recovery[1], "last": "0000"})
        assert wrong.status == 422
        right = await reader.send(
            "/account/recovery", {"code": recovery[1], "last": recovery[1][-4:]}
        )
        assert right.status == 303
    async with running.reader() as other:
        assert (await other.post("/activate", fields)).status == 403  # used up
        again = {"username": "bob", "code": recovery[1], "password": "x" + PASSWORD}
        answer = await other.post("/recover", {**again, "again": again["password"]})
        assert answer.headers["Location"] == "/files/?done=password"
    async with running.reader() as third:
        assert (
            await third.post("/sign-in", {"username": "bob", "password": PASSWORD})
        ).status == 403


async def test_a_session_ends_when_its_owner_signs_out(running: Site) -> None:
    async with running.reader("ada") as reader:
        cookies = {c.key: c.value for c in reader.client.cookie_jar}
        assert (await reader.get("/files/")).status == 200
        assert (await reader.send("/sign-out", {})).status == 303
        reader.client.cookie_jar.update_cookies(cookies)
        answer = await reader.get("/files/")
        assert answer.headers["Location"] == "/sign-in?next=%2Ffiles%2F"


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(running: Site) -> None:
    async with running.reader() as reader:
        answer = await reader.post("/sign-in", {"username": "ada", "password": PASSWORD})
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        secure = await reader.post(
            "/sign-in", {"username": "ada", "password": PASSWORD}, X_Forwarded_Proto="https"
        )
        assert secure.headers["Set-Cookie"].startswith("__Host-")
        assert "Secure" in secure.headers["Set-Cookie"]


async def test_a_session_opens_pages_and_never_webdav(running: Site) -> None:
    async with running.reader("ada") as reader:
        assert (await reader.get("/dav/")).status == 401


async def test_guessing_is_slowed(running: Site) -> None:
    async with running.reader() as reader:
        allowed = running.institution.settings.throttle.failures
        guess = {"username": "nobody", "password": "guess"}
        answers = [await reader.post("/sign-in", guess) for _ in range(allowed + 5)]
        assert [answer.status for answer in answers[:allowed]] == [403] * allowed
        answer = answers[-1]
        assert answer.status == 429
        assert int(answer.headers["Retry-After"]) > 0


async def test_nobody_is_sent_to_another_site(running: Site) -> None:
    async with running.reader() as reader:
        for target in ("//evil.example", "https://evil.example", "/\\evil.example"):
            fields = {"username": "ada", "password": PASSWORD, "next": target}
            answer = await reader.post("/sign-in", fields)
            assert answer.headers["Location"] == "/files/"


async def test_the_language_is_the_browsers_until_it_is_chosen(running: Site) -> None:
    async with running.reader() as reader:
        english = await reader.get("/", Accept_Language="en-GB,fr;q=0.5")
        assert '<html lang="en">' in english.text
        answer = await reader.get("/language/fr?next=%2Fsign-in")
        assert answer.headers["Location"] == "/sign-in"
        for where, there in (
            ("/account/notices/feed", "/account/notices"),  # that answers a form
            ("/nowhere/at/all", "/nowhere/at/all"),
            ("/verify?code=x%26y", "/verify?code=x%26y"),
        ):
            answer = await reader.get(f"/language/fr?next={quote(where, safe='')}")
            assert answer.headers["Location"] == there
        kept = await reader.get("/", Accept_Language="en")
        assert '<html lang="fr">' in kept.text


PIECE = bytes(64 * 1024)
Add = Callable[[FormData], object]
MANY: dict[str, Add] = {
    "a long field": lambda form: form.add_field("username", "x" * (1 << 21)),
    "long files": lambda form: [
        form.add_field(f"f{number}", PIECE, filename="f", content_type="application/octet-stream")
        for number in range(32)
    ],
    "many fields": lambda form: [form.add_field("a", "b") for _ in range(1001)],
}


@pytest.mark.parametrize("case", MANY)
async def test_a_form_in_parts_is_bounded(running: Site, case: str) -> None:
    """Whoever sends it without its length in pieces, too: nobody has signed in yet."""
    form = FormData(quote_fields=False)
    form.add_field("password", "x", content_type="text/plain")  # makes it multipart
    MANY[case](form)
    payload = form()

    async def pieces() -> AsyncIterator[bytes]:
        data = await payload.as_bytes()
        for start in range(0, len(data), len(PIECE)):
            yield data[start : start + len(PIECE)]

    async with running.reader() as reader:
        target = URL(f"{running.url}/sign-in")
        async with reader.client.post(
            target, data=pieces(), headers=dict(payload.headers), allow_redirects=False
        ) as answer:
            assert answer.status == 413
