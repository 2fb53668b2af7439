"""`parchemin doctor` finds what is wrong, and says what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.parchemin import facts, parchemin


def found(data: Path, status: int = 0) -> dict[str, Any]:
    return {one["about"]: one for one in facts("doctor", data=data, status=status)}


def test_a_sound_institution(data: Path, tmp_path: Path) -> None:
    about = found(data)
    for name in ("catalog", "blob store", "disk", "institution's key", "clock", "workers"):
        assert about[name]["verdict"] in ("good", "warning"), about[name]
    assert about["catalog"]["verdict"] == about["institution's key"]["verdict"] == "good"
    assert "parchemin backup" in about["backups"]["sentence"]
    parchemin("backup", "--to", tmp_path / "kept", data=data)
    assert found(data)["backups"]["verdict"] == "good"


def _open_key(data: Path) -> None:
    (data / "institution.key").chmod(0o644)


def _lose_key(data: Path) -> None:
    (data / "institution.key").unlink()


def _break_catalog(data: Path) -> None:
    (data / "catalog.sqlite3").write_bytes(b"no database at all" * 1000)


def _no_database(data: Path) -> None:
    with (data / "parchemin.toml").open("a") as file:
        file.write('\n[catalog]\nurl = "postgresql://user:secret-word@127.0.0.1:9/none"\n')


FAULTS = {
    "institution's key": (_open_key, "chmod 600"),
    "institution's key ": (_lose_key, "put it back"),
    "catalog": (_break_catalog, "not a database"),
    "catalog ": (_no_database, "cannot be reached"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_found_and_the_others_are_still_looked_at(data: Path, case: str) -> None:
    harm: Callable[[Path], None]
    harm, told = FAULTS[case]
    harm(data)
    about = found(data, status=1)
    one = about[case.strip()]
    assert one["verdict"] == "bad"
    assert told in one["sentence"], one
    assert about["workers"]["verdict"] == "good"
    assert "secret-word" not in str(about)
