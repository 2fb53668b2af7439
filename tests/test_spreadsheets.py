"""What a spreadsheet would run stays text in every table that is written for one."""

from __future__ import annotations

import pytest

from vault_core.spreadsheets import inert

RUN = {
    "a sum": "=1+1",
    "a plus sign": "+1+1",
    "a minus sign": "-1+1",
    "a call of old": "@SUM(A1)",
    "a tab before it": "\t=1+1",
    "a return before it": "\r=1+1",
}
TEXT = {"nothing": "", "a name": "Maëlys", "a sign within": "Jean-Luc", "a space before it": " =1"}


@pytest.mark.parametrize("name", RUN)
def test_a_formula_is_quoted(name: str) -> None:
    assert inert(RUN[name]) == f"'{RUN[name]}"


@pytest.mark.parametrize("name", TEXT)
def test_text_stays_as_it_is(name: str) -> None:
    assert inert(TEXT[name]) == TEXT[name]
