"""The list of tests that run on one kind of stores only names what there is."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.once import ONCE, reason

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("place", ONCE)
def test_what_runs_once_exists(place: str) -> None:
    file, _, test = place.partition("::")
    path = ROOT / file
    assert path.is_dir() if place.endswith("/") else f"def {test}" in path.read_text()
    assert reason(f"{place}::test_anything") == ONCE[place]


def test_everything_else_runs_on_both() -> None:
    assert reason("tests/vault/documents/test_documents.py::test_anything") is None
