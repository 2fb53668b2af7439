"""How many records find their vault without a person, and how many a wrong one: none.

    python -m tests.bench.matching [PERSONS] [RECORDS] [SEED]

A register of invented persons with homonyms (same names, same or another birth date), twins and
compound names; records about them as offices write them: with and without INE, with typos,
changed and swapped names, and about people who have no vault, some of them homonyms of who has.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from vault_core.api import Record, Subject
from vault_core.app.opening import create_institution, open_institution
from vault_core.issuing.deliveries.recognising import Recognition
from vault_core.samples import FAMILY_NAMES, FEMALE, MALE
from vault_core.settings import load_settings
from vault_core.store.catalog import Unit
from vault_core.vault.persons.person import Facts

ENVIRONMENT = {
    "PARCHEMIN_PLUGINS__ENABLED": "local",
    "PARCHEMIN_VAULT__RECIPIENT": "x25519",
}
GIVEN = (*FEMALE, *MALE)


@dataclass(slots=True)
class Figures:
    """What came of all records; `by_kind` has each kind's verdicts."""

    rows: int = 0
    wrong: int = 0
    right: int = 0
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def resolved(self) -> float:
        """Share of the records about somebody here that found them without a person."""
        here = sum(sum(c.values()) for kind, c in self.by_kind.items() if kind != "no vault")
        return self.right / here


def _person(chance: random.Random, number: int) -> Facts:
    family = chance.choice(FAMILY_NAMES)
    if chance.random() < 0.15:
        family = f"{family}-{chance.choice(FAMILY_NAMES)}"
    if chance.random() < 0.08:
        family = f"{chance.choice(('de', 'de la', 'du', 'van den'))} {family}"
    given = chance.sample(GIVEN, chance.choice((1, 2, 2, 3)))
    born = dt.date(2007, 1, 1) + dt.timedelta(days=chance.randrange(700))
    ine = f"{number:09}ZZ" if chance.random() < 0.7 else ""
    return Facts(" ".join(given), family, born, ine)


def register(chance: random.Random, count: int) -> list[Facts]:
    """Persons, one in twelve of them a homonym or twin of another one."""
    people: list[Facts] = []
    for number in range(count):
        fresh = _person(chance, number)
        if people and chance.random() < 1 / 12:
            like = chance.choice(people)
            kind = chance.randrange(3)
            if kind == 0:  # same names, another birth date
                fresh = replace(fresh, family_name=like.family_name, given_name=like.given_name)
            elif kind == 1:  # same names and birth date: told apart by the INE alone
                fresh = replace(like, ine=f"{number:09}ZZ")
            else:  # a twin
                fresh = replace(fresh, family_name=like.family_name, birth_date=like.birth_date)
        people.append(fresh)
    return people


def _typo(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    letter = chance.choice("aeinrst")
    change = chance.randrange(3)
    if change == 0:
        return text[:at] + letter + text[at + 1 :]
    return text[:at] + (letter + text[at:] if change == 1 else text[at + 1 :])


def _written(chance: random.Random, facts: Facts, kind: str) -> Subject:
    family, given = facts.family_name, tuple(facts.given_name.split())
    born, ine, usual = facts.birth_date or dt.date(2008, 1, 1), facts.ine, ""
    if kind == "upper case, no accents":
        family, given = family.upper().replace("É", "E"), tuple(g.upper() for g in given)
    elif kind == "no INE":
        ine = ""
    elif kind == "first given name only, no INE":
        ine, given = "", given[:1]
    elif kind == "typo in a name":
        family = _typo(chance, family)
    elif kind == "typo in a name, no INE":
        ine, family = "", _typo(chance, family)
    elif kind == "typo in the INE":
        ine = f"{chance.randrange(10**9):09}ZA"
    elif kind == "typo in the birth date":
        born = born + dt.timedelta(days=chance.choice((-10, -1, 1, 10)))
    elif kind == "changed name":
        family = chance.choice(FAMILY_NAMES)
    elif kind == "changed name, no INE":
        ine, family, usual = "", chance.choice(FAMILY_NAMES), facts.family_name
    elif kind == "names swapped":
        family, given = " ".join(given), (facts.family_name,)
    return Subject(ine, family, given, born, usual_name=usual)


KINDS = {
    "as registered": 40, "upper case, no accents": 15, "no INE": 10,
    "first given name only, no INE": 5, "typo in a name": 6, "typo in a name, no INE": 3,
    "typo in the INE": 2, "typo in the birth date": 3, "changed name": 4,
    "changed name, no INE": 2, "names swapped": 2, "no vault": 8,
}  # fmt: skip


async def measure(persons: int, records: int, seed: int) -> Figures:
    """Match `records` records with a register of `persons`."""
    chance = random.Random(seed)
    figures = Figures()
    with tempfile.TemporaryDirectory() as place:
        data = Path(place)
        settings = load_settings(data, ENVIRONMENT)
        await create_institution(data, settings)
        async with open_institution(data, settings) as institution:
            people = register(chance, persons)
            additions = []
            for number, facts in enumerate(people):
                additions.append(await institution.persons.prepare(f"p{number}", facts))
            await institution.catalog.commit(_all, [addition for _, addition in additions])
            ids = {new.person.id: facts for (new, _), facts in zip(additions, people, strict=True)}
            recognition = Recognition(institution.persons)
            for number in range(records):
                kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
                about = (
                    _stranger(chance, people, persons + number)
                    if kind == "no vault"
                    else chance.choice(people)
                )
                subject = _written(chance, about, kind)
                record = Record("bac", str(number), subject, {}, dt.date(2026, 7, 5))
                (match,) = await recognition.match([record])
                assert match is not None
                found = ids[match.person.id] if match.verdict == "certain" else None
                figures.rows += 1
                figures.by_kind.setdefault(kind, Counter())[match.verdict] += 1
                figures.right += found is about
                figures.wrong += found is not None and found is not about
    return figures


def _stranger(chance: random.Random, people: list[Facts], number: int) -> Facts:
    """Somebody without a vault, half of them a namesake of somebody with one."""
    fresh = replace(_person(chance, number), ine=f"{number:09}ZZ")
    if chance.random() < 0.5:
        like = chance.choice([one for one in people if one.ine])
        same = chance.random() < 0.5
        fresh = replace(
            fresh, family_name=like.family_name, given_name=like.given_name,
            birth_date=like.birth_date if same else fresh.birth_date,
        )  # fmt: skip
    return fresh


def _all(additions: list) -> Unit[None]:  # type: ignore[type-arg]
    for addition in additions:
        yield from addition()


def main() -> None:
    """Print what became of every kind of record."""
    persons, records, seed = (int(one) for one in (*sys.argv[1:], "5000", "5000", "1")[:3])
    figures = asyncio.run(measure(persons, records, seed))
    verdicts = ("certain", "doubtful", "unknown")
    print(f"{'kind':32} {'certain':>8} {'doubtful':>8} {'unknown':>8}")
    for kind in KINDS:
        counts = figures.by_kind.get(kind, Counter())
        print(f"{kind:32} " + " ".join(f"{counts[v]:8}" for v in verdicts))
    print(f"{figures.rows} records, {figures.wrong} in a wrong vault,", end=" ")
    print(f"{figures.resolved:.1%} of those about somebody here resolved without a person")


if __name__ == "__main__":
    main()
