"""Scenes of coming in by other ways, and of what goes wrong: every kind of error page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from tests.browser.stage import THERE, Stage
from tests.web.site import PASSWORD

Scene = Callable[[Any, Stage], Awaitable[None]]


async def _send(page: Any, **fields: str) -> None:
    for name, value in fields.items():
        await page.fill(f"main #{name}", value)
    async with page.expect_navigation():
        await page.click("main form button.main")


async def second_factor(page: Any, stage: Stage) -> None:
    """The password was right, and a code is asked for."""
    await page.goto("/sign-in")
    await _send(page, username="eve", password=PASSWORD)
    await page.wait_for_url("**/sign-in/second**")


async def directory(page: Any, stage: Stage) -> None:
    """The form for the directory's password."""
    await page.goto("/sign-in/ldap")


def unlocked(username: str) -> Scene:
    """The directory knows who it is; the vault is asked for its owner's secret."""

    async def scene(page: Any, stage: Stage) -> None:
        await page.goto("/sign-in/ldap")
        await _send(page, username=username, password=THERE)
        await page.wait_for_selector("main #secret")

    return scene


async def too_large(page: Any, stage: Stage) -> None:
    """A document that is larger than its drop box takes."""
    await page.goto("about:blank")
    await page.goto(f"/open#{stage.links['small'].code}")
    await page.wait_for_url("**/l/*/")
    file = {"name": "Photo.jpg", "mimeType": "image/jpeg", "buffer": bytes(60_000)}
    await page.set_input_files("#file", [file])
    await page.fill("#sender", "Grace")
    async with page.expect_navigation():
        await page.click("main button.main")


async def lost_content(page: Any, stage: Stage) -> None:
    """A document whose stored bytes are gone from the server's disk."""
    await page.goto("/files/Perdu.txt")


TROUBLES: Final[Mapping[str, Scene]] = {
    "second-factor": second_factor,
    "ldap": directory,
    "unlock": unlocked("adurand"),
    "unlock-unknown": unlocked("stranger"),
    "error-413": too_large,
}
"""Of nobody."""
OWN_TROUBLES: Final[Mapping[str, Scene]] = {"error-500": lost_content}
"""Of ada."""
