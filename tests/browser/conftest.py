"""Debian's Chromium, driven by Playwright, in front of a real site."""

from __future__ import annotations

import io
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.requirements import missing, need, need_node_modules
from tests.web.site import Site, site
from vault_core.cli.demonstration.institution import SEED, table

ARGUMENTS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
Opening = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """A site with ada, who has a password, and with a diploma on its way to her."""
    async with site(tmp_path / "data") as found:
        await found.person("ada")
        yield found


async def deliver_diploma(running: Site, username: str) -> str:
    """Somebody new with a diploma waiting; their activation code."""
    from vault_core.vault.persons.person import Facts

    institution = running.institution
    bac = institution.plugins.document_types["bac"]
    row = next(iter(bac.sample(1, SEED)))
    subject = bac.parse(row).subject
    facts = Facts(
        " ".join(subject.given_names), subject.family_name, subject.birth_date, subject.ine
    )
    added = await institution.persons.add(username, facts)
    summary = await institution.deliveries.deliver("bac", io.BytesIO(table(bac, [row])))
    assert summary.counts["delivered"] == 1
    assert added.activation_code is not None
    return added.activation_code


@pytest.fixture
async def opening(running: Site) -> AsyncIterator[Opening]:
    """`async with opening(**context_options) as page`: fails on any console error, script error
    and violation of the content security policy (Chromium tells all of them on the console).

    `refusals=True` lets pass the 4xx answers that a test is about: Chromium tells them there too;
    `failures=True` the 5xx ones.
    """
    if shutil.which("chromium") is None:
        need("chromium")
    try:
        from playwright.async_api import async_playwright
    except ImportError:
        missing("playwright is not installed: pip install playwright")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=need("chromium"), args=ARGUMENTS
        )

        @asynccontextmanager
        async def opened(
            refusals: bool = False, failures: bool = False, **options: Any
        ) -> AsyncIterator[Any]:
            options = {"locale": "fr-FR", "base_url": running.url, **options}
            context = await chromium.new_context(**options)
            page = await context.new_page()
            page.set_default_timeout(60_000)
            problems: list[str] = []
            page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
            page.on("pageerror", lambda error: problems.append(str(error)))
            yield page
            await context.close()
            passing = ["4"] * refusals + ["5"] * failures
            for digit in passing:
                told = f"responded with a status of {digit}"
                problems = [text for text in problems if told not in text]
            assert problems == []

        yield opened
        await chromium.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core."""
    folder = need_node_modules(Path(__file__).parent / "axe")
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text()
