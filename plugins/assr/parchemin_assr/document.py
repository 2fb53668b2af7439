"""The document type of a road-safety certificate: columns, records, and how they read."""

from __future__ import annotations

import datetime as dt
import random
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from parchemin_assr.levels import Level
from vault_core import fields
from vault_core.api import Column, Fact, Issuer, Presentation, Reason, Record, Text
from vault_core.form import SUBJECT_COLUMNS, Form, person_key
from vault_core.samples import people

ISSUER = Issuer(
    id="securite-routiere",
    name=Text("Éducation à la sécurité routière", "Road-safety education"),
    folder="Sécurité routière",
)
PASS, HIGHEST = 10, 20
SESSION = Column(
    "session",
    ("Session", "Année scolaire", "Année", "School year"),
    Text("Session", "Session"),
    sample="2025-2026",
)
AWARDED = Column(
    "awarded_on",
    ("Date de passation", "Date de l'épreuve", "Date de délivrance", "Date", "Awarded on"),
    Text("Date de l’épreuve", "Date of the test"),
    sample="12/05/2026",
)
SCORE = Column(
    "score",
    ("Note", "Score", "Note sur 20", "Résultat", "Note obtenue"),
    Text("Note sur 20", "Score out of 20"),
    sample="17",
)
SCHOOL = Column(
    "school",
    ("Établissement", "Nom de l'établissement", "Collège", "School"),
    Text("Établissement", "School"),
    sample="Collège Anne-de-Bretagne",
)
UAI = Column(
    "uai",
    ("UAI", "Code UAI", "RNE", "Numéro d'établissement", "N° UAI"),
    Text("Numéro UAI", "School number (UAI)"),
    required=False,
    sample="0750655E",
)
CLASS = Column(
    "class_name",
    ("Classe", "Niveau", "Division", "Class"),
    Text("Classe", "Class"),
    required=False,
    sample="5e B",
)
_SCHOOLS = (
    ("Collège Anne-de-Bretagne", "0750655E"),
    ("Collège Les Hautes-Ourmes", "0750654D"),
    ("Collège Gisèle-Halimi", ""),
)
_YEARS = re.compile(r"(\d{4})\s*[-/–]\s*(\d{4})|(\d{4})")


@dataclass(frozen=True, slots=True)
class Passed:
    """The facts of one certificate, in `Record.facts` under these names.

    `session` is a school year (`2025-2026`); `score` is of 20.
    """

    level: str
    session: str
    score: int
    school: str
    uai: str
    class_name: str


class RoadSafetyType:
    """One level as a `vault_core.api.DocumentType`."""

    def __init__(self, level: Level) -> None:
        self._level = level
        self.id = level.id
        self.issuer = ISSUER.id
        self.title = Text(
            f"{level.title.fr}, {level.subtitle.fr}", f"{level.title.en}, {level.subtitle.en}"
        )
        self.columns: Sequence[Column] = (
            *SUBJECT_COLUMNS, SESSION, AWARDED, SCORE, SCHOOL, UAI, CLASS,
        )  # fmt: skip

    def parse(self, row: Mapping[str, str]) -> Record:
        """A record from one row. Raises InvalidRecord with every reason."""
        form = Form(row, self.columns)
        subject = form.subject()
        session = form.read("session", school_year) or ""
        day = form.date("awarded_on")
        form.after_birth(subject, "awarded_on", day, self._level.youngest)
        if day and session and not _within(day, session):
            form.refuse(
                "awarded_on",
                Reason(
                    f"n'est pas dans l'année scolaire {session}",
                    f"does not lie in the school year {session}",
                ),
            )
        score = form.integer("score", 0, HIGHEST)
        if score is not None and score < PASS:
            form.refuse(
                "score",
                Reason(
                    f"est sous {PASS} : aucune attestation n'est délivrée",
                    f"is under {PASS}: no certificate is given",
                ),
            )
        passed = Passed(
            level=self.id,
            session=session,
            score=score or 0,
            school=form.line("school"),
            uai=form.read("uai", fields.uai) or "",
            class_name=form.line("class_name"),
        )
        form.done()
        return Record(
            type_id=self.id,
            # once in a life: a second success says nothing new, whatever its year
            key=f"{self.id}:{person_key(subject)}",
            subject=subject,
            facts=asdict(passed),
            awarded_on=day or dt.date.min,
        )

    def present(self, record: Record) -> Presentation:
        """The certificate as people read it."""
        passed = Passed(**record.facts)
        level = self._level
        lines = (
            ("session", Text("Année scolaire", "School year"), passed.session, False),
            ("score", Text("Note", "Score"), f"{passed.score} / {HIGHEST}", True),
            ("school", Text("Établissement", "School"), passed.school, True),
            ("uai", Text("Numéro UAI", "School number"), passed.uai, True),
            ("class_name", Text("Classe", "Class"), passed.class_name, True),
        )
        return Presentation(
            title=level.title,
            subtitle=level.subtitle,
            statement=_STATEMENT,
            facts=tuple(_fact(*line) for line in lines if line[2]),
            file_name=f"{level.id.upper()} {passed.session}.pdf",
            description=self.title,
            criteria=level.opens,
        )

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Invented pupils who passed."""
        source = random.Random(seed)  # noqa: S311  # invented people, no secret
        for person in people(source, count, 2026 - max(self._level.youngest + 2, 12)):
            school, uai = source.choice(_SCHOOLS)
            day = dt.date(2026, 3, 2) + dt.timedelta(days=source.randrange(90))
            row = {
                **person.cells(),
                "session": "2025-2026",
                "awarded_on": f"{day:%d/%m/%Y}",
                "school": school,
                "uai": uai,
                "class_name": _class(self._level, source),
                "score": str(source.randint(PASS, HIGHEST)),
            }
            yield row

    def template(self) -> str:
        """The facts, and what the certificate is for."""
        return (
            "#facts(doc.facts)\n#v(1.2em)\n"
            "#block(width: 100%, inset: (left: 4mm, y: 1mm), stroke: (left: 1pt + gold), {"
            "text(size: 10pt, first(doc.criteria)); linebreak(); "
            "text(size: 8.6pt, fill: soft, second(doc.criteria))})"
        )


_STATEMENT = Text(
    "a passé avec succès les épreuves de connaissance des règles de sécurité routière.",
    "has passed the test of knowledge of the rules of road safety.",
)


def school_year(text: str) -> str:
    """`2025-2026`, from that or from `2026`, the year in which it ends."""
    match = _YEARS.fullmatch(fields.clean(text))
    first, last = (match[1], match[2] or match[3]) if match else (None, None)
    year = int(last or 0)
    if not 1990 <= year <= 2100 or (first and int(first) != year - 1):
        raise ValueError(
            Reason(
                "n'est pas une année scolaire : écrivez 2025-2026",
                "is no school year: write 2025-2026",
            )
        )
    return f"{year - 1}-{year}"


def _within(day: dt.date, session: str) -> bool:
    first = int(session[:4])
    return dt.date(first, 8, 1) <= day <= dt.date(first + 1, 12, 31)


def _class(level: Level, source: random.Random) -> str:
    return f"{level.class_name} {source.choice('ABCD')}" if level.class_name else ""


def _fact(id_: str, title: Text, value: Any, private: bool) -> Fact:
    return Fact(id_, title, Text(value, value), private)
