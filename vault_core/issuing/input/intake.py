"""An issuer's file, as an exam office exports it, read row by row.

CSV with any of the usual separators and encodings, or JSON Lines. The file is read twice, a
piece at a time: once to learn its encoding (nothing in it says so, and the first accented letter
may come after a gigabyte), once for its rows. A bad row is reported and the next one read; only
a file that is no such table raises.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from vault_core.api import DocumentType, Reason, Record
from vault_core.errors import InvalidInput, InvalidRecord, PluginError
from vault_core.issuing.input import own_documents
from vault_core.issuing.input.encoding import detect_encoding
from vault_core.issuing.input.own_documents import OwnDocuments
from vault_core.issuing.input.tables import Result, find_table, read_json

LONGEST_LINE = 1 << 20
"""Characters in one line; more is no table, and is refused before it fills the memory."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the input: the line it begins on (from 1), and column id to trimmed text."""

    line: int
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that cannot be delivered: the line it begins on (from 1), and every reason."""

    line: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A row that its document type accepted."""

    line: int
    record: Record


@dataclass(slots=True)
class Intake:
    """One opened input: iterate once. `warnings` may grow while JSON Lines are read."""

    rows: Iterator[Row | RowError]
    encoding: str
    format: str
    """`csv;`, `csv,`, `csv\\t` (with the separator found) or `jsonl`."""
    warnings: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Row | RowError]:
        return self.rows


def read(
    source: BinaryIO, document_type: DocumentType, others: Sequence[DocumentType] = ()
) -> Intake:
    """Begin to read `source` (binary, seekable) as input of `document_type`.

    Raises InvalidInput if it is not text or not a table, or if required columns are missing;
    where the headers fit one of `others` instead, the message says which.
    """
    encoding = detect_encoding(source)
    text = io.TextIOWrapper(source, encoding, errors="replace", newline="")
    longest = LONGEST_LINE
    if isinstance(document_type, OwnDocuments):
        longest = own_documents.LONGEST_LINE
    lines = _lines(text, longest)
    first = next((line for line in lines if line.strip()), None)
    if first is None:
        raise InvalidInput(Reason("le fichier est vide", "the file is empty"))
    text.seek(0)
    if first.lstrip().startswith("{"):
        warnings: list[str] = []
        rows = read_json(_lines(text, longest), document_type.columns, warnings)
        return Intake(_results(rows), encoding, "jsonl", warnings)
    table = find_table(_lines(text, longest), document_type, others)
    return Intake(
        _results(table.rows()), encoding, f"csv{table.separator}", list(table.headers.warnings)
    )


def parse(
    intake: Iterable[Row | RowError], document_type: DocumentType
) -> Iterator[Parsed | RowError]:
    """Each row as a record, or why not. Raises PluginError if the type fails otherwise."""
    for row in intake:
        if isinstance(row, RowError):
            yield row
            continue
        try:
            yield Parsed(row.line, document_type.parse(row.values))
        except InvalidRecord as error:
            yield RowError(row.line, error.reasons)
        except Exception as error:
            name = type(error).__name__
            raise PluginError(
                Reason(
                    f"le type de document « {document_type.id} » a échoué à la ligne {row.line} "
                    f"({name}) : c'est une erreur de son plugin, pas du fichier",
                    f"the document type “{document_type.id}” failed on line {row.line} with "
                    f"{name}: this is a fault of its plugin, not of the file",
                )
            ) from error


def _results(rows: Iterator[Result]) -> Iterator[Row | RowError]:
    """A reader gives (line, values), or (line, reason) for what it cannot read."""
    for line, values in rows:
        yield RowError(line, (values,)) if isinstance(values, str) else Row(line, values)


def _lines(text: io.TextIOWrapper, longest: int) -> Iterator[str]:
    number = 0
    while line := text.readline(longest):
        number += 1
        if len(line) == longest and not line.endswith("\n"):
            raise InvalidInput(
                Reason(
                    f"la ligne {number} a plus de {longest} caractères : ce n'est pas un tableau",
                    f"line {number} is longer than {longest} characters: this is not a table",
                )
            )
        yield line
