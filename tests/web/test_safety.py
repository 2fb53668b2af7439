"""What other sites, other people and hostile documents cannot do."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.web.site import PASSWORD, Reader, Site
from vault_core.web.pages import site as pages_of
from vault_core.web.serving import not_found_pages

PAGES = (
    "/", "/help", "/sign-in", "/activate", "/recover", "/nowhere", "/files/", "/certificates",
    "/trash",
    "/search?q=a", "/account", "/account/devices", "/account/journal", "/account/password",
    "/account/recovery", "/account/export", "/files/nothing", "/healthz",
)  # fmt: skip


async def test_every_answer_has_the_protecting_headers(running: Site) -> None:
    async with running.reader("ada") as reader:
        for page in PAGES:
            headers = (await reader.get(page)).headers
            policy = headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "same-origin"
            assert "Server" not in headers
            assert "no-store" in headers["Cache-Control"]


FORM = f"username=ada&password={PASSWORD.replace(' ', '+')}"
PARTS = "".join(
    f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n%s\r\n{value}\r\n'
    for name, value in (("username", "ada"), ("password", PASSWORD))
)
FORMS = {
    "as browsers send it": ("application/x-www-form-urlencoded", FORM, 303),
    "in parts": ("multipart/form-data; boundary=b", PARTS % ("", "") + "--b--\r\n", 303),
    "a codec that is slow": ("application/x-www-form-urlencoded; charset=punycode", FORM, 303),
    "a codec that is none": ("application/x-www-form-urlencoded; charset=none-such", FORM, 303),
    "a codec of bytes": ("application/x-www-form-urlencoded; charset=zlib", FORM, 303),
    "a part in a codec that is slow": (
        "multipart/form-data; boundary=b",
        PARTS % (("Content-Type: text/plain; charset=punycode\r\n",) * 2) + "--b--\r\n", 303,
    ),
    "parts without a boundary": ("multipart/form-data", PARTS % ("", ""), 400),
    "parts without an end": ("multipart/form-data; boundary=b", PARTS % ("", ""), 400),
    "parts within parts": (
        "multipart/form-data; boundary=b",
        "--b\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\n\r\n--c--\r\n--b--\r\n",
        400,
    ),
    "too many fields": ("application/x-www-form-urlencoded", FORM + "&x=" * 2000, 400),
    "no form": ("application/json", "{}", 403),
}  # fmt: skip


@pytest.mark.parametrize("case", FORMS)
async def test_a_form_is_read_as_utf_8_or_refused(running: Site, case: str) -> None:
    media_type, text, status = FORMS[case]
    async with (
        ClientSession() as client,
        client.post(
            f"{running.url}/sign-in", data=text.encode(), headers={"Content-Type": media_type},
            allow_redirects=False,
        ) as answer,
    ):  # fmt: skip
        assert answer.status == status, await answer.text()


async def test_no_page_has_a_script_or_style_of_its_own(running: Site) -> None:
    async with running.reader("ada") as reader:
        for page in PAGES[:-1]:
            text = (await reader.get(page)).text
            assert "<style" not in text
            assert " style=" not in text
            assert re.findall(r"<script(?! (?:type=\"module\" )?src=\"/static/)", text) == []
            assert " onclick" not in text


@pytest.mark.parametrize(
    "path",
    ["/new-folder", "/upload", "/delete", "/account/devices", "/account/password", "/sign-out"],
)
async def test_a_form_without_this_sessions_token_is_refused(running: Site, path: str) -> None:
    async with running.reader("ada") as reader:
        fields = {"name": "x", "label": "x", "item": "x"}
        assert (await reader.post(path, fields)).status == 403
        assert (await reader.post(path, {**fields, "csrf": "0" * 32})).status == 403
        token = await reader.token()
        foreign = await reader.post(path, {**fields, "csrf": token}, Origin="https://evil.example")
        assert foreign.status == 403
        fetched = await reader.post(path, {**fields, "csrf": token}, Sec_Fetch_Site="cross-site")
        assert fetched.status == 403


async def test_another_sites_sign_in_form_is_refused(running: Site) -> None:
    async with running.reader() as reader:
        answer = await reader.post(
            "/sign-in", {"username": "ada", "password": "x"}, Origin="https://evil.example"
        )
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers


async def test_one_persons_documents_are_nowhere_for_another(running: Site) -> None:
    await running.person("bob")
    async with running.reader("ada") as ada, running.reader("bob") as bob:
        assert (await ada.upload("/", "secret.txt", b"mine")).status == 201
        for prefix in ("/files", "/view", "/download", "/zip", "/details", "/version"):
            assert (await bob.get(f"{prefix}/secret.txt")).status == 404, prefix
        assert (await bob.send("/delete", {"item": "secret.txt"})).status == 404
        assert (await ada.get("/download/secret.txt")).body == b"mine"


@pytest.mark.parametrize(
    "name", ["page.html", "picture.svg", "page.xhtml", "feed.xml", "script.js", "module.mjs"]
)
async def test_documents_that_could_act_are_only_saved(running: Site, name: str) -> None:
    async with running.reader("ada") as reader:
        assert (await reader.upload("/", name, b"<svg onload='alert(1)'/>")).status == 201
        headers = (await reader.get(f"/view/{name}")).headers
        assert headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in headers["Content-Security-Policy"]
        assert "script" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_names_are_text_wherever_they_stand(running: Site) -> None:
    name = "<img src=x onerror=alert(1)>\"'&.txt"
    quoted = "%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E%22%27%26.txt"
    async with running.reader("ada") as reader:
        assert (await reader.upload("/", quoted, b"x")).status == 201
        for page in ("/files/", f"/files/{quoted}", "/search?q=img", f"/rename/?item={quoted}"):
            text = await reader.text(page)
            assert name not in text
            assert "<img src=x" not in text
        answer = await reader.get(f"/download/{quoted}")
        assert "\n" not in answer.headers["Content-Disposition"]
        assert f"filename*=UTF-8''{quoted}" in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["a%0D%0Ab", "%E2%80%AEgpj.exe", "..", "a%2Fb", "%FF", "a" * 256])
async def test_names_that_no_reader_can_take_are_refused(running: Site, name: str) -> None:
    async with running.reader("ada") as reader:
        assert (await reader.upload("/", name, b"x")).status == 400
        assert (await reader.get(f"/files/{name}")).status in (400, 404)


async def _slots(reader: Reader) -> str:
    return await reader.text("/account/devices")


async def test_an_app_password_is_shown_once_and_opens_webdav_until_revoked(running: Site) -> None:
    async with running.reader("ada") as reader:
        made = (await reader.send("/account/devices", {"label": "my <b>laptop"})).text
        token = made.partition('id="secret" translate="no">')[2].partition("<")[0]
        assert token not in await _slots(reader)
        assert "my &lt;b&gt;laptop" in await _slots(reader)
        vault = await running.institution.vaults.open_app_password("ada", token)
        slot = vault.slot_id.hex()
        assert (await reader.send("/account/sessions/end", {"slot": slot})).status == 404
        assert (await reader.send("/account/devices/revoke", {"slot": slot})).status == 303
        assert slot not in await _slots(reader)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/dav", 401), ("/dav/", 401), ("/dav?x", 401), ("/davenport", 404), ("/dav.html", 404)],
)
async def test_only_the_address_of_webdav_is_webdav(running: Site, path: str, status: int) -> None:
    async with running.reader() as reader:
        assert (await reader.get(path)).status == status


async def test_a_mistake_of_ours_has_a_page_and_tells_nothing(running: Site) -> None:
    async def mistaken(request: web.Request) -> web.StreamResponse:
        raise RuntimeError("a secret of ours")

    institution = running.institution
    pages = pages_of(
        institution.vaults, institution.persons, institution.entrance, institution.plugins,
        institution.certificates, lambda: institution.settings,
    )  # fmt: skip
    application = web.Application(middlewares=[not_found_pages(pages)])
    application.router.add_get("/mistaken", mistaken)
    async with TestServer(application) as server, ClientSession() as client:
        for accept, kind in (("text/html", "text/html"), ("*/*", "text/plain")):
            async with client.get(server.make_url("/mistaken"), headers={"Accept": accept}) as got:
                text = await got.text()
                assert (got.status, got.content_type) == (500, kind)
                assert "secret of ours" not in text
                assert ("<h1>" in text) == (accept == "text/html")
