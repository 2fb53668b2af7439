"""Uploads in a browser: many files, large ones interrupted and resumed, folders, refusals.

Small in CI; PARCHEMIN_UPLOAD_MIB=1024 makes the large file as large as people's largest.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import re
from pathlib import Path
from typing import Any

from tests.browser.conftest import Opening
from tests.browser.furnished import filled
from tests.browser.test_journeys import enter, ready, sign_in
from tests.web.site import PASSWORD, Site

NOTE = {"name": "note.txt", "mimeType": "text/plain", "buffer": b"bonjour"}
MIB = int(os.environ.get("PARCHEMIN_UPLOAD_MIB", "24"))
PATIENCE = 60_000 + MIB * 500
"""Milliseconds for the large file, on a machine that does much else."""


def large_file(folder: Path) -> tuple[Path, str]:
    """A file of MIB MiB, no two alike, and its SHA-256."""
    path, digest, numbers = folder / "film.mp4", hashlib.sha256(), random.Random(4)
    with path.open("wb") as file:
        for _ in range(MIB):
            piece = numbers.randbytes(1 << 20)
            digest.update(piece)
            file.write(piece)
    return path, digest.hexdigest()


async def stored(running: Site, *path: str) -> tuple[int, str]:
    """Size and SHA-256 of what the vault holds there."""
    vault = await running.institution.vaults.open_password("ada", PASSWORD)
    await vault.refresh()
    node, digest = await vault.find(path), hashlib.sha256()
    async for piece in vault.read(node):
        digest.update(piece)
    return node.size, digest.hexdigest()


async def state(page: Any, wanted: str) -> None:
    await page.wait_for_selector(f"#tray-list li[data-state={wanted}]", timeout=PATIENCE)


async def test_a_name_that_was_taken_is_told(running: Site, opening: Opening) -> None:
    large = {"name": "film.bin", "mimeType": "application/octet-stream", "buffer": bytes(1 << 20)}
    free = {**NOTE, "name": "autre.txt"}
    await filled(running, ["note.txt", "film.bin"])
    async with opening() as page:
        await enter(page)
        await page.set_input_files("#file", [NOTE, large, free])
        for name in ("note (2).txt", "film (2).bin"):
            await page.wait_for_selector(
                f"#tray-list .state:has-text('déposé sous'):text('{name}')"
            )
        await page.wait_for_selector("#tray-list li:has-text('autre.txt') .state:text-is('déposé')")
    assert (await stored(running, "film (2).bin"))[0] == len(large["buffer"])
    assert (await stored(running, "note (2).txt"))[0] == len(NOTE["buffer"])


async def test_two_hundred_files_and_their_folders(
    running: Site, opening: Opening, tmp_path: Path
) -> None:
    for number in range(200):
        path = tmp_path / "Photos" / f"Semaine {number % 4}" / f"{number:03}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"photo {number}")
    async with opening() as page:
        await enter(page)
        await page.set_input_files("#file-folder", tmp_path / "Photos")
        await page.wait_for_url("**done=uploaded**", timeout=120_000)
        await page.wait_for_selector(".listing .name a >> text=Photos")
        assert "200" in await page.text_content("#tray [data-total]")
        assert await page.locator("#tray-list li[data-state=done]").count() == 200
    vault = await running.institution.vaults.open_password("ada", PASSWORD)
    await vault.refresh()
    found = [path for path, node in await vault.walk((), 1000) if not node.is_folder]
    assert len(found) == 200
    assert ("Photos", "Semaine 3", "199.txt") in found


async def test_what_was_chosen_before_the_script_came_goes_up(
    running: Site, opening: Opening
) -> None:
    """As over a slow line: the field is there, and what works it is still on its way."""
    chosen = asyncio.Event()

    async def late(route: Any) -> None:
        await chosen.wait()
        await route.continue_()

    async with opening() as page:
        await page.route("**/documents/folder.js*", late)
        await sign_in(page)
        await page.set_input_files("#file", [NOTE])
        chosen.set()
        await page.locator(".listing .name a >> text=note.txt").wait_for()
    assert (await stored(running, "note.txt"))[0] == len(NOTE["buffer"])


async def test_what_is_dropped_goes_up_with_its_name(running: Site, opening: Opening) -> None:
    drop = """() => {
      const dropped = new DataTransfer();
      dropped.items.add(new File(["bonjour"], "Été ✓.txt", { type: "text/plain" }));
      const init = { dataTransfer: dropped, bubbles: true, cancelable: true };
      const main = document.querySelector("#main");
      for (const name of ["dragover", "drop"]) main.dispatchEvent(new DragEvent(name, init));
    }"""
    async with opening() as page:
        await enter(page)
        await page.evaluate(drop)
        await page.wait_for_selector(".listing .name a >> text=Été ✓.txt")
    assert (await stored(running, "Été ✓.txt"))[0] == len("bonjour")


async def test_a_picture_is_pasted_under_the_moments_name(running: Site, opening: Opening) -> None:
    copy = """async () => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 30 });
      canvas.getContext("2d").fillRect(0, 0, 20, 30);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve));
      await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
    }"""
    async with opening(permissions=["clipboard-read", "clipboard-write"]) as page:
        await enter(page)
        await page.evaluate(copy)
        await page.focus("input[type=search]")
        await page.keyboard.press("Control+v")  # in a field it is the field's
        await page.focus("h1")
        await page.keyboard.press("Control+v")
        await page.wait_for_selector(".listing .name a")
        names = await page.locator(".listing .name a").all_inner_texts()
    assert len(names) == 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d-\d\d-\d\d\.png", names[0])
    assert (await stored(running, names[0]))[0] > 50


async def test_a_large_file_is_paused_and_resumed(
    running: Site, opening: Opening, tmp_path: Path
) -> None:
    path, digest = large_file(tmp_path)
    async with opening() as page:
        await enter(page)
        await page.set_input_files("#file", path)
        await state(page, "sending")
        await page.click("[data-tray=pause]")
        await state(page, "paused")
        await page.click("[data-tray=resume]")
        await page.wait_for_url("**done=uploaded**", timeout=PATIENCE)
    assert await stored(running, "film.mp4") == (MIB << 20, digest)


async def test_a_large_file_outlives_a_lost_connection_and_a_reload(
    running: Site, opening: Opening, tmp_path: Path
) -> None:
    path, digest = large_file(tmp_path)
    async with opening() as page:
        await enter(page)
        network = await page.context.new_cdp_session(page)
        slow = {
            "offline": False, "latency": 0, "downloadThroughput": -1,
            "uploadThroughput": max(2 << 20, (MIB << 20) // 20),
        }  # fmt: skip
        await network.send("Network.emulateNetworkConditions", slow)
        sent: list[str] = []
        page.on("request", lambda one: sent.append(f"{one.method} {one.url}"))
        await page.set_input_files("#file", path)
        await page.wait_for_selector("#tray-list progress:not([value='0'])", timeout=PATIENCE)
        page.on("dialog", lambda dialog: dialog.accept())
        await page.reload()
        await page.wait_for_selector(".tray-again:visible")
        await network.send("Network.emulateNetworkConditions", {**slow, "uploadThroughput": -1})
        changed = tmp_path / "later" / path.name  # other content, else all the same
        changed.parent.mkdir()
        changed.write_bytes(bytes(path.stat().st_size))
        os.utime(changed, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
        async with page.expect_file_chooser() as chooser:
            await page.click("[data-tray=again]")
        await (await chooser.value).set_files(changed)
        await page.wait_for_selector(".tray-again >> text=ont changé")
        async with page.expect_file_chooser() as chooser:
            await page.click("[data-tray=again]")
        sent.clear()
        await (await chooser.value).set_files(path)
        await state(page, "done")
        assert any(one.startswith("HEAD") for one in sent)  # it asked how much had arrived
        assert not any(one.startswith("POST") and "uploads" in one for one in sent)
        assert await page.evaluate("localStorage.length") == 0
    assert await stored(running, "film.mp4") == (MIB << 20, digest)


async def test_a_full_vault_says_so_beside_the_file(running: Site, opening: Opening) -> None:
    running.institution.vaults.services.limits.document = 1000
    async with opening(refusals=True) as page:
        await enter(page)
        await page.set_input_files(
            "#file",
            {"name": "big.bin", "mimeType": "application/octet-stream", "buffer": b"x" * 2000},
        )
        await state(page, "failed")
        assert "plus grand" in await page.text_content("#tray-list .state")
        await ready(page)
