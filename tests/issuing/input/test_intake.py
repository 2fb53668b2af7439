"""Reading files as exam offices export them, good and bad."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pytest

from vault_core.api import Column, Presentation, Record, Text
from vault_core.errors import InvalidInput, InvalidRecord, PluginError
from vault_core.issuing.input import intake
from vault_core.issuing.input.intake import Parsed, Row, RowError

TITLE = Text("Permis", "Permit")


@dataclass
class Kind:
    """A document type with three columns; its parse refuses a city of Nowhere."""

    id: str = "permit"
    issuer: str = "town"
    title: Text = TITLE
    columns: tuple[Column, ...] = (
        Column("name", ("Nom", "Nom de famille"), Text("Nom", "Name")),
        Column("born", ("Né(e) le", "Date de naissance"), Text("Date de naissance", "Birth")),
        Column("city", ("Ville",), Text("Ville", "City"), required=False),
    )

    def parse(self, row: Mapping[str, str]) -> Record:
        if row["city"] == "Nowhere":
            raise InvalidRecord("Ville: “Nowhere” is no town", "and nobody lives there")
        if row["city"] == "Crash":
            raise KeyError("city")
        return Record("permit", row["name"], None, dict(row), None)  # type: ignore[arg-type]

    def present(self, record: Record) -> Presentation:
        raise AssertionError("not asked for")

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        return iter(())

    def template(self) -> str:
        return ""


OTHER = Kind(
    id="licence",
    title=Text("Licence", "Licence"),
    columns=(
        Column("number", ("Numéro",), Text("Numéro", "Number")),
        Column("score", ("Note",), Text("Note", "Score")),
    ),
)
GOOD = {"name": "Lefèvre", "born": "03/07/2008", "city": "Besançon"}


def read(data: bytes | str) -> intake.Intake:
    raw = data.encode() if isinstance(data, str) else data
    return intake.read(io.BytesIO(raw), Kind(), [Kind(), OTHER])


def rows(data: bytes | str) -> list[Row | RowError]:
    return list(read(data))


TABLE = "Nom;Né(e) le;Ville\nLefèvre;03/07/2008;Besançon\n"
SPELLINGS = {
    "semicolon": TABLE,
    "comma": TABLE.replace(";", ","),
    "tab": TABLE.replace(";", "\t"),
    "windows-1252": TABLE.encode("cp1252"),
    "byte order mark": TABLE.encode("utf-8-sig"),
    "utf-16": TABLE.encode("utf-16"),
    "carriage returns": TABLE.replace("\n", "\r\n"),
    "old mac": TABLE.replace("\n", "\r"),
    "quoted": '"Nom";"Né(e) le";"Ville"\n"Lefèvre";"03/07/2008";"Besançon"\n',
    "other order": "Ville;Nom;Né(e) le\nBesançon;Lefèvre;03/07/2008\n",
    "other spelling": "VILLE;nom_de_famille;NE(E)  LE\nBesançon;Lefèvre;03/07/2008\n",
    "column ids": "city;name;born\nBesançon;Lefèvre;03/07/2008\n",
    "titles above": "Académie de Besançon\n;;\nNom;Né(e) le;Ville\nLefèvre;03/07/2008;Besançon\n",
    "Excel's first line": "sep=;\n" + TABLE,
    "trailing separators": "Nom;Né(e) le;Ville;;\nLefèvre;03/07/2008;Besançon;;\n",
    "spaces": "Nom ; Né(e) le ; Ville\n Lefèvre ;03/07/2008 ; Besançon\n",
    "no last line end": TABLE.rstrip("\n"),
    "blank lines": TABLE.replace("\n", "\n\n;;\n"),
    "json lines": json.dumps({"Nom": "Lefèvre", "né(e) le": "03/07/2008", "Ville": "Besançon"}),
    "json lines, escaped": '{"nom": "Lef\\u00e8vre", "born": "03/07/2008", "VILLE": "Besançon"}\n',
}


@pytest.mark.parametrize("data", SPELLINGS.values(), ids=SPELLINGS)
def test_one_table_in_many_spellings(data: bytes | str) -> None:
    (row,) = rows(data)
    assert isinstance(row, Row)
    assert row.values == GOOD


def test_encoding_and_format_are_told() -> None:
    assert read(TABLE).encoding == "utf-8"
    assert read(TABLE.encode("cp1252")).encoding == "cp1252"
    assert read(TABLE.replace(";", "\t")).format == "csv\t"
    assert read('{"nom": "a", "born": "b"}').format == "jsonl"


def test_windows_1252_late_in_a_long_file() -> None:
    data = b"Nom;N\xe9 le;Date de naissance\n" + b"a;b;c\n" * 300_000 + b"\xc9lise;b;c\n"
    *_, last = rows(data)
    assert isinstance(last, Row)
    assert last.values["name"] == "Élise"
    assert last.line == 300_002


def test_lines_are_counted_through_quoted_line_breaks() -> None:
    found = rows('Nom;Né(e) le;Ville\n"Le\nFèvre";1;"a;b"\nMoreau;2;"dit ""Momo"""\n')
    assert [row.line for row in found] == [2, 4]
    assert isinstance(found[0], Row)
    assert isinstance(found[1], Row)
    assert found[0].values == {"name": "Le\nFèvre", "born": "1", "city": "a;b"}
    assert found[1].values["city"] == 'dit "Momo"'


@pytest.mark.parametrize(
    ("text", "lines", "part"),
    [
        pytest.param("A;1;x;surplus\n", [2], "has 4 values for 3 columns", id="too-many"),
        pytest.param('A;1;"x"y\n', [2], "is not doubled", id="stray-quote"),
        pytest.param('A;1;"x\nB;2;y\n', [2], "is never closed", id="unclosed-quote"),
    ],
)
def test_bad_rows_are_reported_by_line(text: str, lines: list[int], part: str) -> None:
    found = rows("Nom;Né(e) le;Ville\n" + text)
    bad = [row for row in found if isinstance(row, RowError)]
    assert [row.line for row in bad] == lines
    assert part in bad[0].reasons[0]


def test_good_rows_after_a_bad_one_go_through() -> None:
    found = rows("Nom;Né(e) le;Ville\nA;1;x;y;z\nB;2;y\nC;3\n")
    assert [type(row) for row in found] == [RowError, Row, Row]
    assert isinstance(found[2], Row)
    assert found[2].values == {"name": "C", "born": "3", "city": ""}


def test_a_value_without_end_is_one_bad_row() -> None:
    found = rows('Nom;Né(e) le;Ville\nA;1;"' + "x" * 500_000 + '"\nB;2;y\n')
    assert [row.line for row in found] == [2, 3]
    assert isinstance(found[0], RowError)
    assert len(found[0].reasons[0]) < 200
    assert isinstance(found[1], Row)


def test_line_ends_of_every_kind_in_one_file() -> None:
    found = rows("Nom;Né(e) le\r\nA;1\rB;2\nC;3\r\n\r\nD;4")
    assert [(row.line, row.values["name"]) for row in found if isinstance(row, Row)] == [
        (2, "A"), (3, "B"), (4, "C"), (6, "D"),
    ]  # fmt: skip


def test_unknown_headers_are_warned_about() -> None:
    opened = read("Nom;Couleur;;Né(e) le\nA;bleu;x;1\n")
    assert opened.warnings == [
        "column 2 “Couleur” is not known and was ignored",
        "column 3 has no header (merged cells?) and was ignored",
    ]
    assert isinstance(next(iter(opened)), Row)


REFUSED = {
    "empty": (b"", "the file is empty"),
    "blank": (b"\n \n", "the file is empty"),
    "required columns missing": (b"Ville;Pays\na;b\n", "Birth (as “Né(e) le”)"),
    "headers named": (b"Ville;Pays\na;b\n", "The headers found are “Ville”, “Pays”"),
    "no table": ("Bonjour à tous".encode(), "required columns are missing"),
    "one column twice": (b"Nom;Ville;Nom de famille;Date de naissance\n", "appears twice"),
    "another type's input": (b"Num\xe9ro;Note\n1;2\n", "it looks like “licence” (Licence)"),
    "NUL": (b"Nom;Ville\0\n", "a NUL byte at offset 9"),
    "workbook": (b"PK\x03\x04abc", "an Excel or OpenDocument workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0abc", "an old Excel workbook"),
    "pdf": (b"%PDF-1.7", "the file is a PDF"),
    "endless line": (b"x" * (2 << 20), "longer than 1048576 characters"),
    "random bytes": (bytes(range(256)) * 20, "NUL byte"),
}


@pytest.mark.parametrize(("data", "part"), REFUSED.values(), ids=REFUSED)
def test_refused_files(data: bytes, part: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        rows(data)
    assert part in str(caught.value)


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{broken", "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("[" * 100_000, "not a JSON object"),
        ('{"nom": {"a": 1}, "born": "x"}', "neither text nor a number"),
        ('{"nom": "a", "name": "b", "born": "c"}', "appears twice"),
    ],
    ids=["broken", "list", "text", "deep", "nested", "twice"],
)
def test_bad_json_lines(line: str, part: str) -> None:
    first, bad, last = rows('{"nom": "a", "born": "b"}\n' + line + '\n{"nom": "c", "born": 4}\n')
    assert isinstance(first, Row)
    assert isinstance(bad, RowError)
    assert (bad.line, part in bad.reasons[0]) == (2, True)
    assert isinstance(last, Row)
    assert last.values["born"] == "4"


def test_json_keys_that_are_not_known_are_warned_about_once() -> None:
    opened = read('{"nom": "a", "born": "b", "x": 1}\n' * 3)
    assert len(list(opened)) == 3
    assert opened.warnings == ["column 3 “x” is not known and was ignored"]


def test_records_and_reasons() -> None:
    opened = read("Nom;Né(e) le;Ville\nA;1;Paris\nB;2;Nowhere\nC;3;Brest;;x\n")
    good, refused, broken = intake.parse(opened, Kind())
    assert isinstance(good, Parsed)
    assert (good.line, good.record.key) == (2, "A")
    assert isinstance(refused, RowError)
    assert refused.reasons == ("Ville: “Nowhere” is no town", "and nobody lives there")
    assert isinstance(broken, RowError)


def test_a_plugin_that_fails_is_named_without_the_row_s_content() -> None:
    with pytest.raises(PluginError) as caught:
        list(intake.parse(read("Nom;Né(e) le;Ville\nSecret;1;Crash\n"), Kind()))
    assert "“permit” failed on line 2 with KeyError" in str(caught.value)
    assert "Secret" not in str(caught.value)


def test_memory_does_not_grow_with_the_file(tmp_path: object) -> None:
    line = b"Lef\xe8vre;03/07/2008;Besan\xe7on\n"
    source = io.BytesIO(b"Nom;N\xe9(e) le;Ville\n" + line * 150_000)
    tracemalloc.start()
    try:
        count = sum(1 for _ in intake.read(source, Kind()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert count == 150_000
    assert peak < 8 << 20
