"""One input row, read field by field: every fault is collected, none stops the reading.

    form = Form(row, COLUMNS)
    subject = form.subject()
    average = form.decimal("average", 0, 20)
    form.check(average is None or average >= 10, "average: under 10 there is no diploma")
    form.done()

A reader gives None (or "") where the cell is empty or wrong; `done` then raises InvalidRecord
with all reasons, each naming the column's title and the value.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Literal, TypeVar

from vault_core import fields
from vault_core.api import Column, Reason, Subject, Text, said
from vault_core.errors import InvalidRecord

T = TypeVar("T")
Gender = Literal["M", "F", "X", ""]

EARLIEST_BIRTH = dt.date(1900, 1, 1)
GENDERS: Mapping[str, Gender] = {
    "m": "M",
    "h": "M",
    "homme": "M",
    "masculin": "M",
    "monsieur": "M",
    "mr": "M",
    "male": "M",
    "garcon": "M",
    "1": "M",
    "f": "F",
    "femme": "F",
    "feminin": "F",
    "madame": "F",
    "mme": "F",
    "mlle": "F",
    "female": "F",
    "fille": "F",
    "2": "F",
    "x": "X",
}
COUNTRY_NAMES = {"france": "FR", "fra": "FR"}

INE = Column(
    "ine",
    (
        "INE",
        "N° INE",
        "Numéro INE",
        "Code INE",
        "INE-RNIE",
        "Identifiant national",
        "Student number",
    ),
    Text("Identifiant national de l'élève", "National student number"),
    sample="123456789AB",
)
FAMILY_NAME = Column(
    "family_name",
    ("Nom", "Nom de naissance", "Nom de famille", "Nom patronymique", "Family name", "Birth name"),
    Text("Nom de naissance", "Family name at birth"),
    sample="LEFÈVRE",
)
GIVEN_NAMES = Column(
    "given_names",
    ("Prénoms", "Prénom", "Prénom(s)", "Given names", "Given name", "First name"),
    Text("Prénoms", "Given names"),
    sample="Camille, Jeanne",
)
USUAL_NAME = Column(
    "usual_name",
    ("Nom d'usage", "Nom usuel", "Nom d'épouse", "Usual name"),
    Text("Nom d'usage", "Usual name"),
    required=False,
)
BIRTH_DATE = Column(
    "birth_date",
    (
        "Date de naissance",
        "Date naissance",
        "Né(e) le",
        "Né le",
        "Naissance",
        "Birth date",
        "Date of birth",
    ),
    Text("Date de naissance", "Birth date"),
    sample="03/07/2008",
)
BIRTH_PLACE = Column(
    "birth_place",
    (
        "Lieu de naissance",
        "Commune de naissance",
        "Ville de naissance",
        "Né(e) à",
        "Né à",
        "Birth place",
        "Place of birth",
    ),
    Text("Lieu de naissance", "Birth place"),
    required=False,
    sample="Rennes",
)
BIRTH_COUNTRY = Column(
    "birth_country",
    ("Pays de naissance", "Birth country", "Country of birth"),
    Text("Pays de naissance", "Birth country"),
    required=False,
    sample="FR",
)
GENDER = Column(
    "gender",
    ("Sexe", "Genre", "Civilité", "Gender", "Sex"),
    Text("Sexe", "Gender"),
    required=False,
    sample="F",
)
SUBJECT_COLUMNS = (
    INE,
    FAMILY_NAME,
    GIVEN_NAMES,
    USUAL_NAME,
    BIRTH_DATE,
    BIRTH_PLACE,
    BIRTH_COUNTRY,
    GENDER,
)
"""What says whom a row is about; a document type adds its own columns after these."""


class Form:
    """One row (column id to text) and the reasons why it cannot be accepted."""

    def __init__(self, row: Mapping[str, str], columns: Sequence[Column]) -> None:
        self._row = row
        self._columns = {column.id: column for column in columns}
        self._reasons: list[str] = []

    def check(self, holds: bool, reason: str) -> None:
        """Note `reason` unless `holds`."""
        if not holds:
            self._reasons.append(reason)

    def done(self) -> None:
        """Raises InvalidRecord with every reason noted, in the order they were found."""
        if self._reasons:
            raise InvalidRecord(*dict.fromkeys(self._reasons))

    def refuse(self, column: str, sentence: str) -> None:
        """Note that the value of `column` is wrong; `sentence` goes on after the value.

        A `Reason` has it in both languages.
        """
        text = fields.clean(self._row.get(column, "")[:200])[:60]
        # what is shown may reach a terminal or a page: no control characters from the file
        shown = "".join(letter if letter.isprintable() else "\ufffd" for letter in text)
        title = self._columns[column].title
        self._reasons.append(
            Reason(
                f"{title.fr} : « {shown} » {said(sentence, 'fr')}",
                f"{title.en}: “{shown}” {sentence}",
            )
        )

    def read(self, column: str, reader: Callable[[str], T]) -> T | None:
        """What `reader` makes of the cell; None if it is empty or `reader` raises ValueError."""
        value = self._row.get(column, "")
        if not value.strip():
            if self._columns[column].required:
                self._reasons.append(missing(self._columns[column]))
            return None
        try:
            return reader(value)
        except ValueError as error:
            self.refuse(column, error.args[0] if error.args else "is wrong")
            return None

    def line(self, column: str) -> str:
        """One line of text, "" if there is none."""
        return self.read(column, fields.line) or ""

    def date(self, column: str) -> dt.date | None:
        """A date in any of the ways `fields.parse_date` knows."""
        return self.read(column, fields.parse_date)

    def decimal(self, column: str, low: int, high: int, places: int = 2) -> Decimal | None:
        """A number from `low` to `high`."""
        bounds = Decimal(low), Decimal(high)
        return self.read(column, lambda text: fields.parse_decimal(text, *bounds, places))

    def integer(self, column: str, low: int, high: int) -> int | None:
        """A whole number from `low` to `high`."""
        return self.read(column, lambda text: fields.parse_integer(text, low, high))

    def choice(self, column: str, choices: Mapping[str, T], allowed: str) -> T | None:
        """The value that `choices` (folded spelling to value) has for the cell."""

        def pick(text: str) -> T:
            try:
                return choices[fields.fold(text)]
            except KeyError:
                raise ValueError(
                    Reason(f"ne fait pas partie de : {allowed}", f"is none of {allowed}")
                ) from None

        return self.read(column, pick)

    def subject(self) -> Subject:
        """Whom the row is about, from `SUBJECT_COLUMNS`; provisional until `done` has passed."""
        birth_date = self.date("birth_date")
        if birth_date and birth_date < EARLIEST_BIRTH:
            year = EARLIEST_BIRTH.year
            self.refuse("birth_date", Reason(f"est avant {year}", f"lies before {year}"))
        return Subject(
            ine=self.read("ine", fields.ine) or "",
            family_name=self.read("family_name", fields.name) or "",
            given_names=self.read("given_names", fields.given_names) or (),
            usual_name=self.read("usual_name", fields.name) or "",
            birth_date=birth_date or EARLIEST_BIRTH,
            birth_place=self.line("birth_place"),
            birth_country=self.read("birth_country", _country) or "",
            gender=self.choice("gender", GENDERS, "M, F, X") or "",
        )

    def after_birth(self, subject: Subject, column: str, date: dt.date | None, years: int) -> None:
        """Refuse a `date` before the subject was `years` old."""
        if date and date.year - subject.birth_date.year < years:
            self.refuse(column, too_early(subject))


def missing(column: Column) -> Reason:
    """Why a row without a value there is refused."""
    title = column.title
    return Reason(f"{title.fr} : la valeur manque", f"{title.en}: the value is missing")


def too_early(subject: Subject) -> Reason:
    """Why a date is refused that is too near to somebody's birth."""
    year = subject.birth_date.year
    return Reason(
        f"est trop tôt pour quelqu'un né en {year}", f"is too early for somebody born in {year}"
    )


def person_key(subject: Subject) -> str:
    """What tells this person from others in `Record.key`: the INE, else names and birth date."""
    if subject.ine:
        return subject.ine
    names = fields.fold(subject.family_name), fields.fold(" ".join(subject.given_names))
    return f"{'.'.join(names)}.{subject.birth_date.isoformat()}"


def _country(text: str) -> str:
    folded = fields.fold(text)
    code = COUNTRY_NAMES.get(folded, folded.upper())
    if len(code) != 2 or not code.isascii() or not code.isalpha():
        raise ValueError(
            Reason(
                "n'est pas un code de pays de deux lettres, comme FR",
                "is not a country's code of two letters, such as FR",
            )
        )
    return code
