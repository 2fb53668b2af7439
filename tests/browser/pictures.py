"""Pictures of every page: `python -m tests.browser.pictures FOLDER [--only PART]`.

Each page in French and English, light and dark, on a desktop and on a phone; to be looked at.
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
    "pdf": "/files/Attestations/Lycée d'essai/",
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
}
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
    await page.screenshot(path=folder / f"{name}.png", full_page=True)


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
            await context.close()
        await chromium.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.folder, arguments.only))
