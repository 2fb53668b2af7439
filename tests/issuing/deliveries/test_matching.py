"""Whom a record is about: named cases, and a register full of homonyms, typos and new names."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from tests import stores
from tests.bench.matching import ENVIRONMENT, measure
from vault_core.api import Record, Subject
from vault_core.app.opening import create_institution, open_institution
from vault_core.issuing.deliveries.matching import Verdict, decide
from vault_core.issuing.deliveries.recognising import Recognition, doubt
from vault_core.settings import load_settings
from vault_core.store.ids import VaultId
from vault_core.vault.nodes.node import Quota
from vault_core.vault.persons.person import Facts, Person

BORN = dt.date(2008, 7, 3)
ADA = Facts("Ada Marie", "de La Fontaine", BORN, "123456789AB", ("Müller",))
NO_INE = Facts("Ada Marie", "de La Fontaine", BORN)


def person(facts: Facts, number: int = 1) -> Person:
    return Person(VaultId(bytes(15) + bytes([number])), f"p{number}", facts, "", Quota(0, 0), 0)


def subject(
    ine: str = "", family: str = "DE LA FONTAINE", given: str = "ADA", born: dt.date = BORN,
    usual: str = "",
) -> Subject:  # fmt: skip
    return Subject(ine, family, tuple(given.split(",")), born, usual_name=usual)


CASES: dict[str, tuple[Subject, list[Facts], Verdict]] = {
    "the INE and all else": (subject("123456789AB"), [ADA], "certain"),
    "the INE, another family name": (subject("123456789AB", "Leroy"), [ADA], "certain"),
    "the INE, a former name": (subject("123456789AB", "Muller"), [ADA], "certain"),
    "the INE, days and months swapped": (
        subject("123456789AB", born=dt.date(2008, 3, 7)), [ADA], "certain"),
    "the INE, another given name": (subject("123456789AB", given="Zoé"), [ADA], "doubtful"),
    "the INE, another birth date": (
        subject("123456789AB", born=dt.date(2001, 1, 1)), [ADA], "doubtful"),
    "the INE of whom nothing else is known": (
        subject("123456789AB"), [Facts(ine="123456789AB")], "certain"),
    "names and birth date": (subject(), [ADA], "certain"),
    "no particles": (subject(family="Fontaine"), [ADA], "certain"),
    "the usual name": (subject(family="MULLER"), [ADA], "certain"),
    "usual name beside another": (subject(family="Durand", usual="Mueller"), [ADA], "doubtful"),
    "names in each other's place": (
        subject(family="ADA MARIE", given="de La Fontaine"), [ADA], "certain"),
    "all given names": (subject(given="Ada,Marie"), [ADA], "certain"),
    "another second name": (subject(given="Ada,Zoé"), [ADA], "doubtful"),
    "the second name only": (subject(given="Marie"), [ADA], "doubtful"),
    "a typo in the family name": (subject(family="de la Fontayne"), [ADA], "doubtful"),
    "a typo in the given name": (subject(given="Adda"), [ADA], "doubtful"),
    "a typo in the birth date": (subject(born=dt.date(2008, 7, 8)), [ADA], "doubtful"),
    "another INE": (subject("999999999ZZ"), [ADA], "doubtful"),
    "two of the same": (subject(), [NO_INE, NO_INE], "doubtful"),
    "a mistyped INE of one of two of the same": (
        subject("999999999ZZ"), [ADA, NO_INE], "doubtful"),
    "two of the same, one has the INE": (subject("123456789AB"), [ADA, NO_INE], "certain"),
    "a twin with an INE": (subject("999999999ZZ", given="Zoé"), [ADA], "unknown"),
    "a twin, perhaps": (subject(given="Zoé"), [ADA], "doubtful"),
    "a namesake of another age": (subject(born=dt.date(2001, 1, 1)), [ADA], "unknown"),
    "a stranger born that day": (subject(family="Durand", given="Léo"), [ADA], "unknown"),
    "nobody": (subject(), [], "unknown"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_verdict(case: str) -> None:
    about, known, verdict = CASES[case]
    found = decide(about, [person(facts, number) for number, facts in enumerate(known)])
    assert found.verdict == verdict


def test_an_ine_that_a_register_with_ines_does_not_have() -> None:
    """It may be somebody's of the same names and birth date, who has no vault."""
    about = subject("999999999ZZ")
    assert decide(about, [person(NO_INE)], numbered=True).verdict == "doubtful"
    assert decide(about, [person(NO_INE)], numbered=False).verdict == "certain"
    assert decide(subject(), [person(NO_INE)], numbered=True).verdict == "certain"


@pytest.mark.parametrize("numbered", [True, False])
async def test_a_register_is_asked_whether_it_has_ines(tmp_path: Path, numbered: bool) -> None:
    settings = load_settings(tmp_path, stores.environment(tmp_path, ENVIRONMENT))
    await create_institution(tmp_path, settings)
    async with open_institution(tmp_path, settings) as institution:
        await institution.persons.add("ada", NO_INE)
        if numbered:
            await institution.persons.add("zoe", Facts("Zoé", "Diallo", BORN, "070000001ZZ"))
        record = Record("bac", "1", subject("999999999ZZ"), {}, dt.date(2026, 7, 5))
        [match] = await Recognition(institution.persons).match([record])
    assert match is not None
    assert match.verdict == ("doubtful" if numbered else "certain")
    if numbered:
        assert doubt(match).kind == "no-ine"


def test_a_compound_name_in_its_other_order() -> None:
    known = person(Facts("Noé", "Martin-Le Goff", BORN))
    assert decide(subject(family="LE GOFF MARTIN", given="Noé"), [known]).verdict == "certain"
    assert decide(subject(family="Martin", given="Noé"), [known]).verdict == "doubtful"


async def test_no_wrong_vault_among_homonyms_typos_and_changed_names() -> None:
    figures = await measure(persons=1500, records=1500, seed=3)
    assert figures.wrong == 0
    assert figures.resolved > 0.8
    assert figures.rows == 1500
