"""What the rows of a Pix session become, and why some are refused."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from parchemin_pix.document import PixType
from parchemin_pix.framework import COMPETENCES, DOMAINS
from parchemin_pix.result import valid_until

from vault_core.errors import InvalidRecord
from vault_core.issuing.input import intake

PIX = PixType()
LEVELS = {one.fact: "4" for one in COMPETENCES}
GOOD = {
    "family_name": "KOWALSKI",
    "given_names": "Noémie",
    "birth_date": "02/09/2008",
    "pix_code": "p-2a4b6c8d",
    "status": "Validée",
    "score": "530",
    "session": "48213",
    "centre": "Lycée Victor-Hugo",
    "awarded_on": "18/03/2026",
    **LEVELS,
}
EXPORT = (
    "Numéro de certification;Prénom;Nom;Date de naissance;Lieu de naissance;Identifiant Externe;"
    "Statut;Nombre de Pix;1.1;1.2;1.3;2.1;2.2;2.3;2.4;3.1;3.2;3.3;3.4;4.1;4.2;4.3;5.1;5.2;Session;"
    "Centre de certification;Date de passage de la certification\n"
    "P-2A4B6C8D;Noémie;KOWALSKI;02/09/2008;Nîmes;123456789AB;Validée;530;"
    "4;5;4;3;4;4;-;4;4;5;2;4;4;4;5;3;48213;Lycée Victor-Hugo;18/03/2026\n"
    "P-2A4B6C8E;Noé;MOREAU;03/10/2008;Brest;123456780AB;Rejetée;0;"
    "-;-;-;-;-;-;-;-;-;-;-;-;-;-;-;-;48213;Lycée Victor-Hugo;18/03/2026\n"
)


def test_the_framework_is_whole() -> None:
    assert len(DOMAINS) == 5
    assert len(COMPETENCES) == 16
    assert len({one.fact for one in COMPETENCES}) == 16


def test_a_centre_s_export_is_read() -> None:
    opened = intake.read(io.BytesIO(EXPORT.encode()), PIX)
    good, bad = intake.parse(opened, PIX)
    assert isinstance(good, intake.Parsed)
    assert good.record.subject.ine == "123456789AB"
    assert good.record.facts["score"] == 530
    assert (good.record.facts["level_1_2"], good.record.facts["level_2_4"]) == (5, 0)
    assert isinstance(bad, intake.RowError)
    assert bad.line == 3
    assert any("only validated" in reason for reason in bad.reasons)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        pytest.param({"score": "896"}, "not between 1 and 895", id="over-the-cap"),
        pytest.param({"score": "700", "top_level": "5"}, "1 and 640", id="over-an-older-cap"),
        pytest.param({"level_3_4": "8"}, "not between 0 and 7", id="level-too-high"),
        pytest.param({"pix_code": "X-123"}, "is no Pix verification code", id="code"),
        pytest.param({"status": "Annulée"}, "is no success", id="cancelled"),
        pytest.param(dict.fromkeys(LEVELS, "-"), "nothing to certify", id="no-level"),
    ],
)
def test_refused_with_its_reason(changes: dict[str, str], part: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        PIX.parse({**GOOD, **changes})
    (reason,) = caught.value.reasons
    assert part in reason


@pytest.mark.parametrize(
    ("day", "end"),
    [
        (dt.date(2026, 3, 18), dt.date(2029, 3, 18)),
        (dt.date(2024, 2, 29), dt.date(2027, 2, 28)),
    ],
)
def test_valid_for_three_years(day: dt.date, end: dt.date) -> None:
    assert valid_until(day) == end


def test_presentation_gives_every_level() -> None:
    shown = PIX.present(PIX.parse(GOOD))
    values = {fact.id: fact.value.fr for fact in shown.facts}
    assert values["score"] == "530 / 895 pix"
    assert all(values[one.fact] == "4 / 7" for one in COMPETENCES)
