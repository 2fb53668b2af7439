"""One person's damaged row keeps no other person's certificate from being delivered."""

from __future__ import annotations

import csv
import datetime as dt
import io
from pathlib import Path

import pytest

from tests import stores
from tests.processes import opened, prepare
from vault_core.vault.persons.person import Facts

pytestmark = pytest.mark.fault
BORN = dt.date(2008, 2, 29)
HEADERS = (
    "INE", "Nom", "Prénoms", "Date de naissance", "Série", "Spécialité", "Session", "Académie",
    "Date du jury",
)  # fmt: skip
PEOPLE = {"ada": ("111111111AA", "Lovelace", "Ada"), "bob": ("222222222BB", "Martin", "Bob")}
DAMAGE = {
    "public key": "UPDATE vaults SET recipient = replace(recipient, 'q', 'p') WHERE id = ?",
    "facts": "UPDATE persons SET sealed = substr(sealed, 1, 2) WHERE id = ?",
}


def _file() -> io.BytesIO:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";")
    writer.writerow(HEADERS)
    for ine, family, given in PEOPLE.values():
        writer.writerow([ine, family, given, "29/02/2008", "Générale", "Maths / NSI", "2026",
                         "Rennes", "07/07/2026"])  # fmt: skip
    return io.BytesIO(text.getvalue().encode())


@pytest.mark.parametrize("case", DAMAGE)
async def test_the_other_rows_go_through(case: str, tmp_path: Path) -> None:
    data = tmp_path / "data"
    prepare(data)
    async with opened(data) as institution:
        for username, (ine, family, given) in PEOPLE.items():
            new = await institution.persons.add(username, Facts(given, family, BORN, ine))
            if username == "ada":
                damaged = new.person.id
    stores.rows(data, DAMAGE[case], damaged)
    async with opened(data) as institution:
        summary = await institution.deliveries.deliver("bac", _file())
        assert (summary.counts["delivered"], summary.counts["refused"]) == (1, 1)
        (row,) = summary.failed
        assert row.line == 2
        assert "damaged" in row.reasons[0]
        kinds = [problem.kind for problem in (await institution.maintenance.check()).problems]
        assert kinds == (["key"] if case == "public key" else [])
