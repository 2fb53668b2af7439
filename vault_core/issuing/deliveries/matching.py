"""Is this record about that person? Certain, doubtful, or about nobody known. Never a guess.

Pure rules: a record's subject and what the register knows of some persons in, a verdict out, with
every field side by side for whoever has to decide what the rules do not.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vault_core.api import Subject
from vault_core.vault.persons.naming import core, distance, plain, units, words
from vault_core.vault.persons.person import Facts, Person

Agreement = Literal["same", "similar", "differs", "missing"]
Verdict = Literal["certain", "doubtful", "unknown"]
FIELDS = ("ine", "family_name", "given_names", "birth_date")
_POINTS = {"same": 2, "similar": 1, "missing": 0, "differs": 0}
_SHOWN = 5
"""Candidates that a person is asked to choose from."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """How the fields of a record and of a person agree."""

    ine: Agreement
    family_name: Agreement
    given_names: Agreement
    birth_date: Agreement

    @property
    def certain(self) -> bool:
        """Whether it can be nobody else, as far as these facts go."""
        if self.ine == "differs":
            return False
        names = (self.family_name, self.given_names)
        if self.ine == "same":
            if self.birth_date == "similar":
                return not {"differs", "missing"} & set(names)
            # A family name may change; a given name that differs may be a twin's.
            return self.birth_date != "differs" and self.given_names != "differs"
        return names == ("same", "same") and self.birth_date == "same"

    @property
    def points(self) -> int:
        """How much speaks for it, 0 to 8."""
        return sum(_POINTS[getattr(self, name)] for name in FIELDS)

    @property
    def plausible(self) -> bool:
        """Whether a person should look at it."""
        if self.ine == "same":
            return True
        names = _POINTS[self.family_name] + _POINTS[self.given_names]
        birth = _POINTS[self.birth_date]
        if self.ine == "differs":
            return names >= 3 and names + birth >= 5
        return birth > 0 and names >= 2 and names + birth >= 4


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whom a record may be about."""

    person: Person
    comparison: Comparison


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a record is about: one candidate if it is certain, the likeliest if it is doubtful."""

    verdict: Verdict
    candidates: tuple[Candidate, ...] = ()

    @property
    def person(self) -> Person:
        """The one person of a certain match."""
        assert self.verdict == "certain"
        return self.candidates[0].person


def decide(subject: Subject, persons: Sequence[Person], numbered: bool = False) -> Match:
    """The verdict about everybody who was found; two who are certain are doubtful.

    `numbered`: the register has INEs. A record's INE that it does not have is then somebody else's
    as likely as not, also where a person without one has the same names and birth date.
    """
    known = {person.id: person for person in persons}
    found = [Candidate(person, compare(subject, person.facts)) for person in known.values()]
    by_number = [c for c in found if c.comparison.certain and c.comparison.ine == "same"]
    unproven = numbered and bool(subject.ine)
    certain = by_number or [
        c
        for c in found
        if c.comparison.certain and not (unproven and c.comparison.ine == "missing")
    ]
    if len(certain) == 1 and (by_number or not _namesakes(found)):
        return Match("certain", tuple(certain))
    likely = [c for c in found if c.comparison.plausible or c.comparison.certain]
    likely.sort(key=lambda c: (-c.comparison.points, c.person.username))
    return Match("doubtful", tuple(likely[:_SHOWN])) if likely else Match("unknown")


def _namesakes(found: Sequence[Candidate]) -> bool:
    """Whether several have these very names and birth date: the record's INE may be mistyped."""
    alike = ("same", "same", "same")
    fields = [c.comparison for c in found]
    return sum((c.family_name, c.given_names, c.birth_date) == alike for c in fields) > 1


def compare(subject: Subject, facts: Facts) -> Comparison:
    """Field by field."""
    given = " ".join(subject.given_names)
    family = _family((subject.family_name, subject.usual_name), facts.families)
    called = _given(given, facts.given_name)
    if "differs" in (family, called) and _swapped(subject, facts):
        family = called = "same"
    return Comparison(
        _ine(subject.ine, facts.ine), family, called, _birth(subject.birth_date, facts.birth_date)
    )


def _ine(one: str, other: str) -> Agreement:
    if not one or not other:
        return "missing"
    return "same" if plain(one) == plain(other) else "differs"


def _family(named: Sequence[str], known: Sequence[str]) -> Agreement:
    """The best agreement between any name of the record and any name of the person."""
    best: Agreement = "missing"
    for one in filter(None, named):
        for other in filter(None, known):
            agreement = _one_family(one, other)
            if agreement == "same":
                return "same"
            best = "similar" if "similar" in (agreement, best) else "differs"
    return best


def _one_family(one: str, other: str) -> Agreement:
    if plain(one) == plain(other) or "".join(core(one)) == "".join(core(other)):
        return "same"
    ours, theirs = core(one), core(other)
    if sorted(ours) == sorted(theirs):
        return "same"  # a compound name in its other order
    if set(ours) <= set(theirs) or set(theirs) <= set(ours):
        return "similar"
    return _close("".join(ours), "".join(theirs))


def _given(one: str, other: str) -> Agreement:
    ours, theirs = units(one), units(other)
    if not ours or not theirs:
        return "missing"
    shorter = min(len(ours), len(theirs))
    if ours[:shorter] == theirs[:shorter] or words(one) == words(other):
        return "same"
    if set(ours) & set(theirs) or set(words(one)) & set(words(other)):
        return "similar"
    return _close(ours[0], theirs[0])


def _close(one: str, other: str) -> Agreement:
    most = 2 if min(len(one), len(other)) > 5 else 1
    return "similar" if distance(one, other) <= most else "differs"


def _swapped(subject: Subject, facts: Facts) -> bool:
    """Whether one of the two has family name and given name in each other's place."""
    given = " ".join(subject.given_names)
    return any(
        plain(given) == plain(family) and plain(subject.family_name) == plain(facts.given_name)
        for family in facts.families
    )


def _birth(one: dt.date, other: dt.date | None) -> Agreement:
    if other is None:
        return "missing"
    if one == other:
        return "same"
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return "similar"
    return "similar" if distance(one.isoformat(), other.isoformat(), 2) <= 1 else "differs"
