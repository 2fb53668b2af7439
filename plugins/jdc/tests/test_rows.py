"""What the service national's rows become, and why some are refused."""

from __future__ import annotations

import datetime as dt

import pytest
from parchemin_jdc.document import JdcType

from vault_core.errors import InvalidRecord

JDC = JdcType()
GOOD = {
    "family_name": "NGUYEN",
    "given_names": "Théo",
    "birth_date": "14/03/2009",
    "day": "14/03/2026",
    "centre": "Rennes",
    "number": "2026-35-004217",
}


def test_without_student_number_names_tell_people_apart() -> None:
    record = JDC.parse(GOOD)
    assert record.subject.ine == ""
    assert record.key != JDC.parse({**GOOD, "birth_date": "15/03/2009", "day": "16/03/2026"}).key
    assert record.valid_until is None


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        pytest.param({"birth_date": "15/03/2010"}, "at the age of 15", id="too-young"),
        pytest.param({"birth_date": "14/03/2000"}, "at the age of 26", id="too-old"),
        pytest.param({"centre": ""}, "Place of the day", id="no-place"),
        pytest.param({"nature": "Report"}, "is none of", id="unknown-kind"),
        pytest.param({"nature": "Provisoire"}, "ends on a day", id="endless-provisional"),
        pytest.param({"until": "01/01/2027"}, "provisional certificates only", id="ending-final"),
        pytest.param({"number": "n° 12*"}, "is no certificate number", id="number"),
        pytest.param(
            {"nature": "Provisoire", "until": "14/03/2026"}, "is not after", id="over-at-once"
        ),
    ],
)
def test_refused_with_its_reason(changes: dict[str, str], part: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        JDC.parse({**GOOD, **changes})
    (reason,) = caught.value.reasons
    assert part in reason


def test_a_provisional_certificate_ends() -> None:
    record = JDC.parse({**GOOD, "nature": "Provisoire", "until": "31/12/2026", "centre": ""})
    assert record.valid_until == dt.date(2026, 12, 31)


def test_exemption_agrees_with_gender() -> None:
    row = {**GOOD, "nature": "exemption", "gender": "F"}
    assert "est exemptée de la" in JDC.present(JDC.parse(row)).statement.fr


def test_the_page_says_what_it_is_for() -> None:
    shown = JDC.present(JDC.parse(GOOD))
    assert "avant 25 ans" in shown.criteria.fr
    assert "doc.criteria" in JDC.template()
