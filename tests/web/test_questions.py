"""The help page: the same questions in each language, answered as the institution is set up."""

from __future__ import annotations

import re

import pytest

from tests.web.site import Site
from vault_core.settings.load import override
from vault_core.web.questions import DOORS

CONTACTS = {
    "aide@lycee.example": '<a href="mailto:aide@lycee.example">aide@lycee.example</a>',
    "https://lycee.example/aide": '<a href="https://lycee.example/aide">https://lycee.example/aide</a>',
    "<b>bureau 12</b>": "<strong>&lt;b&gt;bureau 12&lt;/b&gt;</strong>",
}


async def test_every_page_leads_to_help_and_help_to_what_it_names(running: Site) -> None:
    async with running.reader() as anybody, running.reader("ada") as ada:
        for reader, where in ((anybody, "/"), (anybody, "/verify"), (anybody, "/nowhere"),
                              (ada, "/files/"), (ada, "/account")):  # fmt: skip
            assert '<a href="/help">Aide</a>' in (await reader.get(where)).text
        page = await ada.text("/help")
        assert re.findall(r'<section class="answer" id="(\w+)">', page) == list(DOORS)
        assert re.findall(r'<li><a href="#(\w+)">', page) == list(DOORS)
        for doors in DOORS.values():
            for _, where in doors:
                assert (await ada.get(where)).status in (200, 303), where


@pytest.mark.parametrize("contact", CONTACTS)
async def test_the_institution_says_whom_to_ask(running: Site, contact: str) -> None:
    institution = running.institution
    async with running.reader() as reader:
        assert CONTACTS[contact] not in await reader.text("/help")
        institution.reconfigure(override(institution.settings, "institution", {"contact": contact}))
        assert CONTACTS[contact] in await reader.text("/help")


async def test_it_says_how_long_the_trash_keeps(running: Site) -> None:
    institution = running.institution
    async with running.reader() as reader:
        for days, said in {
            30: "reste 30 jours",
            1: "reste 1 jour dans",
            0: "Regardez vite",
        }.items():
            institution.reconfigure(override(institution.settings, "vault", {"trash_days": days}))
            assert said in await reader.text("/help")
