"""axe finds nothing to complain of in any scene, and none is wider than its window.

The console's pages are looked at by test_console.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import Opening
from tests.browser.faults import RUN
from tests.browser.scenes import CAST, WIDER, sign_in
from tests.browser.stage import Stage, staged
from tests.web.site import Site

SEEN = [("light", 1280, "fr-FR"), ("dark", 320, "en-GB")]


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(tmp_path / "data") as found:
        yield found


@pytest.fixture
def running(stage: Stage) -> Site:
    """What `opening` opens browsers for."""
    return stage.running


async def faults(page: Any, axe: str) -> list[str]:
    """What is wrong with the page that is open."""
    await page.add_script_tag(content=axe)
    found = [str(one) for one in await page.evaluate(RUN)]
    over = await page.evaluate(WIDER)
    return [*found, f"{over} pixels wider than the window"] if over > 0 else found


@pytest.mark.parametrize("cast", [("", "bob", "zoe"), ("ada",)], ids=" ".join)
@pytest.mark.parametrize(("scheme", "width", "locale"), SEEN)
async def test_axe_finds_no_violation(
    stage: Stage, opening: Opening, axe: str, scheme: str, width: int, locale: str,
    cast: tuple[str, ...],
) -> None:  # fmt: skip
    found: dict[str, list[str]] = {}
    for who in cast:
        async with opening(
            color_scheme=scheme, viewport={"width": width, "height": 800}, locale=locale,
            bypass_csp=True, refusals=True, failures=True,
        ) as page:  # fmt: skip
            if who:
                await sign_in(page, who)
            for name, scene in CAST[who].items():
                await scene(page, stage)
                found[name] = await faults(page, axe)
    assert {name: problems for name, problems in found.items() if problems} == {}
    assert len(found) == sum(len(CAST[who]) for who in cast)
