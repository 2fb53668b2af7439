"""Pages whose lines are placed here are the pages that typst sets, tags and all."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import Any

import page as pdf_validator
import pytest

from tests.issuing.pages.test_blanks import LOADED, RENDERER, page, records
from vault_core.api import Text
from vault_core.issuing.pages.blanks import Blanks
from vault_core.issuing.pages.composing import WORTH
from vault_core.issuing.pages.faces import lines_shown, page_content, page_of
from vault_core.issuing.pages.rendering import Page
from vault_core.issuing.pdf.file import PdfFile
from vault_core.issuing.pdf.syntax import Reference

COMMON = sorted(one.id for one in LOADED.document_types.values() if not one.template())
A_HAIR = 0.03
"""Points."""


def pages_of(type_id: str, count: int) -> list[Page]:
    return [page(record, number) for number, record in enumerate(records(type_id, count))]


@cache
def shared() -> Blanks:
    """The blanks of a process that has worked for a while."""
    return Blanks(RENDERER)


def composed(one: Page) -> PdfFile:
    """The page in a blank, once as many of its title came as are worth one."""
    for _ in range(WORTH):
        sheet = shared().sheet(one)
        if sheet is not None:
            return sheet
    raise AssertionError("no blank was composed")


def check(one: Page, sheet: PdfFile) -> None:
    """That each line says the same, in the same type, in the same place as where typst sets it."""
    ours, theirs = lines_shown(sheet.data), lines_shown(RENDERER.pdf(one))
    assert [line[:3] for line in ours] == [line[:3] for line in theirs]
    for mine, other in zip(ours, theirs, strict=True):
        assert math.dist(mine[3:], other[3:]) < A_HAIR, mine


def test_there_are_document_types_with_the_common_page() -> None:
    assert {"bac", "dnb", "cap", "bep", "bts"} <= set(COMMON)


@pytest.mark.parametrize("type_id", COMMON)
def test_a_composed_page_is_the_page_that_typst_sets(type_id: str) -> None:
    pages = pages_of(type_id, 4)
    blanks = Blanks(RENDERER)
    assert [blanks.sheet(pages[0]) for _ in range(WORTH - 1)] == [None] * (WORTH - 1)
    for one in [pages[0], *(one for one in pages[1:] if same_title(one, pages[0]))]:
        sheet = blanks.sheet(one)
        assert sheet is not None
        check(one, sheet)


def same_title(one: Page, other: Page) -> bool:
    return one.presentation.title == other.presentation.title


def test_of_diplomas_of_many_kinds_typst_sets_none_once_there_were_enough_of_each_title() -> None:
    pages = pages_of("bac", 60)
    for one in {one.presentation.title.fr: one for one in pages}.values():
        composed(one)
    sheets = [(one, shared().sheet(one)) for one in pages]
    assert len({len(one.presentation.facts) for one in pages}) > 2
    for number, (one, sheet) in enumerate(sheets):
        assert sheet is not None
        if number % 4 == 0:
            check(one, sheet)


LONG = "Maximilienne-Joséphine de La Rochefoucauld d’Estissac"
VARIANTS: dict[str, dict[str, Any]] = {
    "in English": {"language": "en"},
    "without a 2D-Doc": {"datamatrix": None},
    "with a notice": {"notice": Text("Cachet d’essai : sans valeur.", "Test seal: no value.")},
    "a long name": {"family_name": LONG},
    "a usual name, which sets the birth on two lines": {
        "usual_name": LONG,
        "birth_place": "Saint-Rémy-en-Bouzemont-Saint-Genest-et-Isson",
    },
    "born abroad": {"birth_place": "Bruxelles", "birth_country": "BE"},
    "nothing but a birth date": {"birth_place": "", "gender": ""},
    "no facts": {"facts": ()},
    "no second line under the title": {"subtitle": Text("", ""), "distinction": Text("", "")},
    "the same in both languages": {"distinction": Text("Mention", "Mention")},
    "no day of award": {"awarded_on": None},
}
_OF_THE_RECORD = ("awarded_on",)
_OF_THE_PERSON = ("family_name", "usual_name", "birth_place", "birth_country", "gender")
_OF_THE_DIPLOMA = ("facts", "subtitle", "distinction")


@pytest.mark.parametrize("name", VARIANTS)
def test_composed_however_the_page_differs(name: str) -> None:
    model, changes = pages_of("bac", 1)[0], VARIANTS[name]
    person = {key: value for key, value in changes.items() if key in _OF_THE_PERSON}
    diploma = {key: value for key, value in changes.items() if key in _OF_THE_DIPLOMA}
    facts = {key: value for key, value in changes.items() if key in _OF_THE_RECORD}
    known = person.keys() | diploma.keys() | facts.keys()
    other = {key: changes[key] for key in changes.keys() - known}
    record = replace(model.record, subject=replace(model.record.subject, **person), **facts)
    one = replace(
        model, record=record, presentation=replace(model.presentation, **diploma), **other
    )
    sheet = composed(one)
    check(one, sheet)
    for profile in ("3a", "ua1"):
        report = pdf_validator.validate_pdf_bytes(sheet.data, profile=profile)
        assert report.is_compliant, [failure.message for failure in report.failures]


def spoken(file: PdfFile) -> list[str]:
    """What a screen reader says, in the order of the tags: each marked content's text."""
    shown: dict[int, str] = {}
    texts = [line[2] for line in lines_shown(file.data)]
    content, at = page_content(file), 0
    for part in content.split(b"EMC/Span<</MCID ")[1:]:
        count = part.count(b"]TJ")
        shown[int(part.split(b">")[0].split(b"/")[0])] = "".join(texts[at : at + count])
        at += count
    root = file.dictionary(file.catalog["StructTreeRoot"])
    said: list[str] = []

    def walk(element: Reference) -> None:
        for kid in file.array(file.dictionary(element).get("K")):
            if isinstance(kid, Reference):
                assert file.dictionary(kid)["P"] == element
                walk(kid)
            else:
                assert isinstance(kid, int)
                assert file.array(_parents(file))[kid] == element
                said.append(shown.pop(kid))

    for kid in file.array(root["K"]):
        walk(file.reference(kid))
    assert not shown
    assert len(file.array(_parents(file))) == len(said)
    return said


def _parents(file: PdfFile) -> Any:
    assert page_of(file)["StructParents"] == 0
    root = file.dictionary(file.catalog["StructTreeRoot"])
    return file.array(file.dictionary(root["ParentTree"])["Nums"])[1]


def test_a_screen_reader_is_told_the_same_in_the_same_order() -> None:
    for one in pages_of("bac", 8):
        sheet = composed(one)
        ours, theirs = spoken(sheet), spoken(RENDERER.sheet(one))
        assert "".join(ours) == "".join(theirs)
        assert "" in ours  # a barcode, which has a text of its own


def test_a_page_too_full_for_one_sheet_is_refused_as_ever() -> None:
    model = pages_of("bac", 1)[0]
    composed(model)
    [*_, fact] = model.presentation.facts
    many = tuple(replace(fact, id=f"f{number}") for number in range(60))
    crowded = replace(model, presentation=replace(model.presentation, facts=many))
    assert shared().sheet(crowded) is None
