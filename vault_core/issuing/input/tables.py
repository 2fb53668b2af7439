"""The two shapes of input, CSV and JSON Lines, as (line, values) or (line, reason why not)."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice

from vault_core.api import Column, DocumentType, Reason
from vault_core.errors import InvalidInput
from vault_core.fields import clean
from vault_core.issuing.input.headers import MatchedHeaders, complain, match

SEPARATORS = (";", ",", "\t")
TITLE_LINES = 10
"""How many lines of title a table may have above its headers."""
Result = tuple[int, Mapping[str, str] | str]


@dataclass(slots=True)
class Table:
    """A CSV whose headers were found; what is left to read are its rows."""

    headers: MatchedHeaders
    separator: str
    lines: Iterator[str]
    first_line: int

    def rows(self) -> Iterator[Result]:
        """Every row that is not blank."""
        # strict: an unclosed quotation mark is a fault, not the rest of the file
        reader = csv.reader(self.lines, delimiter=self.separator, strict=True)
        places = tuple(self.headers.places.items())
        width = self.headers.width
        while True:
            line = self.first_line + reader.line_num
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                until = self.first_line + reader.line_num - 1
                fault = _csv_fault(error)
                yield (
                    line,
                    Reason(
                        f"{fault.fr} (lu jusqu'à la ligne {until})",
                        f"{fault} (looked at up to line {until})",
                    ),
                )
                continue
            if len(cells) > width and any(map(str.strip, cells[width:])):
                yield line, _too_many(len(cells), width, self.separator)
            elif any(map(str.strip, cells)):
                count = len(cells)
                yield (
                    line,
                    {key: cells[at].strip() if at < count else "" for key, at in places},
                )


def find_table(lines: Iterator[str], wanted: DocumentType, others: Sequence[DocumentType]) -> Table:
    """Find separator and headers among the first lines. Raises InvalidInput if there are none."""
    head = list(islice(lines, TITLE_LINES))
    best: tuple[int, int, str, list[str], MatchedHeaders] | None = None
    for separator in SEPARATORS:
        for number, cells in _head_rows(head, separator):
            found = match(cells, wanted.columns)
            if not found.missing:
                return Table(found, separator, chain(head[number:], lines), number + 1)
            if best is None or (len(found.places), len(cells)) > best[:2]:
                best = len(found.places), len(cells), separator, cells, found
    if best is None:
        raise InvalidInput(
            Reason(
                "le fichier n'a pas d'en-têtes : sa première ligne doit nommer les colonnes",
                "the file has no headers: its first line must name the columns",
            )
        )
    raise complain(best[4], best[3], wanted, others)


def _head_rows(head: Sequence[str], separator: str) -> Iterator[tuple[int, list[str]]]:
    """Each possible header row with how many lines end with it."""
    reader = csv.reader(head, delimiter=separator)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                yield reader.line_num, cells
    except csv.Error:
        return


def read_json(
    lines: Iterator[str], columns: Sequence[Column], warnings: list[str]
) -> Iterator[Result]:
    """JSON Lines: one object a line, its keys matched as headers are."""
    known: dict[tuple[str, ...], MatchedHeaders] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = json.loads(line)
            if not isinstance(item, dict):
                raise TypeError
        except (ValueError, TypeError, RecursionError):
            yield (
                number,
                Reason("n'est pas un objet JSON sur une ligne", "is not a JSON object on one line"),
            )
            continue
        keys = tuple(item)
        try:
            headers = known.get(keys) or match(keys, columns)
        except InvalidInput as error:
            yield number, error.reason
            continue
        if keys not in known and len(known) < 100:
            known[keys] = headers
            warnings += [text for text in headers.warnings if text not in warnings]
        yield number, _json_values(item, keys, headers)


def _json_values(
    item: Mapping[str, object], keys: Sequence[str], headers: MatchedHeaders
) -> Mapping[str, str] | Reason:
    values: dict[str, str] = {}
    for column, place in headers.places.items():
        value = item[keys[place]]
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            values[column] = ", ".join(value)
        elif value is None or isinstance(value, str | int | float):
            values[column] = "" if value is None else str(value).strip()
        else:
            shown = clean(keys[place])
            return Reason(
                f"« {shown} » n'est ni un texte, ni un nombre, ni une liste de textes",
                f"“{shown}” is neither text nor a number nor a list of texts",
            )
    return values


def _csv_fault(error: csv.Error) -> Reason:
    if "field larger" in str(error) or "end of data" in str(error):
        return Reason(
            "un guillemet qui ouvre une valeur n'est jamais refermé",
            "a quotation mark that opens a value is never closed",
        )
    return Reason(
        "un guillemet à l'intérieur d'une valeur n'est pas doublé",
        "a quotation mark inside a value is not doubled",
    )


def _too_many(count: int, width: int, separator: str) -> Reason:
    shown = "tab" if separator == "\t" else f"“{separator}”"
    french = "la tabulation" if separator == "\t" else f"« {separator} »"
    return Reason(
        f"a {count} valeurs pour {width} colonnes : une valeur qui contient le séparateur {french} "
        "doit être entre guillemets",
        f"has {count} values for {width} columns: a value that holds the separator {shown} needs "
        "quotation marks around it",
    )
