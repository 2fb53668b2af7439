"""What a jury awarded: the typed facts of one diploma, and how a row gives them."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from decimal import Decimal
from typing import Any

from parchemin_bac.diplomas import DIPLOMAS, Diploma
from parchemin_bac.tables import (
    ACADEMIES,
    ACADEMY_SPELLINGS,
    KNOWN_SPECIALITIES,
    MENTION_SPELLINGS,
    MENTIONS,
    Mention,
    Series,
    spellings,
)
from vault_core import fields
from vault_core.api import Reason, Subject
from vault_core.form import Form, too_early

PASS = 10
REFORM = 2021
"""First session of the general track without series, with two specialities to the end."""
_SESSION = re.compile(r"(?:(?:session )?(?:de |d'|d’)?([^\W\d_]+) )?(\d{4})(?:-(\d{2}))?", re.I)


@dataclass(frozen=True, slots=True)
class Award:
    """The facts of one diploma, in `Record.facts` under these names.

    `session` is a year, or year and month (`2026-09`) for the replacement session; `average` is
    out of 20 with two decimals and a point, "" where the file has none; `mention` is an id of
    `tables.MENTIONS`, "" where the diploma has no honours or the file does not tell.
    """

    diploma: str
    track: str
    series: str
    specialities: tuple[str, ...]
    options: tuple[str, ...]
    session: str
    academy: str
    mention: str
    average: str

    def facts(self) -> dict[str, Any]:
        """JSON values: the lists are lists, all else is text."""
        values = asdict(self)
        return {**values, "specialities": [*self.specialities], "options": [*self.options]}

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Award:
        """The award that `facts()` was made from, also after a trip through JSON."""
        award = cls(**facts)
        return replace(award, specialities=tuple(award.specialities), options=tuple(award.options))


_SERIES = {
    one.id: (spellings(one.series), ", ".join(series.id for series in one.series))
    for one in DIPLOMAS
}


_NO_SESSION = Reason(
    "n'est pas une session : écrivez 2026, ou septembre 2026",
    "is no session: write 2026, or septembre 2026",
)


def read_award(form: Form, diploma: Diploma, subject: Subject) -> tuple[Award, dt.date | None]:
    """The award of a row, and its day if the file says one; provisional until `form.done()`."""
    session = form.read("session", _session) or ""
    year = int(session[:4] or 0)
    if session and year - subject.birth_date.year < diploma.youngest:
        form.refuse("session", too_early(subject))
    if diploma.last_session and year > diploma.last_session:
        last = diploma.last_session
        form.refuse(
            "session",
            Reason(
                f"est trop tard : ce diplôme a été délivré pour la dernière fois en {last}",
                f"is too late: it was last awarded in {last}",
            ),
        )
    series = _series(form, diploma)
    specialities = tuple(form.read("speciality", split_list) or ())
    _check_specialities(form, diploma, series, specialities, year)
    average = form.decimal("average", 0, 20)
    if average is not None and average < PASS:
        form.refuse(
            "average",
            Reason(
                f"est sous {PASS} : aucun diplôme n'est délivré",
                f"is under {PASS}: no diploma is awarded",
            ),
        )
    award = Award(
        diploma=diploma.id,
        track=series.track if series else "",
        series=series.id if series else "",
        specialities=tuple(_official(name) for name in specialities),
        options=tuple(form.read("options", split_list) or ()),
        session=session,
        academy=form.read("academy", academy) or "",
        mention=_mention(form, diploma, series, average, year),
        average="" if average is None else f"{average:.2f}",
    )
    awarded = form.date("awarded_on")
    if awarded and year and awarded.year not in (year, year + 1):
        form.refuse(
            "awarded_on",
            Reason(
                f"n'appartient pas à la session {session}",
                f"does not belong to the session {session}",
            ),
        )
    return award, awarded


def academy(text: str) -> str:
    """The académie's usual spelling. Raises ValueError, with the nearest one, if unknown."""
    try:
        return ACADEMY_SPELLINGS[fields.fold(text)]
    except KeyError:
        near = difflib.get_close_matches(fields.clean(text)[:60], ACADEMIES, 1)
        hint = f"; is {near[0]} meant?" if near else ""
        question = f" ; est-ce {near[0]} ?" if near else ""
        raise ValueError(
            Reason(f"n'est pas une académie{question}", f"is no académie{hint}")
        ) from None


def split_list(text: str) -> list[str]:
    """Several values in one cell, separated by `;`, `/`, `|` or `+`."""
    parts = [fields.line(part) for part in re.split(r"[;/|+]", text)]
    return [part for part in parts if part]


def _session(text: str) -> str:
    match = _SESSION.fullmatch(fields.strip_accents(fields.clean(text)))
    year = int(match[2]) if match else 0
    if not match or not 1950 <= year <= 2100:
        raise ValueError(_NO_SESSION)
    month = fields.fold(match[1] or "")
    if month == "septembre" or match[3] == "09":
        return f"{year}-09"
    if month in ("", "juin", "juillet", "session", "mai") and match[3] in (None, "06", "07"):
        return str(year)
    raise ValueError(_NO_SESSION)


def _series(form: Form, diploma: Diploma) -> Series | None:
    if not diploma.series:
        return None
    known, allowed = _SERIES[diploma.id]
    found = form.choice("series", known, allowed)
    return found or next((one for one in diploma.series if one.id == diploma.default_series), None)


def _check_specialities(
    form: Form, diploma: Diploma, series: Series | None, found: Sequence[str], year: int
) -> None:
    reformed = series is not None and series.id == "generale" and diploma.id == "bac"
    if reformed and year >= REFORM and len(found) > 2:
        form.refuse(
            "speciality",
            Reason(
                "en nomme plus de deux : deux sont gardées jusqu'en terminale",
                "names more than two: two are kept to the end of the course",
            ),
        )
    professional = series is not None and series.track == "professional"
    if (professional or reformed) and not found and not diploma.speciality_required:
        form.refuse(
            "speciality",
            Reason(
                "est vide : ce diplôme est délivré dans une spécialité",
                "is empty: this diploma is awarded in a speciality",
            ),
        )


def _official(name: str) -> str:
    known = KNOWN_SPECIALITIES.get(fields.fold(name))
    return known.fr if known else name


def _mention(
    form: Form, diploma: Diploma, series: Series | None, average: Decimal | None, year: int
) -> str:
    """The honours stated, checked against the average, or else worked out from it."""
    if not 0 < diploma.mentions_from <= year:
        return ""
    stated = form.choice("grade", MENTION_SPELLINGS, "sans, AB, B, TB, TB félicitations")
    track = diploma.tracks.get(series.track if series else "")
    congratulated = track is not None and 0 < track.felicitations_from <= year
    if stated is None:
        return _earned(average, congratulated)
    if stated.id == "felicitations" and track and not congratulated:
        form.refuse(
            "grade",
            Reason(f"n'existe pas à la session {year}", f"does not exist in the session {year}"),
        )
    if average is not None and average >= PASS and not _agrees(stated, average):
        form.refuse(
            "grade",
            Reason(
                f"ne correspond pas à une moyenne de {average:.2f}".replace(".", ","),
                f"does not agree with an average of {average:.2f}",
            ),
        )
    return stated.id


def _agrees(mention: Mention, average: Decimal) -> bool:
    return average >= mention.low and (mention.high is None or average < mention.high)


def _earned(average: Decimal | None, congratulated: bool) -> str:
    """The highest honours that the average brings; congratulations are such since they exist."""
    if average is None:
        return ""
    fitting = [one for one in MENTIONS if _agrees(one, average)]
    earned = [one for one in fitting if congratulated or one.id != "felicitations"]
    return max(earned, key=lambda one: one.low).id if earned else ""
