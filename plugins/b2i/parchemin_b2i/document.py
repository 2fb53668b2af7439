"""The document type of one B2i or C2i level: columns, records, and how they read."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence

from parchemin_b2i.levels import TRADES, Level
from vault_core.api import Column, Fact, Issuer, Presentation, Reason, Record, Subject, Text
from vault_core.fields import date_en, date_fr, fold
from vault_core.form import INE, SUBJECT_COLUMNS, Form, person_key
from vault_core.samples import people

ISSUER = Issuer(
    id="numerique-educatif",
    name=Text("Numérique éducatif", "Digital education"),
    folder="Numérique",
)
SCHOOL = Column(
    "school",
    ("Établissement", "École", "Université", "Nom de l'établissement", "School"),
    Text("Établissement", "School"),
    sample="Collège Anne-de-Bretagne",
)
AWARDED = Column(
    "awarded_on",
    ("Date de délivrance", "Date d'obtention", "Date de validation", "Awarded on"),
    Text("Date de délivrance", "Date of award"),
    sample="20/06/2014",
)
TRADE = Column(
    "trade",
    ("Métier", "Spécialité", "Mention", "Trade"),
    Text("Métier", "Trade"),
    sample=TRADES[0].fr,
)
_TRADES = {fold(one.fr): one for one in TRADES}
_OPTIONAL_INE = Column(INE.id, INE.names, INE.title, required=False, sample=INE.sample)
_SCHOOLS = {
    "b": ("École Jules-Ferry", "Collège Anne-de-Bretagne", "Lycée Victor-Hugo"),
    "c": ("Université de Rennes", "Université de Lille", "Université de La Réunion"),
}


def domain_column(number: int, title: Text) -> Column:
    """The date on which domain `number` (from 1) was validated."""
    return Column(
        f"domain_{number}",
        (f"Domaine {number}", f"D{number}", f"Date domaine {number}", title.fr, title.en),
        Text(f"Domaine {number}", f"Domain {number}"),
        sample="12/05/2014",
    )


class SkillsType:
    """One level as a `vault_core.api.DocumentType`."""

    def __init__(self, level: Level) -> None:
        self._level = level
        domains = tuple(domain_column(at, one) for at, one in enumerate(level.domains, 1))
        subject = tuple(_OPTIONAL_INE if one is INE else one for one in SUBJECT_COLUMNS)
        self.id = level.id
        self.issuer = ISSUER.id
        self.title = Text(
            f"{level.title.fr}, {level.subtitle.fr.lower()}",
            f"{level.title.en}, {level.subtitle.en.lower()}",
        )
        self.columns: Sequence[Column] = (*subject, SCHOOL, AWARDED, *(domains or (TRADE,)))

    def parse(self, row: Mapping[str, str]) -> Record:
        """A record from one row. Raises InvalidRecord with every reason."""
        form = Form(row, self.columns)
        subject = form.subject()
        day = self._award_date(form, subject)
        facts: dict[str, str] = {"level": self.id, "school": form.line("school")}
        for number in range(1, len(self._level.domains) + 1):
            column = f"domain_{number}"
            validated = form.date(column)
            form.after_birth(subject, column, validated, 6)
            if validated and day and validated > day:
                form.refuse(
                    column,
                    Reason("est après la date d'obtention", "is later than the date of award"),
                )
            facts[column] = validated.isoformat() if validated else ""
        if not self._level.domains:
            trade = form.choice("trade", _TRADES, ", ".join(one.fr for one in TRADES))
            facts["trade"] = trade.fr if trade else ""
        form.done()
        return Record(
            type_id=self.id,
            key=f"{self.id}:{facts.get('trade', '')}:{person_key(subject)}",
            subject=subject,
            facts=facts,
            awarded_on=day or dt.date.min,
        )

    def _award_date(self, form: Form, subject: Subject) -> dt.date | None:
        day = form.date("awarded_on")
        form.after_birth(subject, "awarded_on", day, self._level.youngest)
        if day and day.year < self._level.first_year:
            year = self._level.first_year
            form.refuse(
                "awarded_on",
                Reason(
                    f"est avant la création de ce niveau en {year}",
                    f"is before this level began in {year}",
                ),
            )
        return day

    def present(self, record: Record) -> Presentation:
        """The certificate as people read it."""
        level, facts = self._level, record.facts
        lines = [
            Fact(f"domain_{at}", Text(f"{at}. {title.fr}", f"{at}. {title.en}"), _day(facts, at))
            for at, title in enumerate(level.domains, 1)
        ]
        if not level.domains:
            lines.append(Fact("trade", TRADE.title, _TRADES[fold(facts["trade"])]))
        school = Text(facts["school"], facts["school"])
        lines.append(Fact("school", SCHOOL.title, school, private=True))
        assert record.awarded_on is not None  # its column must be there
        year = record.awarded_on.year
        return Presentation(
            title=level.title,
            subtitle=level.subtitle,
            statement=_DOMAINS if level.domains else _TRADE,
            facts=tuple(lines),
            file_name=f"{level.id.upper()} {year}.pdf",
            description=self.title,
            criteria=Text(
                "Avoir validé chacun des domaines de compétence du référentiel national.",
                "Having validated each domain of the national framework.",
            )
            if level.domains
            else Text(
                "Avoir validé les compétences numériques attendues dans le métier.",
                "Having validated the digital skills that the trade asks for.",
            ),
        )

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Invented holders, from the last years of these certificates."""
        source = random.Random(seed)  # noqa: S311  # invented people, no secret
        for person in people(source, count, 2014 - self._level.youngest - 2):
            row = {
                **person.cells(),
                "school": source.choice(_SCHOOLS[self.id[0]]),
                "awarded_on": "20/06/2014",
            }
            for number in range(1, len(self._level.domains) + 1):
                day = dt.date(2013, 10, 1) + dt.timedelta(days=source.randrange(250))
                row[f"domain_{number}"] = f"{day:%d/%m/%Y}"
            if not self._level.domains:
                row["trade"] = source.choice(TRADES).fr
            yield row

    def template(self) -> str:
        """Domains have long names: two columns."""
        return "#facts(doc.facts, columns: 2)" if self._level.domains else ""


_DOMAINS = Text(
    "a validé les compétences numériques des domaines ci-dessous, aux dates indiquées.",
    "has validated the digital skills of the domains below, on the dates given.",
)
_TRADE = Text(
    "a validé les compétences numériques professionnelles de ce niveau.",
    "has validated the professional digital skills of this level.",
)


def _day(facts: Mapping[str, str], number: int) -> Text:
    day = dt.date.fromisoformat(facts[f"domain_{number}"])
    return Text(date_fr(day), date_en(day))
