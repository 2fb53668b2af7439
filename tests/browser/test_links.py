"""Links in a second, signed-out browser: shares, a PIN, revocation, a drop box, a proof."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from tests.browser.conftest import Opening, deliver_diploma
from tests.browser.test_journeys import sign_in
from tests.web.site import PASSWORD, Site
from vault_core.vault.keys import keyslots
from vault_core.vault.links.link import Terms
from vault_core.vault.links.sharing import share

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


async def _enter(page: Any, address: str) -> None:
    """Follow a link that asks for no PIN."""
    await page.goto(address)
    await page.wait_for_url("**/l/*/")


async def _pin(page: Any, pin: str) -> None:
    await page.fill("#pin", pin)
    await page.click("main button.main")


async def _graduate(running: Site) -> None:
    """`pupil`, who has a password and a diploma."""
    code = await deliver_diploma(running, "pupil")
    vault = await running.institution.vaults.open_by_code("activation", "pupil", code)
    await keyslots.set_password(vault, PASSWORD)


async def _prove(page: Any) -> str:
    """The path of the form that proves the newest certificate."""
    await page.goto("/certificates")
    place = await page.get_attribute('main a[href^="/files/Attestations"]', "href")
    return str(place).replace("/files", "/prove", 1)


async def test_a_share_with_a_pin_is_opened_then_revoked(opening: Opening) -> None:
    async with opening() as owner, opening(refusals=True, locale="en-GB") as visitor:
        await sign_in(owner)
        await _upload(owner)
        address = await _link(owner, "/share/note.txt", pin="4711")
        await visitor.goto(address)
        await visitor.wait_for_selector("#pin")
        assert "#" not in visitor.url
        await _pin(visitor, "0000")
        problem = await visitor.text_content("[role=alert]")
        assert "That is not this link’s PIN" in problem
        await _pin(visitor, "4711")
        await visitor.wait_for_url("**/l/*/")
        assert "Shared with you" in await visitor.text_content("main")
        async with visitor.expect_download() as download:
            await visitor.click("main >> text=Download")
        path = await (await download.value).path()
        assert path.read_bytes() == b"bonjour"
        await owner.reload()
        told = str(await owner.text_content("main")).replace("\u00a0", " ")
        assert "Téléchargé par un lien : note.txt" in told
        assert "Code PIN faux pour un lien : note.txt" in told
        await owner.click("main >> text=Révoquer")
        await owner.wait_for_url("**/links?done=link-revoked")
        await visitor.reload()
        assert "This visit is over" in await visitor.text_content("main")
        await visitor.goto(address)
        await visitor.wait_for_selector("text=Whoever made this link closed it.")


async def test_an_expired_link_is_told_to_both(running: Site, opening: Opening) -> None:
    async with opening() as owner, opening(refusals=True) as visitor:
        await sign_in(owner)
        await _upload(owner)
        vault = await running.institution.vaults.open_password("ada", PASSWORD)
        await vault.refresh()
        ends = vault.actor().at + 500
        link = await share(vault, ("note.txt",), Terms(expires_at=ends))
        while time.time() * 1000 <= ends:
            await asyncio.sleep(0.1)
        await visitor.goto(f"/open#{link.code}")
        await visitor.wait_for_selector("text=Ce lien a expiré.")
        await owner.goto(f"/links/{link.id.hex()}")
        assert "Expiré" in await owner.text_content("main")
        assert await owner.locator("#address").count() == 0


async def test_a_proof_shows_what_was_chosen(running: Site, opening: Opening) -> None:
    await _graduate(running)
    async with opening() as owner, opening() as visitor:
        await owner.add_init_script("navigator.share = async ({ url }) => { window.handed = url; }")
        await sign_in(owner, "pupil")
        await owner.goto(await _prove(owner))
        for name, chosen in (("given_names", False), ("family_name", True), ("birth_date", False)):
            await owner.set_checked(f"[name=show][value={name}]", chosen)
        values = {
            name: await owner.text_content(f"li:has([value={name}]) bdi")
            for name in ("given_names", "family_name", "birth_date")
        }
        await owner.click("main form button.main")
        await owner.wait_for_url("**/links/*?done=linked")
        assert "Baccalauréat" in await owner.text_content("h1")  # named, though nobody typed it
        address = str(await owner.text_content("#address")).strip()
        await owner.click("[data-share]")  # as telephones do; this browser has no such list
        assert await owner.evaluate("window.handed") == address
        await _enter(visitor, address)
        shown = await visitor.text_content(".verdict.good")
        assert "Valable" in shown
        assert [name for name, value in values.items() if value in shown] == ["family_name"]
        async with visitor.expect_download() as download:
            await visitor.click("text=SD-JWT")
        assert (await download.value).suggested_filename == "proof.sd-jwt"


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
