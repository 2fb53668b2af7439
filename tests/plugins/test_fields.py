"""How single values of an issuer's file read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vault_core import fields

GOOD_DATES = [
    ("03/07/2026", dt.date(2026, 7, 3)),
    ("3/7/2026", dt.date(2026, 7, 3)),
    ("3.7.2026", dt.date(2026, 7, 3)),
    ("03-07-2026", dt.date(2026, 7, 3)),
    ("2026-07-03", dt.date(2026, 7, 3)),
    ("2026-07-03T00:00:00", dt.date(2026, 7, 3)),
    ("3 juillet 2026", dt.date(2026, 7, 3)),
    ("1er août 2026", dt.date(2026, 8, 1)),
    ("1er AOUT 2026", dt.date(2026, 8, 1)),
    ("12 décembre 2026", dt.date(2026, 12, 12)),
    ("3 July 2026", dt.date(2026, 7, 3)),
    ("3\u00a0juillet\u202f2026", dt.date(2026, 7, 3)),
    ("29/02/2024", dt.date(2024, 2, 29)),
]


@pytest.mark.parametrize(("text", "date"), GOOD_DATES)
def test_dates(text: str, date: dt.date) -> None:
    assert fields.parse_date(text) == date


@pytest.mark.parametrize(
    "text",
    [
        "",
        "03/07/26",
        "31/02/2026",
        "29/02/2023",
        "2026-13-01",
        "3 jullet 2026",
        "٣/٧/٢٠٢٦",
        "46206",
        "07/2026",
        "0/1/2026",
        "2026-07-03 14:00",
    ],
)
def test_no_dates(text: str) -> None:
    with pytest.raises(ValueError, match=r"is "):
        fields.parse_date(text)


@given(st.dates(dt.date(1900, 1, 1), dt.date(2999, 12, 31)))
def test_what_people_read_reads_back(date: dt.date) -> None:
    for text in (fields.date_fr(date), fields.date_en(date), date.isoformat(), f"{date:%d/%m/%Y}"):
        assert fields.parse_date(text) == date


@pytest.mark.parametrize(
    ("text", "number"),
    [("14,25", "14.25"), ("14.25", "14.25"), ("10", "10"), ("16,5/20", "16.5"), (" 9 ", "9")],
)
def test_decimals(text: str, number: str) -> None:
    assert fields.parse_decimal(text, Decimal(0), Decimal(20)) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "quinze", "-1", "20,01", "1e1", "NaN", "14,255", "14,25/10", "1 4,2,5", "١٢", "+5"]
)
def test_no_decimals(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has more"):
        fields.parse_decimal(text, Decimal(0), Decimal(20))


@pytest.mark.parametrize("text", ["123456789AB", "1234567890a", "123 456 789 ab", "0A1B2C3D4E5"])
def test_student_numbers(text: str) -> None:
    assert fields.ine(text) == text.replace(" ", "").upper()


@pytest.mark.parametrize(
    "text", ["", "123", "12345678ABC", "123456789A!", "123456789ABC", "١" * 11]
)
def test_no_student_numbers(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not an INE"):
        fields.ine(text)


@pytest.mark.parametrize("text", ["0750655E", "0750654d"])
def test_school_numbers(text: str) -> None:
    assert fields.uai(text) == text.upper()


@pytest.mark.parametrize(("text", "why"), [("0750655A", "ends in E"), ("075", "is not")])
def test_no_school_numbers(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        fields.uai(text)


@pytest.mark.parametrize(
    "text",
    [
        "Lefèvre",
        "D’Alessandro",
        "N'Diaye",
        "Saint-Martin",
        "Cœurdeloup",
        "Yılmaz",
        "阿部",
        "St. John",
    ],
)
def test_names(text: str) -> None:
    assert fields.name(f"  {text} ") == text


@pytest.mark.parametrize("text", ["R2D2", "a\x00b", "<b>", "-", "a@b", "x" * 101, "\u202eabc"])
def test_no_names(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not|has|holds"):
        fields.name(text)


def test_given_names() -> None:
    assert fields.given_names("Camille, Marie Lou") == ("Camille", "Marie Lou")
    assert fields.given_names("Jean-Paul Marie") == ("Jean-Paul", "Marie")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Né(e) le", "nee le"),
        ("N° INE", "n ine"),
        ("Cœur", "coeur"),
        ("DATE\u00a0NAISS.", "date naiss"),
    ],
)
def test_spellings_that_are_the_same(one: str, other: str) -> None:
    assert fields.fold(one) == fields.fold(other)


@pytest.mark.parametrize(
    "reader",
    [fields.parse_date, fields.ine, fields.uai, fields.name, fields.given_names, fields.line],
)
@given(text=st.text(max_size=40))
def test_any_text_is_read_or_refused_by_value_error(
    reader: Callable[[str], object], text: str
) -> None:
    try:
        reader(text)
    except ValueError as error:
        assert str(error).isprintable()  # noqa: PT017  # both outcomes are right
