"""The CSV file of `parchemin person import`: username, names, birth date and INE."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vault_core.errors import BadRequest, InvalidInput, PersonExists
from vault_core.vault.persons import Facts

if TYPE_CHECKING:
    from vault_core.vault.persons import Persons

COLUMNS = ("username", "given_name", "family_name", "birth_date", "ine")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the file, or why it cannot be used."""

    line: int
    username: str
    facts: Facts
    fault: str = ""


def read_people(path: Path) -> Iterator[Row]:
    """The rows, comma or semicolon separated, UTF-8. Raises InvalidInput if it is no such file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path.name} is not UTF-8 text: save it as CSV UTF-8.") from None
    first = text.partition("\n")[0]
    reader = csv.DictReader(text.splitlines(), delimiter=";" if ";" in first else ",")
    headers = [name.strip().lower() for name in reader.fieldnames or ()]
    if "username" not in headers or set(headers) - set(COLUMNS):
        raise InvalidInput(f"{path.name} needs the columns {', '.join(COLUMNS)}; only username "
                           "must be there, and no other one may be.")  # fmt: skip
    reader.fieldnames = headers
    for cells in reader:
        yield _row(reader.line_num, cells)


def _row(line: int, cells: dict[str, Any]) -> Row:
    if None in cells:
        return Row(line, "", Facts(), "it has more cells than there are columns")
    values = {name: (value or "").strip() for name, value in cells.items()}
    fault, born = "", None
    try:
        born = dt.date.fromisoformat(values.get("birth_date") or "1900-01-01")
    except ValueError:
        fault = f"birth_date: {values['birth_date']!r} is no date such as 2007-03-14"
    facts = Facts(
        values.get("given_name", ""),
        values.get("family_name", ""),
        born if values.get("birth_date") else None,
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
