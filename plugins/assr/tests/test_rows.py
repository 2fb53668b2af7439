"""What the schools' rows become, and why some are refused."""

from __future__ import annotations

import pytest
from parchemin_assr import parchemin_document_types
from parchemin_assr.document import school_year

from vault_core.errors import InvalidRecord

TYPES = {one.id: one for one in parchemin_document_types()}
GOOD = {
    "ine": "123456789AB",
    "family_name": "DIALLO",
    "given_names": "Inès",
    "birth_date": "02/09/2011",
    "session": "2025-2026",
    "awarded_on": "12/05/2026",
    "score": "17",
    "school": "Collège Anne-de-Bretagne",
    "uai": "0750655e",
    "class_name": "3e B",
}


def test_the_four_certificates() -> None:
    assert list(TYPES) == ["assr1", "assr2", "asr", "aer"]


def test_a_row_becomes_facts() -> None:
    record = TYPES["assr2"].parse(GOOD)
    assert record.facts == {
        "level": "assr2",
        "session": "2025-2026",
        "score": 17,
        "school": "Collège Anne-de-Bretagne",
        "uai": "0750655E",
        "class_name": "3e B",
    }


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        pytest.param({"score": "9"}, "no certificate is given", id="failed"),
        pytest.param({"score": "25"}, "not between 0 and 20", id="beyond-the-scale"),
        pytest.param({"score": "12,5"}, "more than 0 decimals", id="half-point"),
        pytest.param({"uai": "0750655A"}, "0750655 ends in E", id="school-check-letter"),
        pytest.param({"awarded_on": "12/05/2024"}, "school year 2025-2026", id="other-year"),
        pytest.param({"birth_date": "02/09/2015"}, "is too early", id="too-young"),
        pytest.param({"session": "2024-2026"}, "is no school year", id="two-years"),
    ],
)
def test_refused_with_its_reason(changes: dict[str, str], part: str) -> None:
    with pytest.raises(InvalidRecord) as caught:
        TYPES["assr2"].parse({**GOOD, **changes})
    (reason,) = caught.value.reasons
    assert part in reason


@pytest.mark.parametrize("text", ["2025-2026", "2025/2026", "2025 – 2026", "2026"])
def test_school_years(text: str) -> None:
    assert school_year(text) == "2025-2026"


def test_passing_twice_is_one_certificate() -> None:
    later = {**GOOD, "session": "2026-2027", "awarded_on": "12/05/2027", "score": "20"}
    assert TYPES["assr2"].parse(later).key == TYPES["assr2"].parse(GOOD).key
    assert TYPES["assr1"].parse(GOOD).key != TYPES["assr2"].parse(GOOD).key
