"""The verification page as people use it: by keyboard, without scripts, on a phone, by dropping."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import ARGUMENTS
from tests.browser.verdicts import EXPECTED, verdicts
from tests.issuing.house import code, house
from tests.requirements import missing, need

RUN = "async () => (await axe.run()).violations.map((v) => v.id + ' ' + v.nodes[0].html)"


@dataclass(frozen=True)
class Place:
    """A server with a valid and a revoked certificate, and a browser."""

    url: str
    valid: bytes
    revoked: bytes
    chromium: Any

    async def page(self, **options: Any) -> Any:
        options = {"locale": "en-GB", "base_url": self.url, **options}
        context = await self.chromium.new_context(**options)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        return page


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    async with house(tmp_path / "data") as running, async_playwright() as playwright:
        pdfs = []
        for number in range(2):
            row = running.row("bac", number)
            holder = await running.holder("bac", row, f"person{number}")
            await running.deliver("bac", row)
            pdfs.append(await running.fetch_one(holder))
        await running.institution.certificates.revoke(await running.newest(), "fraud")
        chromium = await playwright.chromium.launch(
            executable_path=need("chromium"), args=ARGUMENTS
        )
        yield Place(running.url, pdfs[0], pdfs[1], chromium)
        await chromium.close()


async def test_a_code_is_checked_without_scripts(place: Place) -> None:
    page = await place.page(java_script_enabled=False)
    await page.goto("/verify")
    await page.fill("#code", code(place.valid).lower())
    await page.press("#code", "Enter")
    assert await page.inner_text("#verdict") == "Valid"
    assert page.url.endswith(code(place.valid))


async def test_a_file_is_checked_without_scripts(place: Place) -> None:
    page = await place.page(java_script_enabled=False)
    await page.goto("/verify")
    file = {"name": "c.pdf", "mimeType": "application/pdf", "buffer": place.revoked}
    await page.set_input_files("#file", file)
    await page.click(".drop button")
    assert await page.inner_text("#verdict") == "Revoked"


async def test_the_keyboard_is_enough(place: Place) -> None:
    page = await place.page()
    await page.goto("/verify")
    for _ in range(20):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "code":
            break
    await page.keyboard.type(code(place.valid))
    await page.keyboard.press("Enter")
    await page.wait_for_selector("#verdict")
    assert await page.inner_text("#verdict") == "Valid"


async def test_a_dropped_file_is_checked_at_once(place: Place) -> None:
    page = await place.page()
    await page.goto("/verify")
    await page.wait_for_selector(".with-script:visible")
    drop = """(data) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const dropped = new DataTransfer();
      dropped.items.add(new File([bytes], "c.pdf", { type: "application/pdf" }));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    }"""  # noqa: E501 -- a script
    await page.evaluate(drop, base64.b64encode(place.valid).decode())
    await page.wait_for_selector("#verdict")
    assert await page.inner_text("#verdict") == "Valid"


async def test_axe_finds_no_violation_in_any_verdict(tmp_path: Path, axe: str) -> None:
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    async with verdicts(tmp_path) as given, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=need("chromium"), args=ARGUMENTS
        )
        for scheme, width in product(("light", "dark"), (360, 1280)):
            context = await chromium.new_context(
                locale="en-GB", base_url=given.url, color_scheme=scheme, bypass_csp=True,
                viewport={"width": width, "height": 800},
            )  # fmt: skip
            page = await context.new_page()
            page.set_default_timeout(60_000)
            await page.goto("/verify")
            await page.add_script_tag(content=axe)
            assert await page.evaluate(RUN) == []
            for name, word in EXPECTED.items():
                await given.show(page, name)
                assert await page.inner_text("#verdict") == word, name
                await page.add_script_tag(content=axe)
                assert await page.evaluate(RUN) == [], (name, scheme, width)
                assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            await context.close()
        await chromium.close()
