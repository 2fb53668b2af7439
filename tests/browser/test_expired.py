"""A certificate that has expired: in the gallery, on its page, and in a proof of it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.browser.conftest import Opening
from tests.browser.test_journeys import sign_in
from tests.web.site import PASSWORD, Site, site
from vault_core.vault.persons.person import Facts

ON = "14 mars 2023"


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Site]:
    """ada has two of Pix: one of today, and one of 2020, which counted for three years."""
    async with site(tmp_path / "data", PARCHEMIN_PLUGINS__ENABLED="local,pix") as found:
        kind = found.institution.plugins.document_types["pix"]
        row = dict(next(iter(kind.sample(1, 7))))
        subject = kind.parse(row).subject
        facts = Facts(
            " ".join(subject.given_names), subject.family_name, subject.birth_date, subject.ine
        )
        await found.institution.persons.add("ada", facts, PASSWORD)
        today = dt.datetime.now(dt.UTC).strftime("%d/%m/%Y")
        for earned in (today, "14/03/2020"):
            text = io.StringIO()
            writer = csv.writer(text, delimiter=";")
            writer.writerow([column.names[0] for column in kind.columns])
            row["awarded_on"] = earned
            writer.writerow([row.get(column.id, "") for column in kind.columns])
            data = io.BytesIO(text.getvalue().encode())
            summary = await found.institution.deliveries.deliver("pix", data)
            assert summary.counts["delivered"] == 1
        yield found


async def test_an_expired_certificate_says_so_wherever_it_is_shown(opening: Opening) -> None:
    async with opening() as page:
        await sign_in(page)
        await page.goto("/certificates")
        assert await page.locator(".certificate").count() == 2
        await page.click(".chips a >> text=Expirées")
        await page.wait_for_url("**state=expired")
        card = page.locator(".certificate")
        assert await card.count() == 1
        told = await card.inner_text()
        assert "Expirée" in told
        assert ON in told
        assert await card.locator("a >> text=Prouver").count() == 0
        await card.locator("h2 a").click()
        await page.wait_for_url("**/files/Attestations/**")
        assert f"Expirée le {ON}" in await page.inner_text("main .note.warn")
        await page.click(".actions a >> text=Prouver")
        await page.wait_for_url("**/prove/**")
        assert f"Expirée le {ON}" in await page.inner_text("main .note.warn")
        await page.click("main form button.main")
        await page.wait_for_url("**/links/*?done=linked")
        address = str(await page.text_content("#address")).strip()
    async with opening() as employer:
        await employer.goto(address)
        await employer.wait_for_url("**/l/*/")
        verdict = await employer.inner_text(".verdict")
        assert "Expirée" in verdict
        assert ON in verdict
