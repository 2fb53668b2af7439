"""Previews of each kind, and documents that would like to be more than shown."""

from __future__ import annotations

import base64
import io
import zipfile
from urllib.parse import quote

import pytest

from tests.browser.conftest import Opening
from tests.browser.furnished import furnish, put, sound
from tests.browser.test_journeys import enter, sign_in
from tests.web.site import Site

RECORD = """async () => {
  const canvas = document.createElement("canvas");
  const drawn = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const over = new Promise((resolve) => { recorder.onstop = resolve; });
  recorder.start();
  for (let step = 0; step < 40; step += 1) {
    drawn.fillStyle = `hsl(${step * 9} 60% 50%)`;
    drawn.fillRect(0, 0, 300, 150);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  recorder.stop();
  await over;
  const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}"""
SEEK = """async (selector) => {
  const media = document.querySelector(selector);
  if (media.readyState < 1) await new Promise((done, failed) => {
    media.onloadedmetadata = done;
    media.onerror = () => failed(new Error(media.error?.message));
  });
  media.currentTime = 0.6;
  await new Promise((done) => { media.onseeked = done; });
  return media.currentTime;
}"""


async def test_sound_and_video_play_and_seek(running: Site, opening: Opening) -> None:
    ranges: list[int] = []
    async with opening() as page:
        await page.goto("/sign-in")
        film = base64.b64decode(await page.evaluate(RECORD))
        await put(running, {"Entretien.wav": sound(3.0), "Film.webm": film})
        await sign_in(page)
        page.on("response", lambda r: ranges.append(r.status) if "/view/" in r.url else None)
        for name, tag in (("Entretien.wav", "audio"), ("Film.webm", "video")):
            await page.goto(f"/files/{name}")
            assert abs(await page.evaluate(SEEK, f".stage {tag}") - 0.6) < 0.1
    assert 206 in ranges


async def test_a_picture_a_text_and_a_certificate_are_shown(
    opening: Opening, running: Site
) -> None:
    await furnish(running, "bob")
    async with opening() as page:
        await sign_in(page, "bob")
        await page.goto("/files/Photos/Rade%20de%20Brest.png")
        wide = "document.querySelector('.stage img').naturalWidth"
        await page.wait_for_selector(".stage img")
        await page.wait_for_load_state("load")
        assert await page.evaluate(wide) == 480
        await page.goto("/files/Lettre%20de%20motivation.md")
        assert "BTS Conception" in await page.text_content(".stage pre")
        assert "SHA-256" in await page.text_content("aside")
        await page.click("#versions ~ ul button")  # the earlier version comes back
        await page.wait_for_url("**done=restored-version**")
        assert "PS : merci" not in await page.text_content(".stage pre")
        await page.goto("/certificates")
        await page.click(".certificate h2 a")
        await page.wait_for_selector("canvas[data-drawn]")
        assert "Inchangé depuis sa remise" in await page.text_content("main")


HTML = b"<!doctype html><script>document.title='run';parent.document.title='run'</script>"
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload=\"document.title='run'\"><script>document.title='run'</script></svg>"  # noqa: E501
PDF = b"%PDF-1.7\n" + HTML + b"\n1 0 obj<</OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj"
GIF = b"GIF89a/*" + b"\0" * 20 + b"*/=1;document.title='run'//" + HTML


def bomb() -> bytes:
    """A small zip whose directory claims 10 GB and names outside of it."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in ("../../etc/passwd", "/abs", "C:\\x", "a\u202egnp.exe"):
            archive.writestr(name, b"")
    return made.getvalue().replace(b"\0\0\0\0\0\0\0\0", b"\xff\xff\xff\x7f\xff\xff\xff\x7f", 1)


HOSTILE = {
    "page.html": HTML,
    "drawing.svg": SVG,
    "both.pdf": PDF,
    "both.html": PDF,
    "both.gif": GIF,
    "text.txt": HTML,
    "table.csv": b"=cmd|'/c calc'!A1," + HTML,
    "big.zip": bomb(),
    "<img src=x onerror=document.title='run'>.txt": HTML,
    "تقرير.html": HTML,
    "{{7*7}}${7*7}.txt": HTML,
}


async def test_hostile_documents_do_nothing(running: Site, opening: Opening) -> None:
    await put(running, HOSTILE)
    async with opening() as page:
        await sign_in(page)
        page.on("dialog", lambda dialog: pytest.fail(f"a dialog: {dialog.message}"))
        for view in ("list", "grid"):
            await page.goto(f"/files/?view={view}")
            assert await page.locator("tr[data-kind]").count() == len(HOSTILE)
            assert await page.locator(".listing img[src=x], .listing script").count() == 0
            shown = await page.locator(".listing .name bdi").all_text_contents()
            assert sorted(shown) == sorted(HOSTILE)
            assert await page.title() == "Mes documents · Parchemin"
        for name in HOSTILE:
            address = f"/files/{quote(name, safe='')}"
            await page.goto(address)
            await page.wait_for_load_state("networkidle")
            assert await page.title() == f"{name} · Parchemin", name
            assert page.url.endswith(address)


async def test_opened_alone_they_are_saved_or_shut_in(running: Site, opening: Opening) -> None:
    await put(running, HOSTILE)
    async with opening() as page:
        await sign_in(page)
        for name in ("page.html", "drawing.svg", "both.html", "big.zip", "تقرير.html"):
            with pytest.raises(Exception, match="Download is starting"):
                await page.goto(f"/view/{quote(name, safe='')}")
        await page.goto("/view/text.txt")
        assert await page.title() != "run"
        assert await page.evaluate("document.contentType") == "text/plain"
        assert await page.evaluate("self.origin") == "null"  # a sandbox: no origin of ours


async def test_names_that_deceive_the_eye_are_refused(opening: Opening) -> None:
    names = ["a\u202egpj.exe", "a\u2066b.html", "line\nbreak.txt", "bell\x07.txt"]
    async with opening(refusals=True) as page:
        await enter(page)
        files = [{"name": n, "mimeType": "text/html", "buffer": HTML} for n in names]
        await page.set_input_files("#file", files)
        await page.locator("#tray-list li[data-state=failed]").nth(3).wait_for()
        for told in await page.locator("#tray-list .state").all_text_contents():
            assert "Ce nom n’est pas possible" in told
        assert await page.locator("tr[data-kind]").count() == 0


async def test_a_name_is_no_way_out_of_an_archive(running: Site, opening: Opening) -> None:
    await put(running, {"été.txt": b"x", "deep/..hidden": b"y", "deep/C:\\x": b"z"})
    async with opening() as page:
        await sign_in(page)
        async with page.expect_download() as download:
            await page.click("text=Tout télécharger")
        archive = zipfile.ZipFile(await (await download.value).path())
        assert archive.testzip() is None
        for name in archive.namelist():
            assert not name.startswith("/")
            assert ".." not in name.split("/")
