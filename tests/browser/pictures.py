"""Pictures of every page: `python -m tests.browser.pictures FOLDER [--only PART]`.

Each page in French and English, light and dark, on a desktop and on a phone; to be looked at.
`--only verdict-` makes only those of the verification page's verdicts.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path
from typing import Any

from playwright.async_api import async_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.furnished import furnish
from tests.browser.verdicts import verdicts
from tests.requirements import need
from tests.web.site import PASSWORD, Site, site

PUBLIC = {
    "landing": "/",
    "sign-in": "/sign-in",
    "activate": "/activate",
    "recover": "/recover",
    "verify": "/verify",
    "not-found": "/nowhere",
}
OWN = {
    "documents": "/files/",
    "documents-grid": "/files/?view=grid",
    "folder": "/files/Scolarité/",
    "empty": "/files/Scolarité/Vide/",
    "picture": "/files/Photos/Rade de Brest.png",
    "text": "/files/Lettre de motivation.md",
    "pdf": "/files/CV.pdf",
    "details": "/details/Scolarité",
    "rename": "/rename/?item=CV.pdf",
    "move": "/move/?item=CV.pdf",
    "certificates": "/certificates",
    "trash": "/trash",
    "search": "/search?q=lettre",
    "account": "/account",
    "devices": "/account/devices",
    "journal": "/account/journal",
    "password": "/account/password",
    "recovery": "/account/recovery",
    "export": "/account/export",
    "closing": "/account/closing",
    "tokens": "/account/devices/tokens",
    "safety": "/account/security",
    "links": "/links",
    "share": "/share/Photos",
    "drop-box": "/drop-box/Scolarité",
    "new-folder": "/new-folder/",
    "copy": "/copy/?item=CV.pdf",
    "sound": "/files/Entretien.wav",
    "docs": "/api/docs",
}
DIALOGS = {"dialog-new-folder": "a[data-dialog]", "dialog-rename": "F2", "dialog-move": "m"}
SIZES = {"desktop": (1280, 860), "phone": (390, 844)}


async def sign_in(page: Any, username: str = "ada") -> None:
    """Through the form."""
    await page.goto("/sign-in")
    await page.fill("#username", username)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/files/**")


async def take(page: Any, name: str, address: str, folder: Path) -> None:
    """One picture of the whole page, once it has settled."""
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=folder / f"{name}.png", full_page="docs" not in name)


async def open_dialog(page: Any, by: str) -> None:
    """A dialog above the documents, by what is clicked or the key that is pressed on a row."""
    await page.goto("/files/")
    await page.wait_for_selector("[data-folder][data-ready]")
    if len(by) > 2:
        await page.click(by)
    else:
        await page.focus('.listing .name a:has-text("CV.pdf")')
        await page.keyboard.press(by)
    await page.wait_for_selector("#sheet[open] h1")


async def fill_tray(page: Any) -> None:
    """Uploads that are done, on their way, paused, and refused."""
    await page.goto("/files/")
    await page.wait_for_selector("[data-folder][data-ready]")
    await page.route("**/upload/**", lambda route: None)  # never answered: on their way
    files = [
        {"name": f"Photo {number}.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 300_000}
        for number in range(4)
    ]
    await page.set_input_files("#file", files)
    await page.wait_for_selector("#tray-list li >> nth=3")
    await page.click("#tray-list li >> nth=1 >> [data-one=pause]")
    await page.click("#tray-list li >> nth=2 >> [data-one=cancel]")


@asynccontextmanager
async def furnished_site() -> AsyncIterator[Site]:
    """A site with ada, whose vault has something of everything."""
    with tempfile.TemporaryDirectory() as data:
        async with site(Path(data) / "data") as running:
            await furnish(running)
            yield running


async def main(folder: Path, only: str) -> None:
    """All of them whose name has `only` in it."""
    folder.mkdir(parents=True, exist_ok=True)
    async with furnished_site() as running, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=need("chromium"), args=ARGUMENTS
        )
        for (size, (width, height)), scheme, locale in product(
            SIZES.items(), ("light", "dark"), ("fr-FR", "en-GB")
        ):
            suffix = f"{size}-{scheme}-{locale[:2]}"
            context = await chromium.new_context(
                base_url=running.url, locale=locale, color_scheme=scheme,
                viewport={"width": width, "height": height},
            )  # fmt: skip
            page = await context.new_page()
            for name, address in PUBLIC.items():
                if only in f"{name}-{suffix}":
                    await take(page, f"{name}-{suffix}", address, folder)
            if any(only in f"{name}-{suffix}" for name in OWN):
                await sign_in(page)
            for name, address in OWN.items():
                if only in f"{name}-{suffix}":
                    await take(page, f"{name}-{suffix}", address, folder)
            for name, by in DIALOGS.items():
                if only in f"{name}-{suffix}":
                    await open_dialog(page, by)
                    await page.screenshot(path=folder / f"{name}-{suffix}.png")
            if only in f"tray-{suffix}":
                await fill_tray(page)
                await page.screenshot(path=folder / f"tray-{suffix}.png")
            await context.close()
        await chromium.close()


async def all_verdicts(folder: Path, only: str) -> None:
    """The verification page with every verdict, whose name begins with `verdict-`."""
    with tempfile.TemporaryDirectory() as data:
        async with verdicts(Path(data)) as given, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=need("chromium"), args=ARGUMENTS
            )
            for (size, (width, height)), scheme, locale in product(
                SIZES.items(), ("light", "dark"), ("fr-FR", "en-GB")
            ):
                context = await chromium.new_context(
                    base_url=given.url, locale=locale, color_scheme=scheme,
                    viewport={"width": width, "height": height},
                )  # fmt: skip
                page = await context.new_page()
                for name in given.checked:
                    picture = f"verdict-{name}-{size}-{scheme}-{locale[:2]}"
                    if only in picture:
                        await given.show(page, name)
                        await page.screenshot(path=folder / f"{picture}.png", full_page=True)
                await context.close()
            await chromium.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    if not arguments.only.startswith("verdict-"):
        asyncio.run(main(arguments.folder, arguments.only))
    asyncio.run(all_verdicts(arguments.folder, arguments.only))
