"""axe finds nothing to complain of on any page, light or dark."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Opening
from tests.browser.test_journeys import sign_in

PUBLIC = ("/", "/sign-in", "/activate", "/recover", "/api/docs")
OWN = (
    "/files/?view=grid", "/files/?view=list", "/files/empty/", "/new-folder/", "/files/note.md",
    "/details/empty",
    "/rename/?item=note.md",
    "/move/?item=note.md", "/copy/?item=note.md", "/certificates", "/trash", "/search?q=note",
    "/search", "/account", "/account/devices", "/account/devices/tokens", "/account/journal",
    "/account/password", "/account/recovery", "/account/export", "/account/closing",
    "/account/security", "/account/trusted", "/account/entrusted", "/account/security/totp",
    "/account/confirm",
)  # fmt: skip
RUN = "async () => (await axe.run()).violations.map((v) => v.id + ' ' + v.nodes[0].html)"


@pytest.mark.parametrize(
    ("scheme", "width", "locale"),
    [("light", 1280, "fr-FR"), ("dark", 1280, "en-GB"), ("dark", 360, "fr-FR")],
)
async def test_axe_finds_no_violation(
    opening: Opening, axe: str, scheme: str, width: int, locale: str
) -> None:
    found: dict[str, list[str]] = {}
    viewport = {"width": width, "height": 800}
    async with opening(
        color_scheme=scheme, viewport=viewport, locale=locale, bypass_csp=True
    ) as page:
        for path in PUBLIC:
            await page.goto(path)
            await page.add_script_tag(content=axe)
            found[path] = await page.evaluate(RUN)
        await sign_in(page)
        await page.set_input_files(
            "#file", [{"name": "note.md", "mimeType": "text/markdown", "buffer": b"# note"}]
        )
        await page.wait_for_url("**done=uploaded**")
        await page.click("[data-dialog]")
        await page.fill("#sheet #name", "empty")
        await page.press("#sheet #name", "Enter")
        await page.wait_for_url("**done=folder**")
        for path in OWN:
            await page.goto(path)
            await page.add_script_tag(content=axe)
            found[path] = await page.evaluate(RUN)
    assert {path: problems for path, problems in found.items() if problems} == {}
