"""letters, review, receipts and lost codes, as an office uses them on the command line."""

from __future__ import annotations

import csv
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.cli import diplomas
from tests.cli.parchemin import facts, parchemin
from tests.requirements import need

PASSWORD = "correct horse battery"


@pytest.fixture
def office(tmp_path: Path) -> Path:
    """The file of the office's key."""
    return tmp_path / "office.txt"


@pytest.fixture
def data(tmp_path: Path, office: Path) -> Path:
    """An institution that makes vaults for those who have none."""
    folder = tmp_path / "institution"
    parchemin("init", data=folder)
    made = json.loads(parchemin("letters", "new-key", "--to", office, "--json").stdout)
    config = folder / "parchemin.toml"
    config.write_text(
        config.read_text() + f'\n[issuing]\nletters_recipient = "{made["recipient"]}"\n'
    )
    return folder


def delivered(data: Path, tmp_path: Path, count: int) -> dict[str, object]:
    file = diplomas.write(tmp_path / "results.csv", diplomas.rows(count))
    [summary] = facts("deliver", "bac", file, data=data)
    assert isinstance(summary, dict)
    return summary


def test_letters_are_printed_mailed_and_forgotten(data: Path, office: Path, tmp_path: Path) -> None:
    assert office.stat().st_mode & 0o777 == 0o600
    assert delivered(data, tmp_path, 2)["opened"] == 2
    pdf, table = tmp_path / "letters.pdf", tmp_path / "letters.csv"
    printed = parchemin("letters", "print", "--key", office, "--to", pdf, data=data)
    assert "2 letters" in printed.stdout
    assert "set [server] public_url in parchemin.toml" in printed.stderr
    told = subprocess.check_output([need("pdfinfo", "poppler-utils"), str(pdf)], text=True)
    assert re.search(r"^Pages:\s+2$", told, re.MULTILINE)
    parchemin("letters", "print", "--key", office, "--to", table, data=data)
    rows = list(csv.DictReader(table.read_text("utf-8-sig").splitlines(), delimiter=";"))
    assert len(rows) == 2
    assert Path(f"{table}.sig").read_text().strip()
    for file in (pdf, table):
        assert file.stat().st_mode & 0o777 == 0o600
    assert "2 letters" in parchemin("letters", "discard", data=data).stdout
    assert "0 letters" in parchemin("letters", "discard", data=data).stdout
    none = tmp_path / "none.pdf"
    printed = parchemin("letters", "print", "--key", office, "--to", none, data=data)
    assert "No letter waits" in printed.stdout
    assert not none.exists()
    other = tmp_path / "other.txt"
    assert "letters_recipient" in parchemin("letters", "new-key", "--to", other).stderr
    again = parchemin("letters", "new-key", "--to", other, status=2)
    assert "File exists" in again.stderr


def test_a_lost_code_is_replaced_and_the_file_delivers_again(
    data: Path, office: Path, tmp_path: Path
) -> None:
    delivered(data, tmp_path, 1)
    table = tmp_path / "letters.csv"
    parchemin("letters", "print", "--key", office, "--to", table, data=data)
    [row] = csv.DictReader(table.read_text("utf-8-sig").splitlines(), delimiter=";")
    username = next(value for value in row.values() if value in table.read_text() and "." in value)
    new = facts("person", "new-code", username, "--empty", data=data)
    assert (new["username"], new["lost_deliveries"]) == (username, 1)
    assert new["activation_code"] not in row.values()
    file = tmp_path / "results.csv"
    assert facts("deliver", "bac", file, data=data)[0]["delivered"] == 1
    assert facts("deliver", "bac", file, data=data)[0]["already"] == 1
    parchemin("person", "new-code", username, data=data, status=2)


def test_a_row_that_no_rule_decides_is_decided_by_a_person(tmp_path: Path) -> None:
    data = tmp_path / "institution"
    parchemin("init", data=data)
    rows = diplomas.rows(3)
    diplomas.add_person(data, "first", rows[0], PASSWORD)
    file = diplomas.write(tmp_path / "results.csv", rows)
    [told] = facts("deliver", "bac", file, data=data, status=1)
    assert (told["delivered"], told["review"]) == (1, 2)
    waiting = facts("review", "list", "--batch", told["batch"], data=data)
    assert [one["verdict"] for one in waiting] == ["unknown", "unknown"]
    shown = parchemin("review", "list", data=data).stdout
    assert all(one["review"] in shown for one in waiting)
    one, other = (review["review"] for review in waiting)
    parchemin("review", "accept", one, data=data, status=2)
    assert "delivered" in parchemin("review", "accept", one, "first", data=data).stdout
    assert "refused" in parchemin("review", "refuse", other, data=data).stdout
    assert "No row waits" in parchemin("review", "list", data=data).stdout
    parchemin("review", "refuse", other, data=data, status=2)


def test_a_receipt_proves_what_was_delivered(tmp_path: Path) -> None:
    data, file = tmp_path / "institution", tmp_path / "receipt.jsonl"
    parchemin("init", data=data)
    rows = diplomas.rows(2)
    for number, row in enumerate(rows):
        diplomas.add_person(data, f"person{number}", row, PASSWORD)
    batch = facts("deliver", "bac", diplomas.write(tmp_path / "r.csv", rows), data=data)[0]["batch"]
    assert "2 deliveries" in parchemin("batch", "receipt", batch, "--to", file, data=data).stdout
    proven = facts("receipt", "verify", file, data=data)
    assert (proven["verdict"], proven["entries"]) == ("VALID", 2)
    document = tmp_path / "document.pdf"
    document.write_bytes(b"%PDF-1.7 another")
    for changed in (
        file.read_text().replace('"', "'", 1),
        "\n".join(file.read_text().splitlines()[:-1]),
        "",
    ):
        altered = tmp_path / "altered.jsonl"
        altered.write_text(changed)
        refused = parchemin("receipt", "verify", altered, data=data, status=1)
        assert refused.stderr.startswith("REFUSED: ")
    parchemin("receipt", "verify", file, "--document", document, data=data, status=1)
    parchemin("receipt", "verify", file, status=2)


def test_certificates_are_revoked_by_the_file_that_delivered_them(tmp_path: Path) -> None:
    data = tmp_path / "institution"
    parchemin("init", data=data)
    rows = diplomas.rows(3)
    for number, row in enumerate(rows[:2]):
        diplomas.add_person(data, f"person{number}", row, PASSWORD)
    facts("deliver", "bac", diplomas.write(tmp_path / "r.csv", rows[:2]), data=data)
    file = diplomas.write(tmp_path / "wrong.csv", [rows[0], rows[2], {**rows[1], "ine": "x"}])
    revoke = ("certificate", "revoke-file", "bac", file, "--reason")
    for options, fate in ((("--dry-run",), "would be revoked"), ((), "revoked")):
        told = facts(*revoke, "error", *options, data=data, status=1)
        assert [row["fate"] for row in told] == [fate, "unknown", "refused"]
    standing = facts("certificate", "list", data=data)
    assert [row["state"] for row in standing].count("revoked") == 1
    [ended] = [row for row in standing if row["state"] == "revoked"]
    assert (ended["certificate"], ended["reason"]) == (told[0]["certificate"], "error")
    again = facts(*revoke, "error", data=data, status=1)
    assert [row["fate"] for row in again] == ["ended", "unknown", "refused"]
    assert "is no reason" in parchemin(*revoke, "whim", data=data, status=2).stderr
