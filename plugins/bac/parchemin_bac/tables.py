"""What French diplomas are made of: tracks, series, specialities, honours, académies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from vault_core.api import Text
from vault_core.fields import fold


@dataclass(frozen=True, slots=True)
class Series:
    """A series of an examination; `track` is what its diploma is called after."""

    id: str
    track: str
    title: Text
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """Honours, given from an average `low` (of 20) and, if `high` is set, below that."""

    id: str
    title: Text
    low: Decimal
    high: Decimal | None = None
    names: tuple[str, ...] = ()


BAC_SERIES = (
    Series(
        "generale",
        "general",
        Text("Voie générale", "General track"),
        ("Générale", "Général", "Bac général", "Baccalauréat général", "BCG", "General"),
    ),
    Series("S", "general", Text("Série S, scientifique", "Series S, sciences")),
    Series("ES", "general", Text("Série ES, économique et sociale", "Series ES, economics")),
    Series("L", "general", Text("Série L, littéraire", "Series L, literature")),
    Series("STMG", "technological", Text("STMG, management et gestion", "STMG, management")),
    Series(
        "STI2D",
        "technological",
        Text("STI2D, industrie et développement durable", "STI2D, industry and sustainability"),
    ),
    Series("STL", "technological", Text("STL, laboratoire", "STL, laboratory sciences")),
    Series("ST2S", "technological", Text("ST2S, santé et social", "ST2S, health and social care")),
    Series("STD2A", "technological", Text("STD2A, design et arts appliqués", "STD2A, design")),
    Series("STHR", "technological", Text("STHR, hôtellerie et restauration", "STHR, hospitality")),
    Series(
        "S2TMD",
        "technological",
        Text("S2TMD, théâtre, musique et danse", "S2TMD, theatre, music and dance"),
    ),
    Series("STAV", "technological", Text("STAV, agronomie et vivant", "STAV, agronomy")),
    Series(
        "professionnelle",
        "professional",
        Text("Voie professionnelle", "Professional track"),
        ("Professionnel", "Bac pro", "Baccalauréat professionnel", "BCP", "Pro", "Professional"),
    ),
)
DNB_SERIES = (
    Series("generale", "dnb", Text("Série générale", "General series"), ("Générale", "Collège")),
    Series(
        "professionnelle",
        "dnb",
        Text("Série professionnelle", "Professional series"),
        ("Pro", "Professionnel"),
    ),
)

# The general track's specialities, under their usual short names too.
SPECIALITIES: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (Text("Mathématiques", "Mathematics"), ("Maths", "Math")),
    (Text("Physique-chimie", "Physics and chemistry"), ("PC",)),
    (
        Text("Sciences de la vie et de la Terre", "Life and earth sciences"),
        ("SVT",),
    ),
    (Text("Numérique et sciences informatiques", "Computer science"), ("NSI",)),
    (Text("Sciences de l’ingénieur", "Engineering"), ("SI",)),
    (Text("Sciences économiques et sociales", "Economics and social sciences"), ("SES",)),
    (
        Text(
            "Histoire-géographie, géopolitique et sciences politiques",
            "History, geography, geopolitics and political science",
        ),
        ("HGGSP",),
    ),
    (
        Text("Humanités, littérature et philosophie", "Humanities, literature and philosophy"),
        ("HLP",),
    ),
    (
        Text(
            "Langues, littératures et cultures étrangères et régionales",
            "Foreign and regional languages, literatures and cultures",
        ),
        ("LLCER", "LLCE"),
    ),
    (
        Text(
            "Littérature, langues et cultures de l’Antiquité",
            "Literature, languages and cultures of Antiquity",
        ),
        ("LLCA",),
    ),
    (Text("Biologie-écologie", "Biology and ecology"), ()),
    (Text("Arts", "Arts"), ()),
    (
        Text(
            "Éducation physique, pratiques et culture sportives",
            "Physical education, sports practice and culture",
        ),
        ("EPPCS",),
    ),
)
KNOWN_SPECIALITIES: Mapping[str, Text] = {
    fold(name): title for title, names in SPECIALITIES for name in (title.fr, *names)
}

MENTIONS = (
    Mention(
        "felicitations",
        Text(
            "Mention très bien avec les félicitations du jury",
            "Highest honours with the jury’s congratulations",
        ),
        Decimal(18),
        names=("TBF", "TB félicitations", "Très bien avec félicitations", "TB avec félicitations"),
    ),
    Mention("tres-bien", Text("Mention très bien", "Highest honours"), Decimal(16), names=("TB",)),
    Mention("bien", Text("Mention bien", "High honours"), Decimal(14), Decimal(16), ("B",)),
    Mention("assez-bien", Text("Mention assez bien", "Honours"), Decimal(12), Decimal(14), ("AB",)),
    Mention(
        "sans",
        Text("Sans mention", "Pass"),
        Decimal(10),
        Decimal(12),
        ("Passable", "Sans", "Admis", "Aucune", "P", "S", "SM"),
    ),
)

ACADEMIES = (
    *("Aix-Marseille", "Amiens", "Besançon", "Bordeaux", "Clermont-Ferrand", "Corse", "Créteil"),
    *("Dijon", "Grenoble", "Guadeloupe", "Guyane", "La Réunion", "Lille", "Limoges", "Lyon"),
    *("Martinique", "Mayotte", "Montpellier", "Nancy-Metz", "Nantes", "Nice", "Normandie"),
    *("Orléans-Tours", "Paris", "Poitiers", "Reims", "Rennes", "Strasbourg", "Toulouse"),
    *("Versailles", "Caen", "Rouen", "Nouvelle-Calédonie", "Polynésie française"),
    *("Wallis-et-Futuna", "Saint-Pierre-et-Miquelon"),
)
"""Académies, those merged in 2020 too, and the vice-rectorats that hold examinations."""


def spellings(series: tuple[Series, ...]) -> Mapping[str, Series]:
    """Folded spelling to series."""
    return {fold(name): one for one in series for name in (one.id, one.title.fr, *one.names)}


MENTION_SPELLINGS: Mapping[str, Mention] = {
    fold(name): one
    for one in MENTIONS
    for name in (
        one.id,
        one.title.fr,
        one.title.fr.removeprefix("Mention "),
        one.title.en,
        *one.names,
    )
}
ACADEMY_SPELLINGS: Mapping[str, str] = {
    fold(prefix + name): name
    for name in ACADEMIES
    for prefix in ("", "Académie de ", "Académie d'", "Académie de la ", "Académie ", "Acad. ")
}
