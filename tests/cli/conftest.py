"""An institution with one person, made by the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.parchemin import parchemin

PASSWORD = "correct horse battery"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """An institution in which amelie has a vault and a password."""
    folder = tmp_path / "institution"
    parchemin("init", "--name", "Lycée d'essai", data=folder)
    parchemin(
        "person", "add", "amelie", "--given-name", "Amélie", "--family-name", "DURAND",
        "--birth-date", "2007-03-14", "--ine", "120000001AA", "--password-stdin",
        data=folder, given=f"{PASSWORD}\n",
    )  # fmt: skip
    return folder
