"""What the jury's rows become, and why some are refused."""

from __future__ import annotations

import datetime as dt

import pytest
from parchemin_bac import parchemin_document_types
from parchemin_bac.award import Award

from vault_core.api import DocumentType
from vault_core.errors import InvalidRecord

TYPES = {one.id: one for one in parchemin_document_types()}
GOOD = {
    "ine": "123456789ab",
    "family_name": "LEFÈVRE",
    "given_names": "Camille, Jeanne",
    "birth_date": "3 juillet 2008",
    "birth_place": "Rennes",
    "birth_country": "France",
    "gender": "Mme",
    "series": "Générale",
    "speciality": "maths / NSI",
    "options": "Latin",
    "session": "2026",
    "academy": "académie de rennes",
    "grade": "B",
    "average": "14,25",
    "awarded_on": "07/07/2026",
}
TRADE = {**GOOD, "speciality": "Boulanger", "series": "", "grade": ""}


def reasons(kind: DocumentType, row: dict[str, str]) -> tuple[str, ...]:
    with pytest.raises(InvalidRecord) as caught:
        kind.parse(row)
    return caught.value.reasons


def test_a_row_becomes_typed_facts() -> None:
    record = TYPES["bac"].parse(GOOD)
    assert record.subject.ine == "123456789AB"
    assert record.subject.given_names == ("Camille", "Jeanne")
    assert (record.subject.gender, record.subject.birth_country) == ("F", "FR")
    assert record.awarded_on == dt.date(2026, 7, 7)
    assert Award.of(record.facts) == Award(
        diploma="bac",
        track="general",
        series="generale",
        specialities=("Mathématiques", "Numérique et sciences informatiques"),
        options=("Latin",),
        session="2026",
        academy="Rennes",
        mention="bien",
        average="14.25",
    )


@pytest.mark.parametrize(
    ("average", "grade", "mention"),
    [
        ("16", "", "tres-bien"),
        ("15,99", "", "bien"),
        ("14", "", "bien"),
        ("12", "", "assez-bien"),
        ("11,99", "", "sans"),
        ("10/20", "", "sans"),
        ("19", "", "felicitations"),
        ("18", "", "felicitations"),
        ("17,99", "", "tres-bien"),
        ("18", "TB félicitations", "felicitations"),
        ("18,5", "Très bien", "tres-bien"),
        ("", "AB", "assez-bien"),
        ("", "", ""),
    ],
)
def test_honours_follow_from_the_average(average: str, grade: str, mention: str) -> None:
    record = TYPES["bac"].parse({**GOOD, "average": average, "grade": grade})
    assert record.facts["mention"] == mention


@pytest.mark.parametrize(
    ("kind", "changes", "part"),
    [
        pytest.param("bac", {"average": "9,99"}, "no diploma is awarded", id="failed"),
        pytest.param("bac", {"average": "21"}, "not between 0 and 20", id="beyond-the-scale"),
        pytest.param("bac", {"grade": "TB"}, "does not agree with", id="honours-too-high"),
        pytest.param("bac", {"grade": "AB"}, "does not agree with", id="honours-too-low"),
        pytest.param("bac", {"grade": "Excellent"}, "is none of", id="unknown-honours"),
        pytest.param("bac", {"ine": "123"}, "is not an INE", id="ine"),
        pytest.param("bac", {"academy": "Renes"}, "is Rennes meant?", id="academy"),
        pytest.param("bac", {"series": "STG2000"}, "is none of", id="series"),
        pytest.param("bac", {"session": "hiver 2026"}, "is no session", id="session"),
        pytest.param(
            "bac", {"session": "2015", "awarded_on": "07/07/2015"}, "too early", id="young"
        ),
        pytest.param("bac", {"speciality": "A / B / C"}, "more than two", id="three-specialities"),
        pytest.param("bac", {"speciality": ""}, "awarded in a speciality", id="no-speciality"),
        pytest.param("bac", {"awarded_on": "07/07/2019"}, "session 2026", id="other-year"),
        pytest.param("bac", {"gender": "Q"}, "is none of M, F, X", id="gender"),
        pytest.param(
            "bac",
            {"session": "2019", "birth_date": "1/1/2001", "grade": "TBF", "average": "19"}
            | {"awarded_on": "05/07/2019"},
            "does not exist in the session 2019",
            id="congratulations-before-they-were",
        ),
        pytest.param(
            "bac",
            {"series": "bac pro", "speciality": "Cuisine", "session": "2023", "grade": "TBF"}
            | {"average": "19", "awarded_on": "06/07/2023", "birth_date": "3/7/2005"},
            "does not exist in the session 2023",
            id="professional-congratulations-before-they-were",
        ),
        pytest.param("cap", {"speciality": ""}, "the value is missing", id="cap-without-trade"),
        pytest.param(
            "cap", {"grade": "TBF", "average": "19"}, "does not exist", id="cap-congratulations"
        ),
        pytest.param("bep", {}, "it was last awarded in 2021", id="bep-after-its-end"),
    ],
)
def test_refused_with_its_reason(kind: str, changes: dict[str, str], part: str) -> None:
    base = GOOD if kind == "bac" else TRADE
    (reason,) = reasons(TYPES[kind], {**base, **changes})
    assert part in reason


def test_every_reason_at_once() -> None:
    found = reasons(TYPES["bac"], {**GOOD, "ine": "x", "average": "quinze", "academy": "Mars"})
    assert len(found) == 3


@pytest.mark.parametrize(
    ("changes", "title", "code"),
    [
        ({}, "Baccalauréat général", "BA"),
        ({"series": "STMG", "speciality": ""}, "Baccalauréat technologique", "BS"),
        ({"series": "bac pro", "speciality": "Cuisine"}, "Baccalauréat professionnel", "BP"),
    ],
)
def test_tracks(changes: dict[str, str], title: str, code: str) -> None:
    kind = TYPES["bac"]
    shown = kind.present(kind.parse({**GOOD, **changes}))
    assert shown.title.fr == title
    assert shown.twoddoc is not None
    assert shown.twoddoc["BG"] == code
    assert shown.twoddoc["BD"] == "4"
    assert shown.twoddoc["BI"] == "bien"


@pytest.mark.parametrize(
    ("kind", "code", "level"), [("cap", "CA", "3"), ("bep", "BE", "3"), ("bts", "BT", "5")]
)
def test_vocational_diplomas(kind: str, code: str, level: str) -> None:
    row = {**TRADE, "birth_date": "03/07/2003", "session": "2021", "awarded_on": "06/07/2021"}
    shown = TYPES[kind].present(TYPES[kind].parse(row))
    assert shown.twoddoc is not None
    assert (shown.twoddoc["BG"], shown.twoddoc["BD"]) == (code, level)
    assert shown.subtitle.fr == "Boulanger"
    assert shown.framework.en == f"European Qualifications Framework, level {level}"
    assert not shown.distinction.fr


@pytest.mark.parametrize(
    ("kind", "session", "average", "distinction"),
    [
        ("cap", "2023", "16", ""),
        ("cap", "2024", "16", "Mention très bien"),
        ("cap", "2024", "11", ""),
        ("bts", "2024", "16", ""),
    ],
)
def test_vocational_honours(kind: str, session: str, average: str, distinction: str) -> None:
    day = f"06/07/{session}"
    row = {**TRADE, "birth_date": "03/07/2004", "session": session, "awarded_on": day}
    record = TYPES[kind].parse({**row, "average": average})
    assert TYPES[kind].present(record).distinction.fr == distinction


def test_the_brevet_claims_no_level_of_qualification() -> None:
    row = {**GOOD, "series": "", "speciality": "", "average": "18", "grade": "TBF"}
    kind, row = TYPES["dnb"], {**row, "session": "2025", "birth_date": "1/1/2010"}
    row |= {"awarded_on": "08/07/2025"}
    shown = kind.present(kind.parse(row))
    assert shown.distinction.fr == "Mention très bien avec les félicitations du jury"
    assert (shown.framework.fr, shown.framework.en) == ("", "")
    assert shown.twoddoc is not None
    assert shown.twoddoc["BD"] == "2"


def test_replacement_session() -> None:
    kind = TYPES["bac"]
    record = kind.parse({**GOOD, "session": "septembre 2026", "awarded_on": "18/09/2026"})
    assert record.facts["session"] == "2026-09"
    assert record.awarded_on == dt.date(2026, 9, 18)
    assert "session de septembre 2026" in kind.present(record).statement.fr


def test_a_file_without_the_day_of_the_jury() -> None:
    row = {name: value for name, value in GOOD.items() if name != "awarded_on"}
    record = TYPES["bac"].parse(row)
    assert record.awarded_on is None
    assert "session 2026" in TYPES["bac"].present(record).statement.fr


def test_the_same_diploma_has_the_same_key() -> None:
    kind = TYPES["bac"]
    respelt = {**GOOD, "ine": "123 456 789 AB", "average": "14.25", "grade": "bien"}
    assert kind.parse(respelt).key == kind.parse(GOOD).key
    next_year = {"session": "2027", "awarded_on": "06/07/2027"}
    assert kind.parse({**GOOD, **next_year}).key != kind.parse(GOOD).key
