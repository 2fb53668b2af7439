"""A site with an operator, an administrator, an auditor, and pupils whom files are about."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.web.site import Reader, Site, site
from vault_core.roles import GRANTED
from vault_core.vault.persons.person import Facts

SEED = 5


@dataclass
class Console:
    """The running site, and rows of the baccalauréat about persons whom it knows."""

    site: Site

    def rows(self, count: int) -> list[dict[str, str]]:
        """As many rows, each about somebody else."""
        return [dict(row) for row in self.bac.sample(count, SEED)]

    @property
    def bac(self):  # type: ignore[no-untyped-def]
        return self.site.institution.plugins.document_types["bac"]

    async def pupil(self, username: str, row: dict[str, str], ine: bool = True) -> None:
        """Somebody whom the row is about, with an activation code only."""
        subject = self.bac.parse(row).subject
        facts = Facts(
            " ".join(subject.given_names), subject.family_name, subject.birth_date,
            subject.ine if ine else "",
        )  # fmt: skip
        await self.site.institution.persons.add(username, facts)

    def table(self, rows: list[dict[str, str]]) -> bytes:
        """A file of these rows."""
        text = io.StringIO()
        writer = csv.writer(text, delimiter=";")
        writer.writerow([column.names[0] for column in self.bac.columns])
        writer.writerows([[row.get(c.id, "") for c in self.bac.columns] for row in rows])
        return text.getvalue().encode()

    async def hand_in(self, reader: Reader, data: bytes, type_id: str = "bac") -> tuple[int, str]:
        """Send a file by the form: status, and where the answer leads (or its page)."""
        from aiohttp import FormData

        form = FormData()
        form.add_field("csrf", await reader.token())
        form.add_field("type", type_id)
        form.add_field("file", data, filename="résultats.csv", content_type="text/csv")
        async with reader.client.post("/admin/deliver", data=form, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", "") or await answer.text()

    async def work_off(self) -> None:
        """Deliver what waits."""
        await self.site.institution.worker.work_off()

    async def verbs(self) -> list[str]:
        """Which acts were recorded, in their order."""
        rows = await self.site.institution.catalog.fetch("SELECT verb FROM acts ORDER BY number")
        return [row[0] for row in rows]


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[Console]:
    async with site(tmp_path / "data") as found:
        for role in GRANTED:
            await found.person(role)
            person = await found.institution.persons.find(role)
            await found.institution.roles.grant(person, role)
        yield Console(found)
