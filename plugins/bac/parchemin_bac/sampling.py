"""Invented candidates who passed: rows as an examinations office would export them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping

from parchemin_bac.diplomas import Diploma
from parchemin_bac.tables import ACADEMIES, SPECIALITIES
from vault_core.samples import people

SESSION = 2026
_AGES = {"bac": 18, "dnb": 15, "cap": 18, "bep": 17, "bts": 20}
_TRADES = {
    "bac": ("Métiers du commerce et de la vente", "Cuisine", "Métiers de l'électricité"),
    "cap": ("Boulanger", "Menuisier fabricant", "Accompagnant éducatif petite enfance"),
    "bep": ("Maintenance des véhicules", "Métiers des services administratifs"),
    "bts": ("Comptabilité et gestion", "Services informatiques aux organisations", "Tourisme"),
    "dnb": (),
}
_OPTIONS = ("", "", "Latin", "Mathématiques expertes", "Théâtre", "Latin / Mathématiques expertes")


def sample(diploma: Diploma, count: int, seed: int) -> Iterator[Mapping[str, str]]:
    """`count` rows, the same for the same seed."""
    source = random.Random(seed)  # noqa: S311  # invented people, no secret
    year = diploma.last_session or SESSION
    for person in people(source, count, year - _AGES[diploma.id]):
        average = min(20.0, max(10.0, source.gauss(13.2, 2.3)))
        row = {
            **person.cells(),
            "session": str(year),
            "academy": source.choice(ACADEMIES[:30]),
            "average": f"{average:.2f}".replace(".", ","),
            "awarded_on": f"07/07/{year}",
            "options": source.choice(_OPTIONS) if diploma.id == "bac" else "",
            "speciality": source.choice(_TRADES[diploma.id] or ("",)),
        }
        if diploma.series:
            row.update(_series(diploma, source, row["speciality"]))
        if diploma.mentions_from:
            congratulated = any(track.felicitations_from for track in diploma.tracks.values())
            row["grade"] = _grade(float(f"{average:.2f}"), congratulated)
        yield row


def _series(diploma: Diploma, source: random.Random, trade: str) -> Mapping[str, str]:
    current = [one for one in diploma.series if one.id not in ("S", "ES", "L")]
    series = source.choice([current[0], current[0], *current])
    if diploma.id != "bac" or series.track == "technological":
        return {"series": series.id, "speciality": ""}
    if series.track == "professional":
        return {"series": "Professionnelle", "speciality": trade, "options": ""}
    chosen = source.sample([title.fr for title, _ in SPECIALITIES], 2)
    return {"series": "Générale", "speciality": " / ".join(chosen)}


def _grade(average: float, congratulated: bool) -> str:
    best = "TB félicitations" if congratulated else "TB"
    steps = ((18, best), (16, "TB"), (14, "B"), (12, "AB"), (10, "sans"))
    return next(grade for low, grade in steps if average >= low)
