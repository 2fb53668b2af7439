"""What the rows of B2i and C2i become, and why some are refused."""

from __future__ import annotations

import pytest
from parchemin_b2i import parchemin_document_types

from vault_core.errors import InvalidRecord

TYPES = {one.id: one for one in parchemin_document_types()}
DOMAINS = {f"domain_{number}": f"1{number}/05/2014" for number in range(1, 6)}
GOOD = {
    "family_name": "MOREAU",
    "given_names": "Léa",
    "birth_date": "02/09/1999",
    "school": "Collège Anne-de-Bretagne",
    "awarded_on": "20/06/2014",
    **DOMAINS,
}
TRADE = {**GOOD, "birth_date": "02/09/1990", "trade": "métiers du droit"}


def test_the_five_levels() -> None:
    assert list(TYPES) == ["b2i-ecole", "b2i-college", "b2i-lycee", "c2i-1", "c2i-2"]


def test_each_domain_has_its_date() -> None:
    record = TYPES["b2i-college"].parse(GOOD)
    assert record.facts["domain_3"] == "2014-05-13"
    shown = TYPES["b2i-college"].present(record)
    assert [fact.value.fr for fact in shown.facts][:2] == ["11 mai 2014", "12 mai 2014"]


def test_a_level_two_names_its_trade() -> None:
    record = TYPES["c2i-2"].parse(TRADE)
    assert record.facts["trade"] == "Métiers du droit"
    assert TYPES["c2i-2"].present(record).facts[0].value.en == "Law"


@pytest.mark.parametrize(
    ("kind", "changes", "part"),
    [
        pytest.param("b2i-college", {"domain_4": ""}, "Domain 4", id="domain-missing"),
        pytest.param("b2i-college", {"domain_1": "21/06/2014"}, "later than", id="domain-later"),
        pytest.param("b2i-ecole", {"birth_date": "01/01/2007"}, "is too early", id="too-young"),
        pytest.param("c2i-2", {"trade": "Sorcier"}, "is none of", id="unknown-trade"),
        pytest.param("c2i-2", {"awarded_on": "20/06/2003"}, "too early", id="as-a-child"),
    ],
)
def test_refused_with_its_reason(kind: str, changes: dict[str, str], part: str) -> None:
    base = TRADE if kind == "c2i-2" else GOOD
    with pytest.raises(InvalidRecord) as caught:
        TYPES[kind].parse({**base, **changes})
    assert any(part in reason for reason in caught.value.reasons)


def test_before_the_certificate_existed() -> None:
    row = {**GOOD, "awarded_on": "20/06/2000", "birth_date": "02/09/1980"}
    row |= dict.fromkeys(DOMAINS, "10/05/2000")
    with pytest.raises(InvalidRecord, match="before this level began in 2001"):
        TYPES["b2i-college"].parse(row)
