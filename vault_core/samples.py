"""Invented people for sample input: the same seed gives the same ones, on every machine.

Plugin authors build `DocumentType.sample` on it. Nobody real is meant: names are drawn from
lists of common ones, and the student numbers carry the letters ZZ.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split(","))


FAMILY_NAMES = _names(
    "Lefèvre,Moreau,Nguyen,Garcia,Traoré,Le Goff,Benali,Da Silva,Fontaine,O'Connor,Rousseau,"
    "Müller,D'Alessandro,Chevallier,Kowalski,Diallo,Perrin,Haddad,Saint-Martin,Guérin,Lopez,"
    "Marchand,Ferreira,Gauthier,N'Diaye,Barbier,Cœurdeloup,Yılmaz,Leclercq,Rakotomalala"
)
FEMALE = _names(
    "Camille,Zoé,Inès,Chloé,Léa,Maëlys,Aïcha,Louise,Jeanne,Anaïs,Élise,Noémie,Yasmine,"
    "Margaux,Fatoumata,Clémence,Marie-Ange,Lina,Héloïse,Soraya"
)
MALE = _names(
    "Lucas,Théo,Noé,Jean-Baptiste,Mehdi,Raphaël,Gabriel,Loïc,Ibrahim,Maxence,François,Hugo,"
    "Aurélien,Mathéo,Yanis,Côme,Étienne,Samba,Baptiste,Loïs"
)
PLACES = (
    "Rennes",
    "Saint-Étienne",
    "L'Haÿ-les-Roses",
    "Fort-de-France",
    "Besançon",
    "Le Mans",
    "Nîmes",
    "Orléans",
    "Châlons-en-Champagne",
    "Mâcon",
    "Paris 14e",
    "Saint-Denis",
    "Béziers",
    "Pont-l'Abbé",
)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invented, as the cells of `vault_core.form.SUBJECT_COLUMNS`."""

    ine: str
    family_name: str
    given_names: str
    birth_date: dt.date
    birth_place: str
    gender: str

    def cells(self) -> dict[str, str]:
        """Column id to text, the date as French files write it."""
        return {
            "ine": self.ine,
            "family_name": self.family_name,
            "given_names": self.given_names,
            "usual_name": "",
            "birth_date": f"{self.birth_date:%d/%m/%Y}",
            "birth_place": self.birth_place,
            "birth_country": "FR",
            "gender": self.gender,
        }


def people(source: random.Random, count: int, born: int) -> Iterator[Person]:
    """`count` people born in the year `born`, drawn from `source`."""
    for number in range(count):
        gender = source.choice("FM")
        names = FEMALE if gender == "F" else MALE
        yield Person(
            ine=f"{source.randrange(100):02d}{number % 10**7:07d}ZZ",
            family_name=source.choice(FAMILY_NAMES).upper(),
            given_names=", ".join(source.sample(names, source.choice((1, 2, 2, 3)))),
            birth_date=dt.date(born, 1, 1) + dt.timedelta(days=source.randrange(365)),
            birth_place=source.choice(PLACES),
            gender=gender,
        )
