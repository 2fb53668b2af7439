"""The CSV file of `parchemin person import`: username, names, birth date and INE."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vault_core.errors import BadRequest, InvalidInput, PersonExists
from vault_core.fields import fold, parse_date
from vault_core.issuing.input.encoding import detect_encoding
from vault_core.vault.persons.person import Facts

if TYPE_CHECKING:
    from vault_core.vault.persons.register import Persons

COLUMNS = ("username", "given_name", "family_name", "birth_date", "ine")
FRENCH = ("identifiant", "prénoms", "nom", "date de naissance", "ine")
HEADERS = {fold(name): name for name in COLUMNS} | {
    fold(name): column
    for column, names in zip(
        COLUMNS,
        (("identifiant", "login"), ("prénoms", "prénom"), ("nom", "nom de naissance"),
         ("date de naissance", "né(e) le"), ("numéro ine",)),
        strict=True,
    )
    for name in names
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, or why it cannot be used."""

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
    except InvalidInput as error:
        raise InvalidInput(f"{path.name}: {error}") from None
    first = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=_separator(first))
    headers = [HEADERS.get(fold(name), name.strip()) for name in reader.fieldnames or ()]
    if "username" not in headers or set(headers) - set(COLUMNS):
        raise InvalidInput(
            f"{path.name} needs the columns {', '.join(COLUMNS)} (or {', '.join(FRENCH)}); only "
            "the first must be there, and no other one may be."
        )
    reader.fieldnames = headers
    for cells in reader:
        yield _row(reader.line_num, cells)


def _separator(line: str) -> str:
    """The one that stands most often in the first line."""
    return max((";", ",", "\t"), key=line.count)


def _row(line: int, cells: dict[str, Any]) -> Row:
    if None in cells:
        return Row(line, "", Facts(), "it has more cells than there are columns")
    values = {name: (value or "").strip() for name, value in cells.items()}
    fault, born = "", None
    try:
        born = parse_date(values["birth_date"]) if values.get("birth_date") else None
    except ValueError as error:
        fault = f"birth_date: '{values['birth_date']}' {error}"
    facts = Facts(
        values.get("given_name", ""),
        values.get("family_name", ""),
        born,
        values.get("ine", ""),
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
