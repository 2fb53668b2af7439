"""Diplomas to deliver: the bac plugin's samples as a file, and the people they are about."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.cli.parchemin import parchemin
from vault_core.api import DocumentType
from vault_core.plugins import load_plugins


def bac() -> DocumentType:
    """The document type of the bac plugin."""
    return load_plugins(["bac"]).document_type("bac")


def rows(count: int) -> list[dict[str, str]]:
    """Sample rows, column id to text."""
    return [dict(row) for row in bac().sample(count, 7)]


def write(file: Path, rows: Sequence[Mapping[str, str]]) -> Path:
    """The rows as an exam office exports them: semicolons, Windows-1252."""
    columns = bac().columns
    with file.open("w", encoding="cp1252", errors="replace", newline="") as target:
        writer = csv.writer(target, delimiter=";")
        writer.writerow([column.names[0] for column in columns])
        writer.writerows([row.get(column.id, "") for column in columns] for row in rows)
    return file


def add_person(data: Path, username: str, row: Mapping[str, str], password: str) -> None:
    """Give the person that the row is about a vault."""
    subject = bac().parse(row).subject
    parchemin(
        "person", "add", username, "--given-name", subject.given_names[0],
        "--family-name", subject.family_name, "--birth-date", subject.birth_date.isoformat(),
        "--ine", subject.ine, "--password-stdin", data=data, given=f"{password}\n",
    )  # fmt: skip
