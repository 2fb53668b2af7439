"""The document type of a diploma: its columns, and how a row becomes a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from parchemin_bac.award import read_award
from parchemin_bac.diplomas import ISSUER, Diploma
from parchemin_bac.presentation import present
from parchemin_bac.sampling import sample
from vault_core.api import Column, Presentation, Record, Text
from vault_core.form import SUBJECT_COLUMNS, Form, person_key

SESSION = Column(
    "session",
    ("Session", "Année de session", "Session d'examen", "Année"),
    Text("Session", "Session"),
    sample="2026",
)
ACADEMY = Column(
    "academy",
    ("Académie", "Académie d'examen", "Académie de délivrance", "Academy"),
    Text("Académie", "Education authority"),
    sample="Rennes",
)
AVERAGE = Column(
    "average",
    ("Moyenne", "Moyenne générale", "Moyenne sur 20", "Note moyenne", "Average"),
    Text("Moyenne", "Average"),
    required=False,
    sample="14,25",
)
GRADE = Column(
    "grade",
    ("Mention", "Mention obtenue", "Grade", "Honours"),
    Text("Mention", "Honours"),
    required=False,
    sample="B",
)
OPTIONS = Column(
    "options",
    ("Options", "Option", "Enseignements optionnels", "Enseignement optionnel"),
    Text("Options", "Options"),
    required=False,
    sample="Latin / Mathématiques expertes",
)
AWARDED = Column(
    "awarded_on",
    (
        "Date du jury",
        "Date de délibération",
        "Date de délivrance",
        "Date d'obtention",
        "Awarded on",
    ),
    Text("Date du jury", "Date of award"),
    required=False,
    sample="07/07/2026",
)


def columns_of(diploma: Diploma) -> tuple[Column, ...]:
    """What the diploma's file holds; the series and the speciality where it has them."""
    series = Column(
        "series",
        ("Série", "Voie", "Filière", "Série ou voie", "Series", "Track"),
        Text("Série", "Series"),
        required=bool(diploma.series) and not diploma.default_series,
        sample=diploma.series[0].title.fr if diploma.series else "",
    )
    speciality = Column(
        "speciality",
        ("Spécialité", "Spécialités", "Enseignements de spécialité", "Speciality", "Specialities"),
        Text("Spécialité", "Speciality"),
        required=diploma.speciality_required,
        sample="Mathématiques / NSI" if diploma.id == "bac" else "",
    )
    own = (series,) if diploma.series else ()
    honours = (GRADE,) if diploma.mentions_from else ()
    return (
        *SUBJECT_COLUMNS,
        *own,
        speciality,
        OPTIONS,
        SESSION,
        ACADEMY,
        *honours,
        AVERAGE,
        AWARDED,
    )


class DiplomaType:
    """One diploma as a `vault_core.api.DocumentType`."""

    def __init__(self, diploma: Diploma) -> None:
        self._diploma = diploma
        self.id = diploma.id
        self.issuer = ISSUER.id
        self.title = diploma.title
        self.columns: Sequence[Column] = columns_of(diploma)

    def parse(self, row: Mapping[str, str]) -> Record:
        """A record from one row. Raises InvalidRecord with every reason."""
        form = Form(row, self.columns)
        subject = form.subject()
        award, awarded_on = read_award(form, self._diploma, subject)
        form.done()
        what = "/".join((award.series, *award.specialities))
        return Record(
            type_id=self.id,
            key=f"{self.id}:{award.session}:{person_key(subject)}:{what}",
            subject=subject,
            facts=award.facts(),
            awarded_on=awarded_on,
        )

    def present(self, record: Record) -> Presentation:
        """The diploma as people read it."""
        return present(self._diploma, record)

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Invented candidates who passed."""
        return sample(self._diploma, count, seed)

    def template(self) -> str:
        """The common page."""
        return ""
