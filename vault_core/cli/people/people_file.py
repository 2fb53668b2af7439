"""The CSV file of `parchemin person import`: username, names, birth date and INE."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vault_core.api import Column, Text
from vault_core.errors import BadRequest, InvalidInput, PersonExists
from vault_core.fields import parse_date
from vault_core.issuing.input.encoding import detect_encoding
from vault_core.issuing.input.headers import match
from vault_core.issuing.input.tables import SEPARATORS, Table
from vault_core.vault.persons.person import Facts

if TYPE_CHECKING:
    from vault_core.vault.persons.register import Persons

COLUMNS = (
    Column("username", ("Identifiant", "Login"), Text("Identifiant", "Username")),
    Column("given_name", ("Prénoms", "Prénom"), Text("Prénoms", "Given names"), required=False),
    Column("family_name", ("Nom", "Nom de naissance"), Text("Nom", "Family name"), required=False),
    Column(
        "birth_date", ("Date de naissance", "Né(e) le"), Text("Date de naissance", "Birth date"),
        required=False,
    ),
    Column("ine", ("INE", "Numéro INE"), Text("INE", "INE"), required=False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the file, by the line it begins on, or why it cannot be used."""

    line: int
    username: str
    facts: Facts
    fault: str = ""


def read_people(path: Path) -> Iterator[Row]:
    """The rows of a table as spreadsheets save it: separators, encodings, French headers and dates.

    Raises InvalidInput if it is no such file.
    """
    try:
        with path.open("rb") as source:
            encoding = detect_encoding(source)
            text = source.read().decode(encoding, "replace")
        table = _table(io.StringIO(text, newline=""))
    except InvalidInput as error:
        raise InvalidInput(f"{path.name}: {error}") from None
    for line, values in table.rows():
        yield Row(line, "", Facts(), values) if isinstance(values, str) else _row(line, values)


def _table(lines: Iterator[str]) -> Table:
    """The table under the headers of the first line. Raises InvalidInput."""
    first = next(lines, "")
    separator = max(SEPARATORS, key=first.count)
    try:
        cells = next(csv.reader([first], delimiter=separator, strict=True), [])
    except csv.Error:
        cells = []
    found = match(cells, COLUMNS)
    if found.missing or found.warnings:
        names = ", ".join(f"{column.id} ({column.names[0]})" for column in COLUMNS)
        raise InvalidInput(
            f"it needs the columns {names}; only the first must be there, and no other one may be."
        )
    return Table(found, separator, lines, 2)


def _row(line: int, values: Mapping[str, str]) -> Row:
    fault, born, written = "", None, values.get("birth_date", "")
    try:
        born = parse_date(written) if written else None
    except ValueError as error:
        fault = f"birth_date: '{written}' {error}"
    facts = Facts(
        values.get("given_name", ""), values.get("family_name", ""), born, values.get("ine", "")
    )
    return Row(line, values["username"], facts, fault)


async def add_people(
    persons: Persons, rows: Sequence[Row]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Add each row's person; what was added with its code, and what was refused and why."""
    added: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for row in rows:
        try:
            if row.fault:
                raise BadRequest(row.fault)
            new = await persons.add(row.username, row.facts)
        except (BadRequest, PersonExists) as error:
            refused.append({"line": row.line, "reason": str(error)})
        else:
            added.append({"username": new.person.username, "activation_code": new.activation_code})
    return added, refused
