"""The record of acts: filtered, exported, and its chain proved."""

from __future__ import annotations

import asyncio
import csv
import io
import re

from tests.web.admin.conftest import Console
from vault_core.store.catalog import Unit


async def test_an_auditor_filters_exports_and_sees_that_the_chain_holds(console: Console) -> None:
    institution = console.site.institution
    ada = await console.site.person("ada")
    del ada
    person = await institution.persons.find("ada")
    await institution.administration.suspend(person.id, "command")
    async with console.site.reader("auditor") as reader:
        page = await reader.text("/admin/journal")
        assert "La chaîne est intacte" in page
        assert "Compte suspendu" in page
        only = await reader.text("/admin/journal?verb=role-grant")
        assert "acte 4" not in only
        none = await reader.text("/admin/journal?since=2001-01-01&until=2001-01-02")
        assert "acte 1" not in none
        sheet = await reader.get("/admin/journal.csv?verb=suspend")
        rows = list(csv.DictReader(io.StringIO(sheet.text.removeprefix("\ufeff"))))
        assert [(row["number"], row["verb"], row["username"]) for row in rows] == [
            ("4", "suspend", "ada")
        ]


async def test_an_altered_act_is_told(console: Console) -> None:
    await console.site.institution.catalog.commit(_alter)
    async with console.site.reader("auditor") as reader:
        page = await reader.text("/admin/journal")
        assert "La chaîne est rompue" in page
        assert "act 2 was altered" in page


async def test_what_is_altered_later_shows_when_the_whole_is_verified(console: Console) -> None:
    """A look follows what is new; all of it is followed once an hour, or when somebody asks."""
    async with console.site.reader("auditor") as reader:
        first = await reader.text("/admin/journal")
        assert "Vérifiée en entier" in first
        await console.site.institution.catalog.commit(_alter)
        assert "La chaîne est intacte" in await reader.text("/admin/journal")
        answer = await reader.send("/admin/journal/verify", {})
        assert answer.headers["Location"] == "/admin/journal"
        async with asyncio.timeout(60):
            while "act 2 was altered" not in await reader.text("/admin/journal"):
                await asyncio.sleep(0.05)


async def test_what_is_cut_off_at_the_end_shows_at_once(console: Console) -> None:
    async with console.site.reader("auditor") as reader:
        assert "La chaîne est intacte" in await reader.text("/admin/journal")

        def cut() -> Unit[None]:
            yield "DELETE FROM acts WHERE number = 3", ()

        await console.site.institution.catalog.commit(cut)
        page = await reader.text("/admin/journal")
        assert "act 3 was altered or taken out" in page


def _alter() -> Unit[None]:
    yield "UPDATE acts SET detail = ? WHERE number = 2", ('{"role":"operator"}',)


async def test_pages_of_the_record_follow_one_another(console: Console) -> None:
    institution = console.site.institution
    await console.site.person("ada")
    person = await institution.persons.find("ada")
    for _ in range(51):
        await institution.administration.suspend(person.id, "command")
        await institution.administration.resume(person.id, "command")
    async with console.site.reader("auditor") as reader:
        first = await reader.text("/admin/journal")
        assert "acte 105" in first
        assert "before=6" in first
        assert "acte 5" in await reader.text("/admin/journal?before=6")


async def test_the_doctor_answers_in_the_console(console: Console) -> None:
    async with console.site.reader("administrator") as reader:
        page = await reader.text("/admin/health")
        assert "sqlite" in page
        assert "il n’y en a pas" in page.replace("\u00a0", " ")  # backups, in French
        assert "parchemin backup --to DOSSIER" in page
        assert "storage" in await reader.text("/admin/storage")


async def test_an_issuers_token_is_shown_once_and_revoked(console: Console) -> None:
    page = "/admin/issuers"
    mine = console.site.institution.plugins.issuer_of("bac").id
    async with console.site.reader("administrator") as reader:
        fields = {"issuer": mine, "label": "export", "may": "write", "days": "90"}
        made = await reader.send(f"{page}/token", fields)
        secret = re.search(r">(parchemin_issuer_[\w-]{43})<", made.text)
        assert secret
        again = await reader.text(page)
        assert secret[1] not in again
        assert (await reader.send(f"{page}/token", {**fields, "days": "400"})).status == 422
        token = re.search(r'name="token" value="([0-9a-f]{32})"', again)
        assert token
        await reader.send(f"{page}/token/revoke", {"token": token[1]})
        assert token[1] not in await reader.text(page)
