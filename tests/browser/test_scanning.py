"""Scanning codes with a camera that shows a printed page, and on pictures: online and offline."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.browser.cameras import PAPER, Grey, code_on, drawn, film, misread, printed
from tests.browser.conftest import ARGUMENTS
from tests.browser.test_offline import written
from tests.issuing.house import code, house
from tests.issuing.world import DIPLOMA, NOW, RECORD, world
from tests.requirements import missing, need
from vault_core.issuing.symbols.barcodes import qr

ALLOWED = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
RUN = "async () => (await axe.run()).violations.map((v) => v.id + ' ' + v.nodes[0].html)"


@dataclass(frozen=True)
class Stand:
    """A server with one diploma in a vault, and the diploma's page on paper."""

    url: str
    pdf: bytes
    page: Grey


@pytest.fixture
async def stand(tmp_path: Path) -> AsyncIterator[Stand]:
    async with house(tmp_path / "data") as running:
        row = running.row("bac")
        holder = await running.holder("bac", row)
        await running.deliver("bac", row)
        pdf = await running.fetch_one(holder)
        yield Stand(running.url, pdf, printed(pdf, tmp_path))


@asynccontextmanager
async def browser(*arguments: str, **options: Any) -> AsyncIterator[Any]:
    """A page in a Chromium of its own; what it complained of is in `problems`."""
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=need("chromium"), args=[*ARGUMENTS, *arguments]
        )
        context = await chromium.new_context(**{"locale": "en-GB", **options})
        page = await context.new_page()
        page.set_default_timeout(60_000)
        page.problems = []
        page.on("console", lambda m: page.problems.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: page.problems.append(str(error)))
        yield page
        await chromium.close()


def seeing(picture: Grey, folder: Path) -> list[str]:
    """Arguments that put the picture before the camera, which the reader allows."""
    return [*ALLOWED, f"--use-file-for-fake-video-capture={film(picture, folder / 'seen.y4m')}"]


def png(pdf: bytes, folder: Path) -> bytes:
    """A picture of the whole page, as somebody photographs it."""
    (folder / "photo.pdf").write_bytes(pdf)
    command = [need("pdftoppm", "poppler-utils"), "-r", "150", "-png", "-singlefile"]
    subprocess.run([*command, str(folder / "photo.pdf"), str(folder / "photo")], check=True)
    return (folder / "photo.png").read_bytes()


@pytest.mark.parametrize("symbology", ["QR Code", "Data Matrix"])
async def test_the_camera_leads_from_paper_to_the_verdict(
    stand: Stand, tmp_path: Path, symbology: str
) -> None:
    arguments = seeing(code_on(stand.page, symbology), tmp_path)
    async with browser(*arguments, base_url=stand.url) as page:
        await page.goto("/verify")
        await page.click("#scan")
        await page.wait_for_selector("#verdict")
        assert await page.inner_text("#verdict") == "Valid"
        assert page.url.endswith(
            f"/verify/{code(stand.pdf)}" if symbology == "QR Code" else "/verify"
        )
        assert page.problems == []


async def test_a_code_of_something_else_leads_nowhere(
    stand: Stand, tmp_path: Path, axe: str
) -> None:
    arguments = seeing(drawn(qr("https://evil.example/verify?code=1")), tmp_path)
    async with browser(*arguments, base_url=stand.url, bypass_csp=True) as page:
        await page.goto("/verify")
        await page.click("#scan")
        await page.wait_for_selector("#scanner [role=status]:text('not one of a certificate')")
        assert page.url == f"{stand.url}/verify"
        assert await page.evaluate(
            "document.querySelector('#scanner').contains(document.activeElement)"
        )
        await page.add_script_tag(content=axe)
        assert await page.evaluate(RUN) == []
        await page.keyboard.press("Escape")
        await page.wait_for_function("document.querySelector('#scanner video').srcObject === null")
        assert await page.evaluate("document.activeElement.id") == "scan"
        assert page.problems == []


async def test_a_camera_that_is_not_allowed_is_told_and_a_picture_does(
    stand: Stand, tmp_path: Path
) -> None:
    refused = ["--use-fake-device-for-media-stream", "--deny-permission-prompts"]
    async with browser(*refused, base_url=stand.url) as page:
        await page.goto("/verify")
        await page.click("#scan")
        await page.wait_for_selector("#scanner [role=status]:text('not allowed')")
        plain = {"name": "empty.png", "mimeType": "image/png", "buffer": EMPTY}
        await page.set_input_files("#scanner input", plain)
        await page.wait_for_selector("#scanner [role=status]:text('No code can be read')")
        photo = {"name": "p.png", "mimeType": "image/png", "buffer": png(stand.pdf, tmp_path)}
        await page.set_input_files("#scanner input", photo)
        await page.wait_for_selector("#verdict")
        assert await page.inner_text("#verdict") == "Valid"
        assert page.url.endswith(code(stand.pdf))
        assert page.problems == []


async def test_a_picture_dropped_on_the_page_is_read(stand: Stand, tmp_path: Path) -> None:
    drop = """(data) => {
      const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
      const dropped = new DataTransfer();
      dropped.items.add(new File([bytes], "p.png", { type: "image/png" }));
      document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }));
    }"""  # noqa: E501 -- a script
    async with browser(base_url=stand.url) as page:
        await page.goto("/verify")
        await page.wait_for_selector("#scan:visible")
        await page.evaluate(drop, base64.b64encode(png(stand.pdf, tmp_path)).decode())
        await page.wait_for_selector("#verdict")
        assert await page.inner_text("#verdict") == "Valid"
        assert page.problems == []


async def test_the_camera_is_for_this_page_only(stand: Stand) -> None:
    async with ClientSession(stand.url) as client:
        for path, camera in (("/verify", "camera=(self)"), ("/", "camera=()")):
            async with client.get(path) as answer:
                assert answer.headers["Permissions-Policy"].startswith(camera), path
                assert "unsafe" not in answer.headers["Content-Security-Policy"]
        async with client.get("/verify") as answer:
            worker = (await answer.text()).split('data-worker="')[1].split('"')[0]
        async with client.get(worker) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.split("; ")[0] == "default-src 'none'"
            assert "'wasm-unsafe-eval'" in policy
        async with client.get(worker.replace("worker.js", "camera.js")) as answer:
            assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
            assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_the_offline_verifier_reads_a_2d_doc_from_paper(tmp_path: Path) -> None:
    issued = world().issue(RECORD, DIPLOMA, NOW)
    file = written(tmp_path, world().trust())
    seen = seeing(code_on(printed(issued.pdf, tmp_path), "Data Matrix"), tmp_path)
    async with browser(*seen, offline=True) as page:
        page.on(
            "request", lambda r: page.problems.append(r.url) if r.url != file.as_uri() else None
        )
        await page.goto(file.as_uri())
        await page.wait_for_selector("html[data-ready]")
        await page.click("#scan")
        await page.wait_for_selector(".verdict")
        assert await page.inner_text(".verdict h2") == "Status unknown"
        assert "LE GOFF" in await page.inner_text(".verdict dl")
        assert page.problems == []


async def test_a_2d_doc_that_is_misread_at_one_size_is_read_at_another(tmp_path: Path) -> None:
    file = written(tmp_path, world().trust())
    async with browser(*seeing(misread(), tmp_path), offline=True) as page:
        await page.goto(file.as_uri())
        await page.wait_for_selector("html[data-ready]")
        await page.click("#scan")
        await page.wait_for_selector(".verdict")
        assert await page.inner_text(".verdict h2") == "Not valid"
        await page.evaluate("document.querySelector('#result').replaceChildren()")
        photo = {"name": "p.png", "mimeType": "image/png", "buffer": misread().held().png}
        await page.set_input_files("#file", photo)
        await page.wait_for_selector(".verdict")
        assert await page.inner_text(".verdict h2") == "Not valid"
        assert page.problems == []


async def test_how_to_hold_a_code_is_told_where_none_is_read_for_long(
    stand: Stand, tmp_path: Path
) -> None:
    empty = Grey(2, 2, bytes((PAPER,)) * 4)
    async with browser(*seeing(empty, tmp_path), base_url=stand.url) as page:
        await page.goto("/verify")
        await page.click("#scan")
        await page.wait_for_selector("#scanner [role=status]:text('Show the camera')")
        await page.wait_for_selector("#scanner [role=status]:text('No code has been read yet')")
        assert page.problems == []


async def test_the_offline_verifier_says_what_a_qr_code_is_for(tmp_path: Path, axe: str) -> None:
    issued = world().issue(RECORD, DIPLOMA, NOW)
    file = written(tmp_path, world().trust())
    seen = seeing(code_on(printed(issued.pdf, tmp_path), "QR Code"), tmp_path)
    async with browser(*seen, offline=True, bypass_csp=True) as page:
        await page.goto(file.as_uri())
        await page.wait_for_selector("html[data-ready]")
        await page.click("#scan")
        await page.wait_for_selector("#scanner [role=status]:text('A QR code is checked online')")
        await page.add_script_tag(content=axe)
        assert await page.evaluate(RUN) == []
        photo = {"name": "p.png", "mimeType": "image/png", "buffer": png(issued.pdf, tmp_path)}
        await page.set_input_files("#scanner input", photo)
        await page.wait_for_selector(".verdict")
        assert "LE GOFF" in await page.inner_text(".verdict dl")
        assert page.problems == []


EMPTY = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)
"""A PNG of one pixel."""
