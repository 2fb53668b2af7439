"""What cannot be undone asks first: in an accessible dialog, and on a page without scripts."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import Opening
from tests.browser.faults import RUN
from tests.browser.furnished import filled
from tests.browser.scenes import fill_tray
from tests.browser.test_journeys import sign_in
from tests.web.site import Site

QUESTION = "Détruire pour toujours ?"


async def _thrown_away(running: Site, *names: str) -> None:
    vault = await filled(running, list(names))
    for name in names:
        await vault.delete((name,))


async def _left(running: Site) -> list[str]:
    vault = await filled(running, [])
    return sorted(node.name for node in await vault.trash())


async def _faults(page: Any, axe: str) -> list[str]:
    await page.add_script_tag(content=axe)
    return [str(one) for one in await page.evaluate(RUN)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_trash_asks_in_a_dialog(
    running: Site, opening: Opening, axe: str, scheme: str
) -> None:
    await _thrown_away(running, "a.txt", "b.txt")
    async with opening(bypass_csp=True, color_scheme=scheme) as page:
        await sign_in(page)
        await page.goto("/trash")
        destroy = page.locator('button[aria-label*="a.txt"].grave')
        for keep in ("button[value='']", "Escape"):
            await destroy.click()
            await page.wait_for_selector(f"#sure[open] h2 >> text={QUESTION}")
            focused = "document.activeElement.value === ''"
            assert await page.evaluate(focused), "the button that destroys nothing has the focus"
            assert await _faults(page, axe) == []
            if keep == "Escape":
                await page.keyboard.press(keep)
            else:
                await page.click(f"#sure {keep}")
            await page.wait_for_selector("#sure", state="hidden")
            assert await destroy.evaluate("button => button === document.activeElement")
        assert await _left(running) == ["a.txt", "b.txt"]
        await destroy.press("Enter")
        await page.wait_for_selector("#sure[open]")
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/trash?done=purged")
    assert await _left(running) == ["b.txt"]


async def test_without_scripts_a_page_asks(running: Site, opening: Opening) -> None:
    await _thrown_away(running, "a.txt")
    async with opening(java_script_enabled=False) as page:
        await sign_in(page)
        await page.goto("/trash")
        await page.click('button[aria-label*="a.txt"].grave')
        await page.wait_for_selector(f"main h1 >> text={QUESTION}")
        await page.click("main a.button")
        await page.wait_for_url("**/trash")
        assert await _left(running) == ["a.txt"]
        await page.click("main .row.between button.grave")
        await page.click("main button.grave")
        await page.wait_for_url("**/trash?done=purged")
    assert await _left(running) == []


async def test_closing_the_tray_asks_while_uploads_are_under_way(
    opening: Opening, axe: str
) -> None:
    async with opening(bypass_csp=True) as page:
        await sign_in(page)
        await fill_tray(page)
        await page.click("[data-tray=close]")
        await page.wait_for_selector("#sure[open] >> text=Des envois sont en cours")
        assert await _faults(page, axe) == []
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#sure", state="hidden")
        assert await page.locator("#tray-list li[data-state=sending]").count() > 0
        await page.click("[data-tray=close]")
        await page.click("#sure[open] button[value=yes]")
        await page.wait_for_selector("#tray", state="hidden")
        assert await page.locator("#tray-list li[data-state=sending]").count() == 0
