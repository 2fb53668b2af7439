"""axe finds nothing in what opens above a page, or in it: dialogs, the tray, previews, marks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Opening
from tests.browser.furnished import filled, furnish
from tests.browser.pictures import fill_tray, open_dialog
from tests.browser.test_accessibility import RUN
from tests.web.site import PASSWORD, Site

DIALOGS = {"new folder": "a[data-dialog]", "rename": "F2", "move": "m"}
PREVIEWS = {
    "pdf": ("/files/CV.pdf", ".stage canvas[data-drawn]"),
    "picture": ("/files/Photos/Rade%20de%20Brest.png", ".stage img"),
    "sound": ("/files/Entretien.wav", ".stage audio"),
    "text": ("/files/Lettre%20de%20motivation.md", ".stage"),
}


@pytest.mark.parametrize(
    ("scheme", "width", "locale"), [("light", 1280, "fr-FR"), ("dark", 360, "en-GB")]
)
async def test_axe_finds_no_violation_in_what_is_open(
    running: Site, opening: Opening, axe: str, scheme: str, width: int, locale: str
) -> None:
    await furnish(running, "bob")
    await filled(running, ["Long/", *(f"Long/{number:03}.txt" for number in range(200))], "bob")
    found: dict[str, list[str]] = {}

    async def look(page: Any, what: str) -> None:
        await page.add_script_tag(content=axe)
        found[what] = await page.evaluate(RUN)

    async with opening(
        color_scheme=scheme, viewport={"width": width, "height": 800}, locale=locale,
        bypass_csp=True, refusals=True,
    ) as page:  # fmt: skip
        await page.goto("/sign-in")
        await page.fill("#username", "bob")
        await page.fill("#password", PASSWORD)
        await page.press("#password", "Enter")
        await page.wait_for_url("**/files/**")
        for name, by in DIALOGS.items():
            await open_dialog(page, by)
            await look(page, name)
        await open_dialog(page, "F2")
        await page.fill("#sheet #name", "Budget.csv")
        await page.press("#sheet #name", "Enter")
        await page.wait_for_selector("#sheet .wrong")
        await look(page, "a refused name")
        for name, (path, there) in PREVIEWS.items():
            await page.goto(path)
            await page.wait_for_selector(there)
            await look(page, name)
        await page.goto("/files/Long/")
        await page.wait_for_selector("[data-folder][data-ready]")
        await page.focus(".listing .name a")
        await page.keyboard.press("Control+a")
        await page.wait_for_selector(".selection:not(.idle)")
        if width > 1000:
            await page.click(".keys summary")
        await look(page, "a long folder, all of it picked")
        await fill_tray(page)
        await look(page, "the tray")
        await page.click("[data-tray=fold]")
        await look(page, "the tray, folded")
    assert {what: problems for what, problems in found.items() if problems} == {}
    assert len(found) == len(DIALOGS) + len(PREVIEWS) + 4
