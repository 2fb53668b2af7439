"""Pictures of every page: `python -m tests.browser.pictures FOLDER [--only PART,…] [--but NAME]`.

Each scene of tests/browser/scenes.py in French and English, light and dark, on a desktop, a phone
and the narrowest one; to be looked at. Names those pages that are wider than the window, and what
the browser's console complains of. `--sheets` puts the pictures of a combination side by side;
`--only verdict-` makes only those of the verification page's verdicts, and of the offline
verifier's; `--but console` none whose name begins so.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from itertools import product
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from playwright.async_api import Error, async_playwright

from tests.browser.conftest import ARGUMENTS
from tests.browser.scenes import CAST, WIDER, WINDOW, Scene, sign_in
from tests.browser.stage import Stage, staged
from tests.browser.verdicts import Verdicts, verdicts
from tests.requirements import need

SIZES = {"desktop": (1280, 860), "phone": (390, 844), "narrow": (320, 640)}
SCHEMES = ("light", "dark")
LOCALES = ("fr-FR", "en-GB")
TILE = 400
"""Pixels of a picture's width on a sheet."""


async def take(page: Any, name: str, suffix: str, scene: Scene, stage: Stage, to: Path) -> None:
    """One picture of the whole page, once it has settled."""
    try:
        await scene(page, stage)
        await page.wait_for_load_state("networkidle")
        if name not in WINDOW:
            await page.evaluate("scrollTo(0, 0)")
        if (over := await page.evaluate(WIDER)) > 0:
            print(f"{name}-{suffix}: {over} pixels wider than the window", flush=True)
    except (Error, AssertionError) as error:
        print(f"{name}-{suffix}: {str(error).splitlines()[0]}", flush=True)
    await page.screenshot(path=to / f"{name}-{suffix}.png", full_page=name not in WINDOW)


async def pictured(chromium: Any, stage: Stage, options: dict[str, Any], suffix: str, to: Path,
                   only: str, but: str) -> None:  # fmt: skip
    """All scenes of one combination whose name has one of the parts in `only`, and not `but`."""
    parts = only.split(",")
    for who, scenes in CAST.items():
        wanted = {
            name: scene for name, scene in scenes.items()
            if any(part in f"{name}-{suffix}" for part in parts)
            and not (but and name.startswith(but))
        }  # fmt: skip
        if not wanted:
            continue
        context = await chromium.new_context(base_url=stage.running.url, **options)
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda said: print(f"{suffix}: {said.text} {said.location['url']}")
                if said.type == "error" else None)  # fmt: skip
        if who:
            await sign_in(page, who)
        for name, scene in wanted.items():
            await take(page, name, suffix, scene, stage, to)
        await context.close()


STYLE = """body { margin: 8px; display: grid; gap: 8px; background: #888; font: 14px sans-serif }
figure { margin: 0; max-height: 900px; overflow: hidden } img { width: 100% }"""


async def sheets(chromium: Any, folder: Path) -> None:
    """The pictures of each combination side by side, in files that begin with `sheet-`."""
    for size, scheme, locale in product(SIZES, SCHEMES, LOCALES):
        suffix = f"{size}-{scheme}-{locale[:2]}"
        found = sorted(one for one in folder.glob(f"*-{suffix}.png") if one.name[:6] != "sheet-")
        across = 4 if size == "desktop" else 6
        for number in range(0, len(found), across * 2):
            part = found[number : number + across * 2]
            to = folder / f"sheet-{suffix}-{number // (across * 2) + 1}.png"
            await side_by_side(chromium, part, across, to)


async def side_by_side(chromium: Any, pictures: list[Path], across: int, to: Path) -> None:
    """One sheet."""
    tiles = "".join(
        f'<figure><figcaption>{one.stem}</figcaption><img src="{one.absolute().as_uri()}"></figure>'
        for one in pictures
    )
    columns = f"body {{ grid-template-columns: repeat({across}, 1fr) }}"
    draft = to.with_suffix(".html")
    draft.write_text(f"<!doctype html><style>{STYLE} {columns}</style>{tiles}")
    page = await chromium.new_page(viewport={"width": TILE * across, "height": 800})
    await page.goto(draft.absolute().as_uri())
    await page.screenshot(path=to, full_page=True)
    await page.close()
    draft.unlink()


async def main(folder: Path, only: str, but: str, with_sheets: bool) -> None:
    """All of them."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        async with staged(Path(data) / "data") as stage, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=need("chromium"), args=ARGUMENTS
            )
            for (size, (width, height)), scheme, locale in product(SIZES.items(), SCHEMES, LOCALES):
                options = {
                    "locale": locale, "color_scheme": scheme,
                    "viewport": {"width": width, "height": height},
                }  # fmt: skip
                suffix = f"{size}-{scheme}-{locale[:2]}"
                await pictured(chromium, stage, options, suffix, folder, only, but)
            if with_sheets:
                await sheets(chromium, folder)
            await chromium.close()


async def all_verdicts(folder: Path, only: str, with_sheets: bool) -> None:
    """The verification page with every verdict, whose name begins with `verdict-`."""
    with tempfile.TemporaryDirectory() as data:
        async with verdicts(Path(data)) as given, async_playwright() as playwright:
            chromium = await playwright.chromium.launch(
                executable_path=need("chromium"), args=ARGUMENTS
            )
            for (size, (width, height)), scheme, locale in product(SIZES.items(), SCHEMES, LOCALES):
                context = await chromium.new_context(
                    base_url=given.url, locale=locale, color_scheme=scheme,
                    viewport={"width": width, "height": height},
                )  # fmt: skip
                page = await context.new_page()
                page.set_default_timeout(60_000)
                for name in given.checked:
                    picture = f"verdict-{name}-{size}-{scheme}-{locale[:2]}"
                    if only in picture:
                        await given.show(page, name)
                        await page.screenshot(path=folder / f"{picture}.png", full_page=True)
                await context.close()
            await offline_verdicts(chromium, given, folder, only)
            await waiting(chromium, given, folder, only)
            if with_sheets:
                await sheets(chromium, folder)
            await chromium.close()


async def offline_verdicts(chromium: Any, given: Verdicts, folder: Path, only: str) -> None:
    """The same files in the verifier that was taken away, whose names begin with `verdict-off-`."""
    async with ClientSession() as client, client.get(f"{given.url}/trust/verifier.html") as answer:
        (folder / "verifier.html").write_bytes(await answer.read())
    files = {name: data for name, data in given.checked.items() if isinstance(data, bytes)}
    for size, scheme, locale in product(SIZES, SCHEMES, LOCALES):
        width, height = SIZES[size]
        context = await chromium.new_context(
            offline=True, locale=locale, color_scheme=scheme,
            viewport={"width": width, "height": height},
        )  # fmt: skip
        page = await context.new_page()
        await page.goto((folder / "verifier.html").absolute().as_uri())
        await page.wait_for_selector("html[data-ready]")
        for name, data in files.items():
            picture = f"verdict-off-{name}-{size}-{scheme}-{locale[:2]}"
            if only in picture:
                await page.evaluate("document.querySelector('#result').replaceChildren()")
                await page.set_input_files(
                    "#file", {"name": "c", "mimeType": "application/octet-stream", "buffer": data}
                )
                await page.wait_for_selector(".verdict")
                await page.screenshot(path=folder / f"{picture}.png", full_page=True)
        await context.close()


async def waiting(chromium: Any, given: Verdicts, folder: Path, only: str) -> None:
    """Last, for nothing is answered then: somebody who guessed codes has to wait."""
    for size, scheme, locale in product(SIZES, SCHEMES, LOCALES):
        width, height = SIZES[size]
        context = await chromium.new_context(
            base_url=given.url, locale=locale, color_scheme=scheme,
            viewport={"width": width, "height": height},
        )  # fmt: skip
        picture = f"verdict-throttled-{size}-{scheme}-{locale[:2]}"
        if only in picture:
            page = await context.new_page()
            await given.throttle(page)
            await page.screenshot(path=folder / f"{picture}.png", full_page=True)
        await context.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--but", default="")
    parser.add_argument("--sheets", action="store_true")
    arguments = parser.parse_args()
    if not arguments.only or "verdict-" in arguments.only:
        asyncio.run(all_verdicts(arguments.folder, arguments.only, arguments.sheets))
    if not arguments.only.startswith("verdict-"):
        asyncio.run(main(arguments.folder, arguments.only, arguments.but, arguments.sheets))
