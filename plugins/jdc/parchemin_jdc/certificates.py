"""The three certificates that show somebody is in order with the JDC, and their facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from vault_core.api import Reason, Subject, Text
from vault_core.fields import fold, line
from vault_core.form import Form

YOUNGEST, OLDEST = 16, 25
"""Census is at 16; the obligation ends at 25 (Code du service national, L. 114-1 to L. 114-6)."""


@dataclass(frozen=True, slots=True)
class Nature:
    """One kind of certificate; a provisional one ends on a date that its row gives."""

    id: str
    title: Text
    statement: Text
    names: tuple[str, ...]
    provisional: bool = False


NATURES = (
    Nature(
        "participation",
        Text("Certificat de participation", "Certificate of participation"),
        Text(
            "a participé à la Journée défense et citoyenneté et se trouve en règle avec cette "
            "obligation.",
            "has taken part in the Defence and Citizenship Day and has met this obligation.",
        ),
        ("Certificat", "Participation", "Certificat individuel de participation", "CIP", "Présent"),
    ),
    Nature(
        "exemption",
        Text("Attestation d’exemption", "Certificate of exemption"),
        Text(
            "est exempté de la Journée défense et citoyenneté et se trouve en règle avec cette "
            "obligation.",
            "is exempt from the Defence and Citizenship Day and has met this obligation.",
        ),
        ("Exemption", "Attestation individuelle d'exemption", "Exempté", "Exemptée"),
    ),
    Nature(
        "provisoire",
        Text("Attestation provisoire", "Provisional certificate"),
        Text(
            "est provisoirement en règle avec l’obligation de participer à la Journée défense et "
            "citoyenneté.",
            "has provisionally met the obligation to take part in the Defence and Citizenship Day.",
        ),
        ("Provisoire", "Attestation provisoire", "En attente"),
        provisional=True,
    ),
)
BY_ID: Mapping[str, Nature] = {nature.id: nature for nature in NATURES}
SPELLINGS: Mapping[str, Nature] = {
    fold(name): nature for nature in NATURES for name in (nature.id, nature.title.fr, *nature.names)
}


@dataclass(frozen=True, slots=True)
class Attendance:
    """The facts of one certificate, in `Record.facts` under these names; dates are ISO 8601."""

    nature: str
    day: str
    centre: str
    number: str
    until: str

    def facts(self) -> dict[str, Any]:
        """JSON values."""
        return asdict(self)

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Attendance:
        """The attendance that `facts()` was made from."""
        return cls(**facts)


def read_attendance(form: Form, subject: Subject) -> Attendance:
    """The facts of a row; provisional until `form.done()` has passed."""
    nature = form.choice("nature", SPELLINGS, "participation, exemption, provisoire")
    nature = nature or BY_ID["participation"]
    day, until = form.date("day"), form.date("until")
    if day:
        _check_age(form, subject, day)
    if nature.provisional and until is None:
        form.refuse(
            "until",
            Reason(
                "est nécessaire : un certificat provisoire a une date de fin",
                "is needed: a provisional certificate ends on a day",
            ),
        )
    if until and not nature.provisional:
        form.refuse(
            "until",
            Reason(
                "est réservée aux certificats provisoires", "is for provisional certificates only"
            ),
        )
    if until and day and until <= day:
        form.refuse(
            "until",
            Reason(
                "n'est pas après la date du certificat", "is not after the day of the certificate"
            ),
        )
    centre = form.line("centre")
    form.check(
        bool(centre) or nature.id != "participation",
        Reason("Lieu de la JDC : la valeur manque", "Place of the day: the value is missing"),
    )
    return Attendance(
        nature=nature.id,
        day=day.isoformat() if day else "",
        centre=centre,
        number=form.read("number", _number) or "",
        until=until.isoformat() if until else "",
    )


def _check_age(form: Form, subject: Subject, day: dt.date) -> None:
    born = subject.birth_date
    age = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    if not YOUNGEST <= age <= OLDEST:
        form.refuse(
            "day",
            Reason(
                f"tombe à l'âge de {age} ans : la JDC a lieu de 16 à 25 ans",
                f"falls at the age of {age}: the JDC is held from 16 to 25",
            ),
        )


def _number(text: str) -> str:
    value = line(text, 30).upper()
    if (
        not value.isascii()
        or not value.replace("-", "").replace("/", "").replace(" ", "").isalnum()
    ):
        raise ValueError(
            Reason(
                "n'est pas un numéro : des lettres, chiffres, tirets et barres obliques",
                "is no certificate number: letters, digits, hyphens and slashes are",
            )
        )
    return value
