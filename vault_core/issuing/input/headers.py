"""Which cell of a row belongs to which column: headers in any order, spelt in many ways."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from vault_core.api import Column, DocumentType, Reason
from vault_core.errors import InvalidInput
from vault_core.fields import clean, fold


@dataclass(frozen=True, slots=True)
class MatchedHeaders:
    """Where each column was found: column id to place (from 0), and what was left over."""

    places: Mapping[str, int]
    missing: tuple[Column, ...]
    warnings: tuple[Reason, ...]
    width: int


def match(cells: Sequence[str], columns: Sequence[Column]) -> MatchedHeaders:
    """Match header cells to columns. Raises InvalidInput if two cells claim one column."""
    names = {fold(name): column for column in columns for name in (*column.names, column.id)}
    places: dict[str, int] = {}
    warnings: list[Reason] = []
    for place, cell in enumerate(cells):
        column = names.get(fold(cell))
        if column is None:
            warnings += _unknown(place, cell, last=not any(map(str.strip, cells[place:])))
        elif column.id in places:
            first, again = clean(cells[places[column.id]]), clean(cell)
            at = places[column.id] + 1
            raise InvalidInput(
                Reason(
                    f"la colonne {column.title.fr} apparaît deux fois : « {first} » (n° {at}) et "
                    f"« {again} » (n° {place + 1}) ; retirez ou renommez l'une des deux",
                    f"the column {column.title.en} appears twice: “{first}” (number {at}) and "
                    f"“{again}” (number {place + 1}); remove or rename one",
                )
            )
        else:
            places[column.id] = place
    missing = tuple(one for one in columns if one.required and one.id not in places)
    return MatchedHeaders(places, missing, tuple(warnings), len(cells))


def _unknown(place: int, cell: str, *, last: bool) -> list[Reason]:
    if cell.strip():
        shown = clean(cell)[:60]
        return [
            Reason(
                f"la colonne {place + 1} « {shown} » est inconnue et a été ignorée",
                f"column {place + 1} “{shown}” is not known and was ignored",
            )
        ]
    if last:
        # trailing separators make empty headers in every row: nothing is lost with them
        return []
    return [
        Reason(
            f"la colonne {place + 1} n'a pas d'en-tête (cellules fusionnées ?) et a été ignorée",
            f"column {place + 1} has no header (merged cells?) and was ignored",
        )
    ]


def complain(
    found: MatchedHeaders,
    cells: Sequence[str],
    wanted: DocumentType,
    others: Sequence[DocumentType],
) -> InvalidInput:
    """The error for headers that lack required columns; says whose input it looks like."""
    fitting = [one for one in others if one.id != wanted.id and _fits(cells, one)]
    if fitting:
        best = max(fitting, key=lambda one: len(match(cells, one.columns).places))
        return InvalidInput(
            Reason(
                f"ce n'est pas un fichier « {wanted.id} » : d'après ses colonnes, c'est plutôt "
                f"« {best.id} » ({best.title.fr}) ; choisissez ce type si c'est bien lui",
                f"this is no input of “{wanted.id}”: by its columns it looks like “{best.id}” "
                f"({best.title.en}); run `parchemin deliver {best.id}` if that is meant",
            )
        )
    names = "; ".join(f"{one.title.en} (as “{one.names[0]}”)" for one in found.missing)
    seen = ", ".join(f"“{clean(cell)[:40]}”" for cell in cells[:20] if cell.strip())
    named = " ; ".join(f"{one.title.fr} (par exemple « {one.names[0]} »)" for one in found.missing)
    headers = ", ".join(f"« {clean(cell)[:40]} »" for cell in cells[:20] if cell.strip())
    return InvalidInput(
        Reason(
            f"il manque des colonnes obligatoires : {named}. Les en-têtes trouvés sont {headers}",
            f"required columns are missing: {names}. The headers found are {seen}",
        )
    )


def _fits(cells: Sequence[str], other: DocumentType) -> bool:
    try:
        return not match(cells, other.columns).missing
    except InvalidInput:
        return False
