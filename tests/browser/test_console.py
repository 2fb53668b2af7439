"""The console in a browser: a file from drop to receipt, accounts, axe on every page."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from tests.browser.conftest import Opening
from tests.browser.faults import RUN
from tests.web.site import PASSWORD, Site
from vault_core.roles import GRANTED
from vault_core.serving.crew import Crew
from vault_core.vault.persons.person import Facts

SEED = 5
PAGES = (
    "/admin/", "/admin/deliver", "/admin/batches", "/admin/reviews", "/admin/certificates",
    "/admin/persons", "/admin/person-new", "/admin/persons/ada", "/admin/issuers",
    "/admin/storage", "/admin/webhooks", "/admin/journal", "/account/notices",
)  # fmt: skip


async def staffed(running: Site) -> bytes:
    """Somebody with every role; a file about one known, one unknown and two namesakes."""
    institution = running.institution
    await running.person("chief")
    chief = await institution.persons.find("chief")
    for role in GRANTED:
        await institution.roles.grant(chief, role)
    bac = institution.plugins.document_types["bac"]
    rows = [dict(row) for row in bac.sample(4, SEED)]
    for name, row, with_ine in (("known", 0, True), ("first", 1, False), ("second", 1, False)):
        subject = bac.parse(rows[row]).subject
        given = " ".join(subject.given_names)
        ine = subject.ine if with_ine else ""
        facts = Facts(given, subject.family_name, subject.birth_date, ine)
        await institution.persons.add(name, facts)
    rows[3]["birth_date"] = "no date"
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow([column.names[0] for column in bac.columns])
    writer.writerows([[row.get(c.id, "") for c in bac.columns] for row in rows])
    return text.getvalue().encode()


async def sign_in(page: Any, username: str = "chief") -> None:
    await page.goto("/sign-in")
    await page.fill("#username", username)
    await page.fill("#password", PASSWORD)
    await page.press("#password", "Enter")
    await page.wait_for_url("**/files/**")


async def hand_in(page: Any, data: bytes) -> str:
    await page.goto("/admin/deliver")
    await page.set_input_files(
        "#file", [{"name": "résultats.csv", "mimeType": "text/csv", "buffer": data}]
    )
    await page.click("form[enctype] button.main")
    await page.wait_for_url("**/admin/batches/*")
    return str(page.url)


async def test_an_operator_delivers_a_file_and_decides_what_is_doubtful(
    running: Site, opening: Opening
) -> None:
    data = await staffed(running)
    async with opening() as page, Crew(running.institution):
        await sign_in(page)
        await page.goto("/account")
        await page.click('a.button[href="/admin/"]')
        await hand_in(page, data)
        await page.wait_for_selector("text=Rien n’est encore remis")
        await page.click("form[action$='/resume'] button")
        # No reload: the part that changes asks for itself.
        await page.wait_for_selector("#live .state-done", timeout=120_000)
        async with page.expect_download() as download:
            await page.click("#live a.button")
        receipt = await (await download.value).path()
        assert receipt.read_text().count("\n") == 2
        await page.click("text=2 lignes attendent une décision")
        await page.click(".lines a >> nth=0")
        await page.wait_for_url("**/admin/reviews/*-*")
        candidates = page.locator('input[name=decision][value="second"]')
        if await candidates.count() == 0:
            await page.go_back()
            await page.click(".lines a >> nth=1")
            await page.wait_for_url("**/admin/reviews/*-*")
        await page.check('input[name=decision][value="second"]')
        await page.click("form .main")
        await page.wait_for_url("**done=decided")
        await page.click(".lines a >> nth=0")
        await page.check('input[name=decision][value="refuse"]')
        await page.click("form .main")
        await page.wait_for_selector("text=Rien n’attend de décision")
    institution = running.institution
    standing = institution.administration.standing
    found = {
        name: (await standing((await institution.persons.find(name)).id)).waiting
        for name in ("known", "first", "second")
    }
    assert found == {"known": 1, "first": 0, "second": 1}


async def test_an_administrator_makes_and_suspends_an_account(
    running: Site, opening: Opening
) -> None:
    await staffed(running)
    async with opening(locale="en-GB") as page:
        await sign_in(page)
        await page.goto("/admin/person-new")
        await page.fill("#username", "zoe")
        await page.fill("#family_name", "Le Goff")
        await page.fill("#birth_date", "2007-05-04")
        await page.click("form .main")
        await page.wait_for_selector("#secret")
        async with page.expect_download() as download:
            await page.click("form[action$=letter] button")
        letter = await (await download.value).path()
        assert letter.read_bytes().startswith(b"%PDF")
        await page.goto("/admin/persons?q=zo")
        await page.click("text=zoe")
        await page.click("form[action$=suspend] button")
        await page.wait_for_selector("text=The account is suspended.")
        await page.click("form[action$=resume] button")
        await page.wait_for_selector("text=The account is open again.")
        await page.goto("/admin/journal")
        await page.wait_for_selector('td:has-text("Account suspended")')


async def test_a_batch_is_paused_resumed_and_cancelled_in_a_dialog(
    running: Site, opening: Opening, axe: str
) -> None:
    data = await staffed(running)
    async with opening(bypass_csp=True) as page:
        await sign_in(page)
        await hand_in(page, data)
        await page.click("form[action$='/resume'] button")
        await page.click("form[action$='/pause'] button")
        await page.wait_for_selector(".state-paused")
        await page.click("form[action$='/resume'] button")
        await page.wait_for_selector(".state-open")
        await page.click("form[action$='/cancel'] button")
        await page.wait_for_selector("#sure[open] >> text=Annuler pour de bon")
        await page.add_script_tag(content=axe)
        assert await page.evaluate(RUN) == []
        assert await page.evaluate("document.activeElement.textContent") == "Non, revenir"
        await page.keyboard.press("Escape")
        await page.wait_for_selector("#sure", state="hidden")
        assert await page.evaluate("document.activeElement.closest('form').action.slice(-7)") == (
            "/cancel"
        )
        assert (await running.institution.batches.newest())[0].state == "open"
        await page.keyboard.press("Enter")
        await page.click("#sure[open] button[value=yes]")
        await page.wait_for_selector(".state-cancelled")
    assert (await running.institution.batches.newest())[0].state == "cancelled"


async def test_without_scripts_the_console_asks_on_a_page(running: Site, opening: Opening) -> None:
    data = await staffed(running)
    async with opening(java_script_enabled=False) as page:
        await sign_in(page)
        held = await hand_in(page, data)
        await page.click("form[action$='/cancel'] button")
        await page.wait_for_selector("h1:has-text('Annuler pour de bon')")
        await page.click("main a.button")
        assert page.url == held
        await page.click("form[action$='/cancel'] button")
        await page.click("main form[action$='/cancel'] button")
        await page.wait_for_selector(".state-cancelled")


@pytest.mark.parametrize(
    ("scheme", "width", "locale"),
    [("light", 1280, "fr-FR"), ("dark", 1280, "en-GB"), ("light", 360, "en-GB")],
)
async def test_axe_finds_no_violation_in_the_console(
    running: Site, opening: Opening, axe: str, scheme: str, width: int, locale: str
) -> None:
    data = await staffed(running)
    found: dict[str, list[str]] = {}
    viewport = {"width": width, "height": 800}
    async with opening(
        color_scheme=scheme, viewport=viewport, locale=locale, bypass_csp=True
    ) as page:
        await sign_in(page)
        held = await hand_in(page, data)
        await page.add_script_tag(content=axe)
        found["held"] = await page.evaluate(RUN)
        await page.click("form[action$='/resume'] button")
        await running.institution.worker.work_off()
        [review] = [r async for r in running.institution.reviews.waiting()][:1]
        for path in (*PAGES, held, f"/admin/reviews/{review.id}"):
            await page.goto(path)
            await page.add_script_tag(content=axe)
            found[path] = await page.evaluate(RUN)
            wide = await page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
    assert {path: problems for path, problems in found.items() if problems} == {}
