"""Why rows and files are refused, in both languages, from the file to the page."""

from __future__ import annotations

import io
import pickle
from collections.abc import Iterator

import pytest

from tests.issuing.house import TYPES
from tests.issuing.input.test_intake import OTHER, Kind
from vault_core.api import Reason, said
from vault_core.errors import InvalidInput, InvalidRecord
from vault_core.issuing.input import intake
from vault_core.issuing.input.intake import RowError
from vault_core.issuing.reasons import packed, unpacked
from vault_core.plugins import load_plugins

PLUGINS = load_plugins(("local", "bac", "jdc", "assr", "b2i", "pix"))
WRONG = ("zzz", "-1", "31/02/2007", "01/01/1800", "01/01/2101", "99999", "\x07", "x" * 300)


def test_a_reason_is_its_english_text_and_knows_its_french() -> None:
    reason = Reason("n'est pas une date : écrivez « 2026 »", "is no date")
    assert reason == "is no date"
    assert said(reason, "en") == "is no date"
    assert said(reason, "fr") == "n’est pas une date\u00a0: écrivez «\u00a02026\u00a0»"
    assert said("plain", "fr") == "plain"
    assert said(pickle.loads(pickle.dumps(reason)), "fr") == reason.fr
    both = unpacked(packed([reason, "plain"]))
    assert [said(one, "fr") for one in both] == [reason.fr, "plain"]
    assert both == ("is no date", "plain")


def refusals(kind: str) -> Iterator[str]:
    """Every reason for which a sample row is refused, each of its cells spoilt in turn."""
    wanted = PLUGINS.document_types[kind]
    [row] = wanted.sample(1, 7)
    for column in row:
        for value in ("", *WRONG):
            try:
                wanted.parse({**row, column: value})
            except InvalidRecord as error:
                yield from error.reasons


@pytest.mark.parametrize("kind", TYPES)
def test_every_rule_of_every_type_says_why_in_french(kind: str) -> None:
    found = set(refusals(kind))
    assert len(found) > 10
    assert [one for one in found if not isinstance(one, Reason) or one.fr == one] == []


@pytest.mark.parametrize("kind", TYPES)
def test_no_column_is_named_in_french_on_an_english_page(kind: str) -> None:
    french = {
        column.title.fr
        for column in PLUGINS.document_types[kind].columns
        if not column.title.en.startswith(column.title.fr)
    }
    assert french
    assert [one for one in refusals(kind) if str(one).partition(":")[0] in french] == []


@pytest.mark.parametrize(
    "data",
    [
        b"", b"PK\x03\x04 and so on", b"a\0b", b"one\ntwo\n", b"Nom;Nom;Ville\n",
        b"Num\xc3\xa9ro;Note\n1;2\n", b"x" * (1 << 20),
    ],
)  # fmt: skip
def test_a_file_that_is_no_table_is_refused_in_french(data: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        list(intake.read(io.BytesIO(data), Kind(), (OTHER,)))
    assert said(caught.value.reason, "fr") != str(caught.value)


@pytest.mark.parametrize(
    "row", ['"Lef"e;03/07/2008;Brest', "Lefèvre;03/07/2008;Brest;more", '"never closed']
)
def test_a_row_that_is_no_row_is_refused_in_french(row: str) -> None:
    source = io.BytesIO(f"Nom;Date de naissance;Ville\n{row}\n".encode())
    [found] = intake.read(source, Kind())
    assert isinstance(found, RowError)
    assert [one for one in found.reasons if not isinstance(one, Reason)] == []


def test_warnings_are_in_french_too() -> None:
    opened = intake.read(io.BytesIO(b"Nom;Date de naissance;Rang;;x\na;b;c;d;e\n"), Kind())
    assert len(opened.warnings) == 3
    assert all(isinstance(one, Reason) for one in opened.warnings)
