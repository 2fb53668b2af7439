"""The document type of the Pix certificate: columns, records, and how they read."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files

from parchemin_pix.framework import CAPS, COMPETENCES, CURRENT_LEVEL, Competence
from parchemin_pix.result import read_result, valid_until
from vault_core.api import Column, Fact, Issuer, Presentation, Record, Text
from vault_core.form import INE, SUBJECT_COLUMNS, Form, person_key
from vault_core.samples import people

ISSUER = Issuer(id="pix", name=Text("Pix", "Pix"), folder="Pix", url="https://pix.fr")
BODY = (files("parchemin_pix") / "body.typ").read_text(encoding="utf-8")

_OPTIONAL_INE = Column(
    INE.id, (*INE.names, "Identifiant externe"), INE.title, required=False, sample=INE.sample
)
_CODES = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_CENTRES = ("Lycée Victor-Hugo", "Université de Lille", "GRETA de Bretagne occidentale")


def _competence(one: Competence) -> Column:
    return Column(
        one.fact,
        (one.code, f"Niveau {one.code}", f"{one.code} {one.title.fr}", one.title.fr),
        Text(f"{one.code} {one.title.fr}", f"{one.code} {one.title.en}"),
        sample="4",
    )


COLUMNS = (
    *(_OPTIONAL_INE if column is INE else column for column in SUBJECT_COLUMNS),
    Column(
        "pix_code",
        ("Numéro de certification", "Code de vérification", "Code Pix", "Verification code"),
        Text("Code de vérification Pix", "Pix verification code"),
        required=False,
        sample="P-2A4B6C8D",
    ),
    Column(
        "status",
        ("Statut", "Statut de la certification", "Status"),
        Text("Statut", "Status"),
        required=False,
        sample="Validée",
    ),
    Column(
        "score",
        ("Nombre de Pix", "Score", "Score Pix", "Pix"),
        Text("Nombre de Pix", "Pix score"),
        sample="512",
    ),
    *(_competence(one) for one in COMPETENCES),
    Column(
        "top_level",
        ("Niveau maximum", "Niveau maximal", "Palier", "Top level"),
        Text("Niveau maximum", "Top level"),
        required=False,
        sample=str(CURRENT_LEVEL),
    ),
    Column(
        "session",
        ("Session", "Numéro de session", "Id session"),
        Text("Session", "Session"),
        sample="48213",
    ),
    Column(
        "centre",
        ("Centre de certification", "Centre", "Certification centre"),
        Text("Centre de certification", "Certification centre"),
        sample="Lycée Victor-Hugo",
    ),
    Column(
        "awarded_on",
        ("Date de passage de la certification", "Date de certification", "Date de passage"),
        Text("Date de certification", "Date of certification"),
        sample="18/03/2026",
    ),
)


class PixType:
    """The Pix certificate as a `vault_core.api.DocumentType`."""

    id = "pix"
    issuer = ISSUER.id
    title = Text("Certification Pix", "Pix certification")
    columns: Sequence[Column] = COLUMNS

    def parse(self, row: Mapping[str, str]) -> Record:
        """A record from one row. Raises InvalidRecord with every reason."""
        form = Form(row, COLUMNS)
        subject = form.subject()
        facts, day = read_result(form)
        form.after_birth(subject, "awarded_on", day, 8)
        form.done()
        awarded_on = day or dt.date.min
        return Record(
            type_id=self.id,
            key=f"pix:{facts['session']}:{awarded_on.isoformat()}:{person_key(subject)}",
            subject=subject,
            facts=facts,
            awarded_on=awarded_on,
            valid_until=valid_until(awarded_on),
        )

    def present(self, record: Record) -> Presentation:
        """The certificate as people read it: score, levels, where and when."""
        facts, day = record.facts, record.awarded_on
        assert day is not None  # its column must be there
        score = f"{facts['score']} / {facts['cap']} pix"
        lines = [
            _fact("score", Text("Score", "Score"), score),
            *(
                _fact(
                    one.fact,
                    Text(f"{one.code} {one.title.fr}", f"{one.code} {one.title.en}"),
                    f"{facts[one.fact]} / {facts['top_level']}",
                    gauge=(facts[one.fact], facts["top_level"]),
                )
                for one in COMPETENCES
            ),
            _fact("session", Text("Session", "Session"), facts["session"], private=True),
            _fact("centre", Text("Centre", "Centre"), facts["centre"], private=True),
        ]
        if facts["pix_code"]:
            lines.append(_fact("pix_code", Text("Code Pix", "Pix code"), facts["pix_code"], True))
        return Presentation(
            title=self.title,
            subtitle=Text("Compétences numériques", "Digital skills"),
            statement=Text(
                f"a obtenu {facts['score']} pix sur {facts['cap']} à l’évaluation de ses "
                "compétences numériques.",
                f"has obtained {facts['score']} pix out of {facts['cap']} in the assessment of "
                "digital skills.",
            ),
            facts=tuple(lines),
            file_name=f"Certification Pix {day.isoformat()}.pdf",
            description=Text(
                "Certification des compétences numériques en 5 domaines et 16 compétences.",
                "Certification of digital skills in 5 domains and 16 competences.",
            ),
            criteria=Text(
                "Avoir passé les épreuves sous surveillance dans un centre agréé.",
                "Having taken the tests under supervision in an approved centre.",
            ),
            framework=Text(
                "Cadre de référence des compétences numériques (CRCN), d’après DigComp",
                "French reference framework of digital competences (CRCN), after DigComp",
            ),
        )

    def sample(self, count: int, seed: int) -> Iterator[Mapping[str, str]]:
        """Invented candidates, validated."""
        source = random.Random(seed)  # noqa: S311  # invented people, no secret
        for person in people(source, count, 2008):
            day = dt.date(2026, 1, 12) + dt.timedelta(days=source.randrange(120))
            levels = {one.fact: source.randint(1, CURRENT_LEVEL) for one in COMPETENCES}
            score = sum(8 * level + source.randrange(8) for level in levels.values())
            yield {
                **person.cells(),
                "pix_code": "P-" + "".join(source.choices(_CODES, k=8)),
                "status": "Validée",
                "score": str(min(score, CAPS[CURRENT_LEVEL])),
                **{name: str(level) for name, level in levels.items()},
                "session": str(source.randrange(40_000, 60_000)),
                "centre": source.choice(_CENTRES),
                "awarded_on": f"{day:%d/%m/%Y}",
            }

    def template(self) -> str:
        """Five columns, one a domain, each competence with its level drawn."""
        return BODY


def _fact(
    id_: str, title: Text, value: str, private: bool = False, gauge: tuple[int, int] = (0, 0)
) -> Fact:
    return Fact(id_, title, Text(value, value), private, gauge)
