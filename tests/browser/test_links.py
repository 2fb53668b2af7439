"""Links in a second, signed-out browser: a share without scripts, a drop box on a phone."""

from __future__ import annotations

from typing import Any

from tests.browser.conftest import Opening
from tests.browser.test_journeys import sign_in

NOTE = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"bonjour"}
PHONE = {"width": 320, "height": 640}


async def _upload(page: Any) -> None:
    await page.set_input_files("#file", [NOTE])
    await page.locator(".listing .name a >> text=note.txt").wait_for()


async def _link(page: Any, path: str, **fields: str) -> str:
    """Make a link by its form; its address."""
    await page.goto(path)
    for name, value in fields.items():
        await page.fill(f"#{name}", value)
    await page.click("main form button.main")
    await page.wait_for_url("**/links/*?done=linked")
    return str(await page.text_content("#address")).strip()


async def test_without_scripts_the_link_is_pasted(opening: Opening) -> None:
    async with opening() as owner:
        await sign_in(owner)
        await _upload(owner)
        address = await _link(owner, "/share/note.txt")
    async with opening(java_script_enabled=False) as visitor:
        await visitor.goto(address)
        await visitor.fill("#link", address)
        await visitor.click("main button.main")
        await visitor.wait_for_url("**/l/*/")
        async with visitor.expect_download() as download:
            await visitor.click("main >> text=Télécharger")
        assert (await download.value).suggested_filename == "note.txt"


async def test_a_drop_box_without_an_account(opening: Opening) -> None:
    async with opening() as owner:
        await sign_in(owner)
        address = await _link(owner, "/drop-box/", label="Devoirs")
        async with opening(viewport=PHONE) as visitor:
            await visitor.goto(address)
            await visitor.wait_for_url("**/l/*/")
            await visitor.fill("#sender", "Grace")
            await visitor.set_input_files("#file", [NOTE])
            await visitor.click("main button.main")
            await visitor.wait_for_selector("text=Bien reçu")
        await owner.goto("/files/note.txt")
        assert "Grace" in await owner.text_content("main")
