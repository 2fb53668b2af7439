"""Links in a second, signed-out browser: shares, a PIN, revocation, a drop box, a proof; axe."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from tests.browser.conftest import Opening, deliver_diploma
from tests.browser.test_accessibility import RUN
from tests.browser.test_journeys import sign_in
from tests.web.site import PASSWORD, Site
from vault_core.vault import keyslots
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
        await _enter(visitor, str(await owner.text_content("#address")))
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


# -- axe ------------------------------------------------------------------------------------


class _Looking:
    """Runs axe on one page after another, and measures their width."""

    def __init__(self, axe: str) -> None:
        self._axe = axe
        self.found: dict[str, list[str]] = {}

    async def at(self, page: Any, name: str, path: str = "") -> None:
        if path:
            await page.goto(path)
        await page.add_script_tag(content=self._axe)
        self.found[name] = await page.evaluate(RUN)
        over = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if await page.evaluate(over) > 0:
            self.found[name].append("wider than the window")


async def _look_at_shares(looking: _Looking, owner: Any, visitor: Any) -> None:
    await looking.at(owner, "share: form", "/share/note.txt")
    address = await _link(owner, "/share/note.txt", pin="4711")
    await looking.at(owner, "share: owner")
    await visitor.goto(address)
    await visitor.wait_for_selector("#pin")
    await looking.at(visitor, "share: PIN")
    await _pin(visitor, "0000")
    await visitor.wait_for_selector("[role=alert]")
    await looking.at(visitor, "share: wrong PIN")
    await _pin(visitor, "4711")
    await visitor.wait_for_url("**/l/*/")
    await looking.at(visitor, "share: document")
    await owner.click("main button.grave")
    await owner.wait_for_url("**/links?done=*")
    await looking.at(owner, "links: revoked")
    await visitor.reload()
    await looking.at(visitor, "share: revoked")
    await looking.at(owner, "share: form of a folder", "/share/Attestations")
    await _enter(visitor, await _link(owner, "/share/Attestations"))
    await looking.at(visitor, "share: folder")


async def _look_at_boxes(looking: _Looking, owner: Any, visitor: Any) -> None:
    await looking.at(owner, "drop box: form", "/drop-box/")
    address = await _link(owner, "/drop-box/", label="Devoirs", most="1")
    await looking.at(owner, "drop box: owner")
    await _enter(visitor, address)
    await looking.at(visitor, "drop box: visitor")
    await visitor.set_input_files("#file", [NOTE])
    await visitor.click("main button.main")
    await visitor.wait_for_selector("main .hash")
    await looking.at(visitor, "drop box: received, full")


async def _look_at_proofs(looking: _Looking, owner: Any, visitor: Any) -> None:
    path = await _prove(owner)
    await looking.at(owner, "proof: form", path)
    address = await _link(owner, path)
    await looking.at(owner, "proof: owner")
    await _enter(visitor, address)
    await looking.at(visitor, "proof: visitor")


@pytest.mark.parametrize(("scheme", "locale"), [("light", "fr-FR"), ("dark", "en-GB")])
async def test_axe_finds_no_violation_on_the_pages_of_links(
    running: Site, opening: Opening, axe: str, scheme: str, locale: str
) -> None:
    await _graduate(running)
    looking = _Looking(axe)
    options = {
        "color_scheme": scheme, "viewport": PHONE, "locale": locale, "bypass_csp": True,
        "refusals": True,
    }  # fmt: skip
    async with opening(**options) as owner, opening(**options) as visitor:
        await sign_in(owner, "pupil")
        await _upload(owner)
        await looking.at(owner, "links: none", "/links")
        for look in (_look_at_shares, _look_at_boxes, _look_at_proofs):
            await look(looking, owner, visitor)
        await looking.at(owner, "links", "/links")
        await looking.at(visitor, "open", "/open")
        await visitor.fill("#link", "nothing")
        await visitor.click("main button.main")
        await visitor.wait_for_selector("[role=alert]")
        await looking.at(visitor, "open: no such link")
    assert {name: problems for name, problems in looking.found.items() if problems} == {}
