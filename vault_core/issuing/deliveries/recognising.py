"""Whom the records of a part are about: the register asked for many at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from vault_core.api import Reason, Record
from vault_core.errors import CorruptCiphertext
from vault_core.issuing.deliveries.matching import FIELDS, Candidate, Match, decide
from vault_core.vault.persons.person import Facts, Person
from vault_core.vault.persons.register import Persons


class Recognition:
    """Matches records with persons."""

    def __init__(self, persons: Persons) -> None:
        self._persons = persons

    async def match(self, records: Sequence[Record]) -> list[Match | None]:
        """A verdict for each record; None where what is stored of the person is damaged."""
        numbers = {record.subject.ine for record in records if record.subject.ine}
        by_number = await self._persons.by_ines(numbers)
        return [await self._one(record, by_number) for record in records]

    async def _one(self, record: Record, by_number: Mapping[str, Person | None]) -> Match | None:
        subject = record.subject
        found: list[Person] = []
        if subject.ine in by_number:
            person = by_number[subject.ine]
            if person is None:
                return None
            found.append(person)
            match = decide(subject, found)
            if match.verdict == "certain":
                return match
        try:
            found += await self._exactly(record)
        except CorruptCiphertext:
            return None
        numbered = bool(subject.ine) and await self._persons.are_numbered()
        match = decide(subject, found, numbered)
        if match.verdict == "certain" and len(found) == 1:
            return match
        names = [subject.family_name, subject.usual_name]
        found += await self._persons.similar(names, subject.given_names[0], subject.birth_date)
        return decide(subject, found, numbered)

    async def _exactly(self, record: Record) -> list[Person]:
        subject = record.subject
        found: list[Person] = []
        for family in filter(None, {subject.family_name, subject.usual_name}):
            found += await self._persons.by_name(family, subject.given_names[0], subject.birth_date)
        return found


def facts_of(record: Record) -> Facts:
    """What a record says of a person, as the register keeps it."""
    subject = record.subject
    also = (subject.usual_name,) if subject.usual_name else ()
    given = " ".join(subject.given_names)
    return Facts(given, subject.family_name, subject.birth_date, subject.ine, also)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why nobody was certain; it names no one. `fields` are those that are not the same."""

    kind: Literal["nobody", "several", "other-ine", "no-ine", "unlike"]
    fields: tuple[str, ...] = ()

    @property
    def sentence(self) -> Reason:
        """It in words."""
        if self.kind != "unlike":
            return _SENTENCES[self.kind]
        unlike = ", ".join(self.fields).replace("_", " ") or "enough"
        different = ", ".join(_FRENCH[name] for name in self.fields) or "trop de choses"
        return Reason(
            f"une personne lui ressemble ; ce qui diffère : {different}",
            f"a person is like it, but not in {unlike}",
        )


_SENTENCES: Final = {
    "nobody": Reason(
        "personne n'a cet INE, ni ces noms avec cette date de naissance",
        "no person has this INE, nor these names and this birth date",
    ),
    "several": Reason(
        "plusieurs personnes sont possibles : donnez l'INE",
        "several persons may be meant: give the INE",
    ),
    "other-ine": Reason(
        "une personne de ces noms et de cette date de naissance a un autre INE",
        "a person of these names and birth date has another INE",
    ),
    "no-ine": Reason(
        "une personne de ces noms et de cette date de naissance n'a pas d'INE ici, où d'autres ont "
        "le leur",
        "a person of these names and birth date has no INE here, where others have theirs",
    ),
}
_FRENCH: Final = {
    "ine": "INE",
    "family_name": "nom",
    "given_names": "prénoms",
    "birth_date": "date de naissance",
}


def doubt(match: Match) -> Doubt:
    """Of a match that is not certain."""
    if not match.candidates:
        return Doubt("nobody")
    first = match.candidates[0].comparison
    if len(match.candidates) > 1 and match.candidates[1].comparison.points == first.points:
        return Doubt("several")
    if first.ine == "differs":
        return Doubt("other-ine")
    if first.certain:
        return Doubt("no-ine")
    unlike = (name for name in FIELDS if getattr(first, name) in ("similar", "differs"))
    return Doubt("unlike", tuple(unlike))


def side_by_side(record: Record, match: Match) -> dict[str, Any]:
    """Record and candidates, field by field, for the review queue."""
    return {
        "record": _shown(facts_of(record)),
        "candidates": [_candidate(one) for one in match.candidates],
        "reasons": [doubt(match).sentence],
        "doubt": [doubt(match).kind, *doubt(match).fields],
    }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    person, comparison = candidate.person, candidate.comparison
    return {
        "id": person.id.hex(),
        "username": person.username,
        **_shown(person.facts),
        "agreement": {name: getattr(comparison, name) for name in FIELDS},
    }


def _shown(facts: Facts) -> dict[str, Any]:
    return {
        "ine": facts.ine,
        "family_name": " / ".join(facts.families),
        "given_names": facts.given_name,
        "birth_date": facts.birth_date.isoformat() if facts.birth_date else "",
    }
