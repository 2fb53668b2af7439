"""The JDC's document type: columns, records, and how they read."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from parchemin_jdc.certificates import BY_ID, Attendance, read_attendance
from vault_core.api import Column, Fact, Issuer, Presentation, Record, Text
from vault_core.fields import date_en, date_fr
from vault_core.form import INE, SUBJECT_COLUMNS, Form, person_key
from vault_core.samples import people

ISSUER = Issuer(
    id="service-national",
    name=Text("Service national et jeunesse", "National service and youth"),
    folder="Service national",
)
# the service national's files do not know the student number: names and birth date find the vault
_SUBJECT = tuple(
    replace(column, required=False) if column is INE else column for column in SUBJECT_COLUMNS
)
COLUMNS = (
    *_SUBJECT,
    Column(
        "nature",
        ("Nature", "Nature du document", "Type de certificat", "Type d'attestation"),
        Text("Nature", "Kind"),
        required=False,
        sample="Participation",
    ),
    Column(
        "day",
        ("Date de la JDC", "Date JDC", "Date de session", "Date de délivrance", "Date of the day"),
        Text("Date de la JDC", "Date of the day"),
        sample="14/03/2026",
    ),
    Column(
        "centre",
        ("Lieu de la JDC", "Lieu JDC", "Site", "Centre", "Centre du service national", "CSNJ"),
        Text("Lieu de la JDC", "Place of the day"),
        required=False,
        sample="Rennes",
    ),
    Column(
        "number",
        ("Numéro de certificat", "N° de certificat", "Numéro", "Certificate number"),
        Text("Numéro de certificat", "Certificate number"),
        required=False,
        sample="2026-35-004217",
    ),
    Column(
        "until",
        ("Valable jusqu'au", "Date de fin de validité", "Valid until"),
        Text("Valable jusqu’au", "Valid until"),
        required=False,
    ),
)
LEGAL = Text(
    "À présenter, avant 25 ans, pour s’inscrire aux examens et concours soumis au contrôle de "
    "l’autorité publique (Code du service national, art. L. 114-6).",
    "To be shown, before the age of 25, to enter examinations under public authority "
    "(French National Service Code, art. L. 114-6).",
)
_SITES = ("Rennes", "Vannes", "Lyon", "Nancy", "Toulon", "Montlhéry", "Saint-Denis (La Réunion)")


class JdcType:
    """Certificates of the JDC as a `vault_core.api.DocumentType`."""

    id = "jdc"
    issuer = ISSUER.id
    title = Text("Journée défense et citoyenneté", "Defence and Citizenship Day")
    columns: Sequence[Column] = COLUMNS

    def parse(self, row: Mapping[str, str]) -> Record:
        """A record from one row. Raises InvalidRecord with every reason."""
        form = Form(row, COLUMNS)
        subject = form.subject()
        attendance = read_attendance(form, subject)
        form.done()
        until = attendance.until
        return Record(
            type_id=self.id,
            key=f"jdc:{attendance.nature}:{attendance.day}:{person_key(subject)}",
            subject=subject,
            facts=attendance.facts(),
            awarded_on=dt.date.fromisoformat(attendance.day),
            valid_until=dt.date.fromisoformat(until) if until else None,
        )

    def present(self, record: Record) -> Presentation:
        """The certificate as people read it."""
        attendance = Attendance.of(record.facts)
        nature = BY_ID[attendance.nature]
        day = dt.date.fromisoformat(attendance.day)
        gendered = nature.statement
        if record.subject.gender == "F":
            gendered = Text(gendered.fr.replace("exempté ", "exemptée "), gendered.en)
        lines = (
            ("day", Text("Date", "Date"), Text(date_fr(day), date_en(day)), False),
            ("centre", Text("Lieu", "Place"), _same(attendance.centre), True),
            ("number", Text("Numéro", "Number"), _same(attendance.number), True),
        )
        return Presentation(
            title=self.title,
            subtitle=nature.title,
            statement=gendered,
            facts=tuple(Fact(*fact) for fact in lines if fact[2].fr),
            file_name=f"JDC {nature.title.fr.lower()} {day.year}.pdf",
            description=Text(
                f"{self.title.fr} : {nature.title.fr.lower()}.",
                f"{self.title.en}: {nature.title.en}.",
            ),
            criteria=LEGAL,
        )

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Invented people of 17 after their day."""
        source = random.Random(seed)  # noqa: S311  # invented people, no secret
        for number, person in enumerate(people(source, count, 2008)):
            day = dt.date(2026, 1, 5) + dt.timedelta(days=source.randrange(150))
            row = {
                **person.cells(),
                "nature": "Participation",
                "day": f"{day:%d/%m/%Y}",
                "centre": source.choice(_SITES),
                "number": f"2026-{source.randrange(1, 96):02d}-{number:06d}",
            }
            if number % 10 == 9:
                row |= {"nature": "Attestation provisoire", "until": "31/12/2026", "centre": ""}
            yield row

    def template(self) -> str:
        """The facts, and what the certificate is for."""
        return (
            "#facts(doc.facts)\n#v(1.2em)\n"
            "#block(width: 100%, inset: (left: 4mm, y: 1mm), stroke: (left: 1pt + gold), {"
            "text(size: 10pt, first(doc.criteria)); linebreak(); "
            "text(size: 8.6pt, fill: soft, second(doc.criteria))})"
        )


def _same(text: str) -> Text:
    return Text(text, text)
