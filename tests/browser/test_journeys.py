"""What people do, in a browser."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.conftest import Opening, deliver_diploma
from tests.web.site import PASSWORD, Site


async def sign_in(page: Any, username: str = "ada") -> None:
    await page.goto("/sign-in")
    await page.fill("#username", username)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/files/**")


async def enter(page: Any) -> None:
    """Sign in, and wait until the folder's scripts are there."""
    await sign_in(page)
    await ready(page)


async def ready(page: Any) -> None:
    await page.wait_for_selector("[data-folder][data-ready]")


async def test_from_activation_to_the_first_certificate(running: Site, opening: Opening) -> None:
    code = await deliver_diploma(running, "bob")
    async with opening() as page:
        await page.goto("/")
        await page.click("text=Première visite")
        await page.fill("#username", "bob")
        await page.fill("#code", code.upper().replace("-", " "))
        await page.fill("#password", PASSWORD)
        await page.check("[data-reveal]")
        assert await page.get_attribute("#password", "type") == "text"
        await page.fill("#again", PASSWORD)
        await page.uncheck("[data-reveal]")
        assert await page.get_attribute("#again", "type") == "password"
        await page.check("[data-reveal]")
        await page.evaluate(
            "document.querySelector('#password').form.addEventListener('submit', (event) => {"
            " sessionStorage.sent = event.target.elements.password.type; })"
        )
        await page.click("button.main")
        await page.wait_for_url("**done=activated**")
        assert await page.evaluate("sessionStorage.sent") == "password"
        recovery = await page.text_content("#secret")
        await page.fill("#last", recovery[-4:])
        await page.click("button.main")
        await page.wait_for_url("**/files/?done=recovery")
        await page.click("nav >> text=Attestations")
        await page.click(".certificate h2 a")
        await page.wait_for_selector("canvas[data-drawn]")
        dark = await page.evaluate(
            "() => { const c = document.querySelector('canvas[data-drawn]');"
            " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
            " return d.filter((v, i) => i % 4 === 0 && v < 128).length; }"
        )
        assert dark > 500  # ink: the page was drawn, not left white
        assert "délivré par" in await page.text_content("main")


async def test_search_as_you_type(opening: Opening) -> None:
    async with opening(locale="en-GB") as page:
        await sign_in(page)
        await page.set_input_files(
            "#file", [{"name": "Été.txt", "mimeType": "text/plain", "buffer": b"x"}]
        )
        await page.wait_for_url("**done=uploaded**")
        await page.goto("/certificates")
        await page.locator("input[type=search]").press_sequentially("ete")
        await page.wait_for_selector("#found >> text=Été.txt")
        assert "1 result for “ete”" in await page.text_content("#found")
        await page.wait_for_url("**/search?q=ete")
        await page.fill("input[type=search]", "text 2026")
        await page.wait_for_selector("#found >> text=1 result for “text 2026”")
        await page.go_back()
        await page.wait_for_url("**/certificates")


async def test_reading_without_scripts(opening: Opening) -> None:
    async with opening() as page:
        await sign_in(page)
        await page.set_input_files(
            "#file", [{"name": "a.txt", "mimeType": "text/plain", "buffer": b"bonjour"}]
        )
        await page.wait_for_url("**done=uploaded**")
    async with opening(java_script_enabled=False) as page:
        await sign_in(page)
        await page.click(".name a >> text=a.txt")
        assert "bonjour" in await page.text_content(".stage")
        async with page.expect_download() as download:
            await page.click("main >> text=Télécharger")
        assert (await download.value).suggested_filename == "a.txt"
        await page.goto("/files/")
        await page.set_input_files(
            "#file", [{"name": "b.txt", "mimeType": "text/plain", "buffer": b"sans script"}]
        )
        await page.click("[data-send]")
        await page.wait_for_selector(".name a >> text=b.txt")


async def test_nothing_is_wider_than_a_phone(opening: Opening) -> None:
    async with opening(viewport={"width": 320, "height": 640}) as page:
        await sign_in(page)
        for path in ("/files/", "/certificates", "/account", "/account/devices", "/trash",
                     "/account/journal", "/account/recovery"):  # fmt: skip
            await page.goto(path)
            over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert await page.evaluate(over) <= 0, path


async def test_the_language_is_chosen(opening: Opening) -> None:
    async with opening(locale="fr-FR") as page:
        await page.goto("/sign-in")
        assert re.search("Se connecter", await page.title())
        await page.click("text=English")
        assert re.search("Sign in", await page.title())
