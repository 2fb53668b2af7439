"""The five diplomas, as data: what each is called, asks for and stands for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from parchemin_bac.tables import BAC_SERIES, DNB_SERIES, Series
from vault_core.api import Issuer, Text

ISSUER = Issuer(
    id="examens",
    name=Text("Service des examens et concours", "Examinations office"),
    folder="Examens",
)


@dataclass(frozen=True, slots=True)
class Track:
    """One way to a diploma: its full name and its 2D-Doc type (field BG)."""

    title: Text
    twoddoc: str
    felicitations_from: int = 0
    """First session with congratulations, from an average of 18; 0: never."""


@dataclass(frozen=True, slots=True)
class Diploma:
    """One diploma.

    `level` is that of the national framework of vocational qualifications (decree 2019-14), whose
    levels are those of the European one; 0 where neither places it.
    """

    id: str
    title: Text
    level: int
    tracks: Mapping[str, Track]
    series: tuple[Series, ...] = ()
    speciality_required: bool = False
    mentions_from: int = 0
    """First session with honours, 1 where there always were; 0: never."""
    last_session: int = 0
    """Where the diploma is no longer awarded."""
    youngest: int = 14
    """Age in years (by calendar year) under which a row is taken for a mistake."""
    credits: int = 0
    """ECTS credits, 0 where there are none."""
    default_series: str = ""
    criteria: Text = field(default_factory=lambda: Text("", ""))


_EXAM = Text(
    "Avoir satisfait aux épreuves de l’examen, avec une moyenne d’au moins 10 sur 20.",
    "Having passed the examination with an average of at least 10 out of 20.",
)

DIPLOMAS = (
    Diploma(
        id="bac",
        title=Text("Baccalauréat", "Baccalaureate"),
        level=4,
        tracks={
            "general": Track(
                Text("Baccalauréat général", "General baccalaureate"), "BA", felicitations_from=2021
            ),
            "technological": Track(
                Text("Baccalauréat technologique", "Technological baccalaureate"),
                "BS",
                felicitations_from=2021,  # decree 2018-614, as the general one
            ),
            "professional": Track(
                Text("Baccalauréat professionnel", "Professional baccalaureate"),
                "BP",
                felicitations_from=2024,  # decree 2024-122
            ),
        },
        series=BAC_SERIES,
        mentions_from=1,
        criteria=_EXAM,
    ),
    Diploma(
        id="dnb",
        title=Text("Diplôme national du brevet", "National lower-secondary diploma"),
        level=0,
        tracks={
            "dnb": Track(
                Text("Diplôme national du brevet", "National lower-secondary diploma"),
                "BR",
                felicitations_from=2025,
            )
        },
        series=DNB_SERIES,
        mentions_from=1,
        youngest=11,
        default_series="generale",
        criteria=_EXAM,
    ),
    Diploma(
        id="cap",
        title=Text("Certificat d’aptitude professionnelle", "Vocational aptitude certificate"),
        level=3,
        tracks={
            "": Track(
                Text("Certificat d’aptitude professionnelle", "Vocational aptitude certificate"),
                "CA",
            )
        },
        speciality_required=True,
        mentions_from=2024,  # decree 2024-122
        criteria=_EXAM,
    ),
    Diploma(
        id="bep",
        title=Text("Brevet d’études professionnelles", "Vocational studies certificate"),
        level=3,
        tracks={
            "": Track(
                Text("Brevet d’études professionnelles", "Vocational studies certificate"), "BE"
            )
        },
        speciality_required=True,
        last_session=2021,  # decree 2020-1277
        criteria=_EXAM,
    ),
    Diploma(
        id="bts",
        title=Text("Brevet de technicien supérieur", "Advanced technician’s certificate"),
        level=5,
        tracks={
            "": Track(
                Text("Brevet de technicien supérieur", "Advanced technician’s certificate"), "BT"
            )
        },
        speciality_required=True,
        youngest=16,
        credits=120,
        criteria=_EXAM,
    ),
)
