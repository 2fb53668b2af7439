"""deliver and export: from an issuer's file to age files that other programs open."""

import json
import subprocess
from pathlib import Path

import pyrage
import pytest

from tests.cli import diplomas
from tests.cli.parchemin import facts, parchemin
from tests.requirements import need, need_node_modules

PASSWORD = "correct horse battery"
NPM = Path(__file__).parents[2] / "conformance" / "age-encryption"


@pytest.fixture
def rows() -> list[dict[str, str]]:
    return diplomas.rows(4)


def deliver(data: Path, file: Path, *options: str, status: int = 0) -> dict[str, object]:
    [summary] = facts("deliver", "bac", file, *options, data=data, status=status)
    assert isinstance(summary, dict)
    return summary


def test_good_rows_go_through_and_bad_ones_are_told_by_line(
    data: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    for number, row in enumerate(rows[:3]):
        diplomas.add_person(data, f"person{number}", row, PASSWORD)
    rows[1]["birth_date"] = "31/02/2007"
    file = diplomas.write(tmp_path / "results.csv", rows)
    told = deliver(data, file, status=1)
    assert (told["delivered"], told["refused"], told["review"]) == (2, 1, 1)
    assert isinstance(told["failed"], list)
    assert [(row["line"], row["fate"]) for row in told["failed"]] == [
        (3, "refused"),
        (5, "unknown"),
    ]
    assert "31/02/2007" in told["failed"][0]["reasons"][0]
    printed = parchemin("deliver", "bac", file, data=data, status=1)
    assert "0 delivered, 2 delivered before, 1 to be reviewed, 1 refused" in printed.stdout
    assert "set [server] public_url in parchemin.toml before delivering." in printed.stderr
    assert "results.csv, line 3: " in printed.stderr
    assert f"this file was delivered before, as batch {told['batch']}" in printed.stderr


def test_a_dry_run_delivers_nothing(data: Path, tmp_path: Path, rows: list[dict[str, str]]) -> None:
    diplomas.add_person(data, "somebody", rows[0], PASSWORD)
    file = diplomas.write(tmp_path / "results.csv", rows[:1])
    assert deliver(data, file, "--dry-run")["delivered"] == 1
    assert facts("check", data=data)["checked"]["blobs"] == 0
    assert deliver(data, file)["delivered"] == 1
    assert deliver(data, file)["already"] == 1
    assert facts("check", data=data)["checked"]["blobs"] == 1


def test_several_files_have_a_summary_each(
    data: Path, tmp_path: Path, rows: list[dict[str, str]]
) -> None:
    diplomas.add_person(data, "somebody", rows[0], PASSWORD)
    one = diplomas.write(tmp_path / "one.csv", rows[:1])
    two = diplomas.write(tmp_path / "two.csv", rows[:1])
    first, second = facts("deliver", "bac", one, two, data=data)
    assert (first["delivered"], second["already"]) == (1, 1)


def test_an_unknown_type_or_no_table_is_one_sentence(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "results.csv"
    file.write_bytes(b"%PDF-1.7\n")
    for type_id, told in (("bca", "did you mean"), ("bac", "parchemin: ")):
        done = parchemin("deliver", type_id, file, data=data, status=2)
        assert told in done.stderr
        assert done.stderr.strip().count("\n") == 0


def decrypted_by_pyrage(identity: str, ciphertext: bytes) -> bytes:
    return pyrage.decrypt(ciphertext, [pyrage.x25519.Identity.from_str(identity)])


def decrypted_by_age_encryption(identity: str, ciphertext: bytes) -> bytes:
    driver = need_node_modules(NPM) / "driver.mjs"
    command = [need("node", "nodejs"), str(driver), "decrypt", identity]
    done = subprocess.run(command, input=ciphertext, capture_output=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.parametrize(
    ("recipient", "decrypt"),
    [
        ("x25519", decrypted_by_pyrage),
        ("x25519", decrypted_by_age_encryption),
        ("mlkem768x25519", decrypted_by_age_encryption),
    ],
)
def test_an_export_opens_with_other_implementations_of_age(
    data: Path, tmp_path: Path, rows: list[dict[str, str]], recipient: str, decrypt: object
) -> None:
    assert callable(decrypt)
    with (data / "parchemin.toml").open("a") as settings:
        settings.write(f'\n[vault]\nrecipient = "{recipient}"\n')
    diplomas.add_person(data, "somebody", rows[0], PASSWORD)
    deliver(data, diplomas.write(tmp_path / "results.csv", rows[:1]))
    target = tmp_path / "mine"
    export = ("export", "somebody", "--to", target, "--password-stdin")
    assert facts(*export, data=data, given=f"{PASSWORD}\n")["documents"] == 1
    identity = (target / "identity.txt").read_text().splitlines()[-1]
    [document] = [e for e in json.loads((target / "index.json").read_text()) if "file" in e]
    plain = decrypt(identity, (target / document["file"]).read_bytes())
    assert plain.startswith(b"%PDF-")
    assert len(plain) == document["size"]
    again = parchemin(*export, data=data, given=f"{PASSWORD}\n", status=2)
    assert "not empty" in again.stderr


def test_what_is_wrong_with_a_file_names_it(data: Path, tmp_path: Path) -> None:
    empty = tmp_path / "nothing.csv"
    empty.write_bytes(b"")
    for more in ((), ("--dry-run",)):
        told = parchemin("deliver", "bac", empty, *more, data=data, status=2)
        assert told.stderr.strip() == "parchemin: nothing.csv: the file is empty"


def test_a_table_is_as_wide_as_what_it_says(data: Path, tmp_path: Path) -> None:
    """Whoever copies an id from it has all of it, however narrow the terminal is."""
    [row] = diplomas.rows(1)
    diplomas.add_person(data, "noe", row, PASSWORD)
    parchemin("deliver", "bac", diplomas.write(tmp_path / "results.csv", [row]), data=data)
    listed = parchemin("certificate", "list", data=data).stdout
    [certificate] = facts("certificate", "list", data=data)
    assert certificate["certificate"] in listed
