"""person, app-password and export: who has a vault, and what opens it."""

import json
from pathlib import Path

import pytest

from tests import stores
from tests.cli.conftest import PASSWORD
from tests.cli.parchemin import facts, in_a_process, parchemin

SECRET = f"{PASSWORD}\n"

REFUSED_FILES = {
    "no username": ("given_name,ine\nA,1\n", "needs the columns"),
    "unknown column": ("username,birthday\na,1\n", "needs the columns"),
    "no text": (b"username\n\0\n", "people.csv: the file is not text"),
    "a workbook": (b"PK\x03\x04", "export it as CSV"),
    "empty": ("", "needs the columns"),
    "one column twice": ("username;ine;INE\na;1;2\n", "appears twice"),
    "an open quotation mark in the headers": ('"username;ine\na;1\n', "needs the columns"),
}


def test_a_person_without_password_gets_an_activation_code_that_works_once(data: Path) -> None:
    code = facts("person", "add", "zoe", data=data)["activation_code"]
    both = f"{code}\nnew password\n"
    parchemin("person", "activate", "zoe", "--password-stdin", data=data, given=both)
    parchemin("person", "activate", "zoe", "--password-stdin", data=data, given=both, status=2)
    made = facts(
        "app-password", "add", "zoe", "--label", "x", "--password-stdin",
        data=data, given="new password\n",
    )  # fmt: skip
    assert made["label"] == "x"


def test_a_password_costs_what_rfc_9106_recommends(tmp_path: Path) -> None:
    """In the command as it is installed: pytest's own process makes cheaper ones (conftest.py)."""
    data = tmp_path / "institution"
    in_a_process("init", data=data)
    in_a_process("person", "add", "zoe", "--password-stdin", data=data, given=SECRET)
    [[parameters]] = stores.rows(data, "SELECT parameters FROM slots WHERE kind = 'password'")
    cost = json.loads(parameters)
    assert (cost["memory_kib"], cost["passes"], cost["lanes"]) == (65536, 3, 4)


def test_an_activation_code_makes_an_app_password_too(data: Path) -> None:
    code = facts("person", "add", "zoe", data=data)["activation_code"]
    arguments = ("app-password", "add", "zoe", "--label", "x", "--password-stdin")
    assert len(parchemin(*arguments, data=data, given=f"{code}\n").stdout.split()) == 1


@pytest.mark.parametrize("name", ["amelie", "AMELIE", "a b", "", "é" * 70])
def test_a_username_that_is_taken_or_impossible_is_refused(data: Path, name: str) -> None:
    told = parchemin("person", "add", name, data=data, status=2).stderr
    assert told.startswith("parchemin: ")
    assert told.count("\n") == 1


def test_a_file_of_people_is_added_row_by_row(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        "\ufeffUsername;Given_name;family_name;birth_date;ine\n"
        "noe;Noé;PETIT;2008-01-31;120000002BB\n"
        "amelie;Amélie;DURAND;;\n"
        "lea;Léa;ROUX;31/02/2008;\n"
        "tom;Tom;NOIR;;;too much\n"
        "max;;;;\n",
        encoding="utf-8",
    )
    result = facts("person", "import", file, data=data, status=1)
    assert [row["username"] for row in result["added"]] == ["noe", "max"]
    assert [row["line"] for row in result["refused"]] == [3, 4, 5]
    people = {person["username"]: person for person in facts("person", "list", data=data)}
    assert set(people) == {"amelie", "noe", "max"}
    assert people["noe"]["given_name"] == "Noé"


HOSTILE_ROWS = {
    "a field of a megabyte": ('"' + "x" * (1 << 20) + '";1', "never closed"),
    "a quotation mark in a name": ('lea;L"é"a', None),
    "an open quotation mark": ('lea;"Léa', "never closed"),
    "a quotation mark not doubled": ('lea;"Lé"a', "not doubled"),
    "a formula": ("=HYPERLINK(1);Léa", "is no username"),
    "a control character": ("le\x07a;Léa", "is no username"),
}


@pytest.mark.parametrize("case", HOSTILE_ROWS)
def test_a_hostile_row_is_refused_by_line(data: Path, tmp_path: Path, case: str) -> None:
    row, told = HOSTILE_ROWS[case]
    file = tmp_path / "people.csv"
    file.write_text(f"identifiant;prénom\nnoe;Noé\n{row}\n", encoding="utf-8")
    result = facts("person", "import", file, data=data, status=1 if told else 0)
    if told is None:
        assert [one["username"] for one in result["added"]] == ["noe", "lea"]
        return
    assert [one["username"] for one in result["added"]] == ["noe"]
    [refused] = result["refused"]
    assert (refused["line"], told in refused["reason"]) == (3, True), refused["reason"][:300]
    assert len(refused["reason"]) < 500


def test_rows_after_a_line_break_in_a_name_keep_their_lines(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_bytes(b'username,family_name\r\nnoe,"de la\r\nTour"\r\n??,x\rmax,y\n')
    result = facts("person", "import", file, data=data, status=1)
    assert [one["username"] for one in result["added"]] == ["noe", "max"]
    assert [one["line"] for one in result["refused"]] == [4]


def test_a_file_as_a_french_spreadsheet_saves_it_is_read(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "élèves.csv"
    text = "Identifiant;Nom;Prénoms;Date de naissance;INE\nzoe;LEFÈVRE;Zoé;03/05/2008;120000002BB\n"
    file.write_bytes(text.encode("cp1252"))
    [added] = facts("person", "import", file, data=data)["added"]
    assert added["username"] == "zoe"
    [zoe] = [one for one in facts("person", "list", data=data) if one["username"] == "zoe"]
    assert (zoe["given_name"], zoe["family_name"]) == ("Zoé", "LEFÈVRE")


@pytest.mark.parametrize("case", REFUSED_FILES)
def test_a_file_that_is_none_of_people_adds_nobody(data: Path, tmp_path: Path, case: str) -> None:
    content, told = REFUSED_FILES[case]
    file = tmp_path / "people.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert told in parchemin("person", "import", file, data=data, status=2).stderr
    assert len(facts("person", "list", data=data)) == 1


def test_an_app_password_is_printed_alone_listed_and_revoked(data: Path) -> None:
    add = ("app-password", "add", "amelie", "--label", "my laptop", "--password-stdin")
    printed = parchemin(*add, data=data, given=SECRET)
    token = printed.stdout.rstrip("\n")
    assert len(token.replace("-", "")) == 32
    assert printed.stderr == ""
    entries = ("app-password", "list", "amelie", "--password-stdin")
    [entry] = facts(*entries, data=data, given=SECRET)
    assert entry["label"] == "my laptop"
    assert token not in json.dumps(entry)
    revoke = ("app-password", "revoke", "amelie", entry["id"], "--password-stdin")
    parchemin(*revoke, data=data, given=SECRET)
    assert facts(*entries, data=data, given=SECRET) == []
    assert "no app password" in parchemin(*revoke, data=data, given=SECRET, status=2).stderr


def test_no_wrong_secret_opens_anything(data: Path, tmp_path: Path) -> None:
    add = ("app-password", "add", "amelie", "--label", "x", "--password-stdin")
    token = parchemin(*add, data=data, given=SECRET).stdout
    for username, secret in (
        ("amelie", "wrong\n"),
        ("amelie", token),  # an app password opens WebDAV, and makes no other
        ("nobody", SECRET),
        ("amelie", "\n"),
    ):
        wrong = ("app-password", "list", username, "--password-stdin")
        told = parchemin(*wrong, data=data, given=secret, status=2).stderr
        assert told.startswith("parchemin: ")
        assert secret.strip() == "" or secret.strip() not in told


def test_an_account_is_suspended_limited_and_closed_by_commands(data: Path) -> None:
    facts("person", "add", "zoe", data=data)
    assert facts("person", "suspend", "zoe", data=data)["state"] == "suspended"
    assert facts("person", "resume", "zoe", data=data)["state"] == "open"
    assert facts("person", "quota", "zoe", "10 GB", data=data)["quota"] == 10 * 10**9
    parchemin("person", "quota", "zoe", "plenty", data=data, status=2)
    closing = facts("person", "close", "zoe", "--days", "3", data=data)
    assert closing["closing_asked_by"] == "institution"
    assert closing["closes_at"]
    kept = facts("person", "keep", "zoe", data=data)
    assert kept["closes_at"] == ""
    assert facts("person", "show", "zoe", data=data)["documents"] == 0
    parchemin("person", "suspend", "nobody", data=data, status=2)
