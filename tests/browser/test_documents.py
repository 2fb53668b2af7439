"""The documents' pages as a drive: keyboard, mouse, layouts, undo, long folders."""

from __future__ import annotations

import zipfile
from typing import Any

from tests.browser.conftest import Opening
from tests.browser.furnished import filled
from tests.browser.test_journeys import enter, ready
from tests.web.site import Site

NAMES = ".listing .name a"


async def names(page: Any) -> list[str]:
    return [text.strip() for text in await page.locator(NAMES).all_text_contents()]


async def picked(page: Any) -> list[str]:
    found = "[...document.querySelectorAll('input[name=item]:checked')].map((box) => box.value)"
    return list(await page.evaluate(found))


async def focused(page: Any, name: str) -> None:
    """Wait until the row of that name has the focus."""
    await page.wait_for_selector(f'{NAMES}:focus:has-text("{name}")')
    await ready(page)


async def test_rename_move_and_delete_by_keyboard_alone(running: Site, opening: Opening) -> None:
    await filled(running, ["Archives/", "Bulletin.txt", "Contrat.txt", "Devis.txt"])
    async with opening(refusals=True) as page:
        await enter(page)
        press = page.keyboard.press
        await press("ArrowDown")
        await focused(page, "Archives")
        await press("ArrowDown")
        await press("F2")
        await page.wait_for_selector("#sheet[open] #name")
        await page.keyboard.type("Contrat")  # taken, up to its ending: the dialog says so
        await press("Enter")
        await page.wait_for_selector("#sheet .wrong")
        assert "déjà" in await page.text_content("#sheet .wrong")
        await press("Control+a")
        await page.keyboard.type("Relevé.txt")
        await press("Enter")
        await page.wait_for_url("**done=renamed**")
        await focused(page, "Relevé.txt")

        await press("Control+z")  # and the name is back
        await focused(page, "Bulletin.txt")
        await press("Shift+ArrowDown")
        assert await picked(page) == ["Bulletin.txt", "Contrat.txt"]
        await press("m")
        await page.wait_for_selector("#sheet[open]")
        await page.focus("#sheet .choose button")
        await press("Enter")
        await page.wait_for_selector("#sheet button.main:not([disabled])")
        await page.focus("#sheet button.main")
        await press("Enter")
        await page.wait_for_url("**/files/Archives/**done=moved**")
        await focused(page, "Bulletin.txt")
        assert await names(page) == ["Bulletin.txt", "Contrat.txt"]
        await press("Control+z")
        await page.wait_for_url("**/files/?done=moved**")
        await focused(page, "Bulletin.txt")
        assert await names(page) == ["Archives", "Bulletin.txt", "Contrat.txt", "Devis.txt"]

        await page.focus(f'{NAMES}:has-text("Devis.txt")')
        await press("Delete")
        await page.wait_for_url("**done=deleted**")
        await page.wait_for_selector(f"{NAMES} >> text=Devis.txt", state="detached")
        await press("Control+z")
        await page.wait_for_url("**done=restored**")
        await focused(page, "Devis.txt")


async def test_undo_is_in_sight_far_down_a_long_folder(running: Site, opening: Opening) -> None:
    await filled(running, [f"{number:02}.txt" for number in range(40)])
    for sizes in ({"width": 1280, "height": 700}, {"width": 375, "height": 700}):
        async with opening(viewport=sizes) as page:
            await enter(page)
            last = (await names(page))[-1]
            await page.focus(f'{NAMES}:has-text("{last}")')
            await page.keyboard.press("Delete")
            await page.wait_for_url("**done=deleted**")
            undo = await page.wait_for_selector("[data-undo]")
            assert await page.evaluate("scrollY") > 500
            assert await undo.evaluate(
                """(button) => {
                    const box = button.getBoundingClientRect();
                    const x = box.x + box.width / 2, y = box.y + box.height / 2;
                    return document.elementFromPoint(x, y) === button;
                }"""
            )


async def test_picking_as_in_a_file_manager(running: Site, opening: Opening) -> None:
    await filled(running, [f"{letter}.txt" for letter in "abcdef"])
    async with opening(locale="en-GB") as page:
        await enter(page)
        rows = page.locator("tr[data-kind] .kind")
        await rows.nth(1).click()
        assert await picked(page) == ["b.txt"]
        await rows.nth(3).click(modifiers=["Shift"])
        assert await picked(page) == ["b.txt", "c.txt", "d.txt"]
        await rows.nth(2).click(modifiers=["Control"])
        assert await picked(page) == ["b.txt", "d.txt"]
        assert await page.text_content(".how-many") == "2 picked"
        await page.keyboard.press("Control+a")
        assert len(await picked(page)) == 6
        await page.keyboard.press("Escape")
        assert await picked(page) == []
        await page.click("[data-pick-all] input")
        assert len(await picked(page)) == 6
        async with page.expect_download() as download:
            await page.click(".selection >> text=Download")
        assert (await download.value).suggested_filename == "My documents.zip"


async def test_a_row_is_dragged_into_a_folder_and_back_up(running: Site, opening: Opening) -> None:
    await filled(running, ["Inside/", "a.txt", "b.txt"])
    async with opening() as page:
        await enter(page)
        await page.locator("tr[data-kind]", has_text="a.txt").drag_to(
            page.locator("tr[data-place]", has_text="Inside")
        )
        await page.wait_for_url("**/files/Inside/**done=moved**")
        assert await names(page) == ["a.txt"]
        await page.locator("tr[data-kind]", has_text="a.txt").drag_to(
            page.locator(".crumbs a[data-place]")
        )
        await page.wait_for_url("**/files/?done=moved**")
        assert await names(page) == ["Inside", "a.txt", "b.txt"]


async def test_the_layout_is_remembered(running: Site, opening: Opening) -> None:
    await filled(running, ["a.txt", "b.txt", "c.txt", "d.txt"])
    async with opening() as page:
        await enter(page)
        await page.click(".switch a[href*=grid]")
        await page.wait_for_selector(".listing.grid")
        await page.goto("/files/")
        await page.wait_for_selector(".listing.grid")
        tops = "[...document.querySelectorAll('tr[data-kind]')].map((row) => row.offsetTop)"
        assert len(set(await page.evaluate(tops))) == 1
        await page.focus(NAMES)
        await page.keyboard.press("ArrowRight")
        await focused(page, "b.txt")


async def shown(page: Any) -> list[str]:
    """The names of the rows in sight, once none is missing there."""
    there = """() => {
      const inSight = (element) => {
        const { top, bottom } = element.getBoundingClientRect();
        return bottom > 0 && top < innerHeight;
      };
      if ([...document.querySelectorAll(".chunk[data-absent]")].some(inSight)) return false;
      const rows = [...document.querySelectorAll("tr[data-kind]")].filter(inSight);
      return rows.length && rows.map((row) => row.querySelector(".name a").textContent.trim());
    }"""
    return list(await (await page.wait_for_function(there)).json_value())


async def test_a_long_folder_comes_and_goes_as_it_is_scrolled(
    running: Site, opening: Opening
) -> None:
    every = [f"{number:04}.txt" for number in range(1000)]
    await filled(running, every)
    async with opening() as page:
        await enter(page)
        table = page.locator(".listing")
        assert await table.get_attribute("aria-rowcount") == "1001"
        whole = await page.evaluate("document.documentElement.scrollHeight")
        assert await page.locator("tr[data-kind]").count() < 400
        seen: set[str] = set()
        for at in range(0, whole + 400, 400):
            await page.evaluate(f"window.scrollTo(0, {at})")
            seen.update(await shown(page))
        assert seen == set(every)
        assert await page.locator("tr[data-kind]").count() < 800
        height = await page.evaluate("document.documentElement.scrollHeight")
        assert abs(height - whole) < whole / 10  # what is not there keeps its place

        await page.focus(f"{NAMES} >> nth=-1")
        await page.keyboard.press("Home")
        await focused(page, "0000.txt")
        await page.keyboard.press("End")
        await focused(page, "0999.txt")
        row = page.locator("tr[data-kind]", has_text="0999.txt")
        assert await row.get_attribute("aria-rowindex") == "1001"
        await page.keyboard.press("ArrowUp")
        await focused(page, "0998.txt")
        await page.keyboard.press("Delete")
        await page.wait_for_url("**done=deleted**")
        assert await table.get_attribute("aria-rowcount") == "1000"


async def test_all_of_a_long_folder_is_picked_and_moved(running: Site, opening: Opening) -> None:
    await filled(running, ["Archives/", *(f"{number:03}.txt" for number in range(800))])
    async with opening(locale="en-GB") as page:
        await enter(page)
        await page.focus(f"{NAMES} >> nth=1")
        await page.keyboard.press("Shift+End")  # through rows that are not in the page
        await page.wait_for_selector(".how-many >> text=800 picked")
        await page.keyboard.press("m")
        await page.click("#sheet .choose button >> text=Archives")
        await page.click("#sheet button.main >> text=Archives")
        await page.wait_for_url("**/files/Archives/**done=moved**")
        await page.wait_for_selector('.listing[aria-rowcount="801"]')
        await ready(page)
        await page.focus(NAMES)
        await page.keyboard.press("Control+a")
        await page.wait_for_selector(".how-many >> text=800 picked")
        async with page.expect_download() as download:
            await page.click(".selection >> text=Download")
        with zipfile.ZipFile(await (await download.value).path()) as archive:
            assert len(archive.namelist()) == 800


async def test_a_page_is_where_it_was_left(running: Site, opening: Opening) -> None:
    await filled(running, [f"{number:03}.txt" for number in range(600)])
    async with opening() as page:
        await enter(page)
        await page.focus(NAMES)
        await page.keyboard.press("End")
        await focused(page, "599.txt")
        await page.keyboard.press("Enter")
        await page.wait_for_selector(".stage")
        await page.go_back()
        in_sight = """() => [...document.querySelectorAll("tr[data-kind]")].some((row) => {
          const { top, bottom } = row.getBoundingClientRect();
          return bottom > 0 && top < innerHeight && row.innerText.includes("599.txt");
        })"""
        await page.wait_for_function(in_sight)
        await page.goto(
            "/files/?page=3"
        )  # without scripts a page begins there, with them the sight
        await page.wait_for_function(in_sight.replace("599.txt", "240.txt"))
        assert "000.txt" not in await shown(page)


async def test_back_and_forward_show_the_folders_again(running: Site, opening: Opening) -> None:
    await filled(running, ["One/", "One/Two/", "One/Two/a.txt"])
    async with opening() as page:
        await enter(page)
        await page.evaluate("window.same = true")
        await page.click(f"{NAMES} >> text=One")
        await page.wait_for_url("**/files/One/")
        await page.click(f"{NAMES} >> text=Two")
        await page.wait_for_url("**/files/One/Two/")
        assert await page.title() == "Two · Parchemin"
        await page.go_back()
        await page.wait_for_selector("h1 >> text=One")
        await page.click(f"{NAMES} >> text=Two")
        await page.wait_for_selector("h1 >> text=Two")
        await page.click(f"{NAMES} >> text=a.txt")
        await page.wait_for_selector(".stage")
        assert await page.evaluate("window.same")  # nothing was loaded anew
