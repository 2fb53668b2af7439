"""Poste restante: a locked vault for somebody who has none yet, and the letter that opens it.

The activation code is sealed to the office's own age recipient, whose identity this server does
not have: what is stored here opens no vault.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from vault_core.api import Random, Record
from vault_core.crypto import age
from vault_core.crypto.keys import parse_recipient
from vault_core.issuing.deliveries.recognising import facts_of
from vault_core.store import letters
from vault_core.store.catalog import Unit
from vault_core.store.letters import LetterRow
from vault_core.vault.persons.adding import Addition, add_all
from vault_core.vault.persons.naming import units, words
from vault_core.vault.persons.person import Person
from vault_core.vault.persons.register import Persons

_CLASS = ("class", "classe", "division", "school", "group")
"""Facts of a record by which an office sorts its letters."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A person who is registered together with what is delivered to them."""

    person: Person
    addition: Addition
    letter: LetterRow


class Welcome:
    """Makes vaults for those who have none; `recipient` "" where nobody is to be given one."""

    def __init__(self, persons: Persons, recipient: str, random: Random) -> None:
        self._persons = persons
        self._random = random
        self._recipient = parse_recipient(recipient) if recipient else None

    def open_to(self, record: Record, confirmed: bool) -> bool:
        """Whether the data is certain enough to make somebody's vault from it.

        That takes an INE, so that the next file finds the same person, or an operator's word.
        """
        return self._recipient is not None and (confirmed or bool(record.subject.ine))

    async def prepare(self, record: Record, batch: bytes, at: int) -> Arrival:
        """A person with a locked vault, and the letter with its code."""
        assert self._recipient is not None
        facts = facts_of(record)
        name = await self._persons.free_username(proposed(record), self._random)
        new, addition = await self._persons.prepare(name, facts)
        letter = {
            "username": new.person.username,
            "code": new.activation_code,
            "given_names": facts.given_name,
            "family_name": facts.family_name,
            "birth_date": facts.birth_date.isoformat() if facts.birth_date else "",
            "class": sorting(record),
        }
        text = json.dumps(letter, ensure_ascii=False).encode()
        sealed = age.encrypt(text, [self._recipient], self._random)
        return Arrival(new.person, addition, LetterRow(new.person.id, batch, sealed, at))


def unit(arrivals: Sequence[Arrival]) -> Unit[None]:
    """Registers them. Raises PersonExists if a username or INE is taken."""
    yield from add_all([arrival.addition for arrival in arrivals])
    yield from letters.insert([arrival.letter for arrival in arrivals])


def proposed(record: Record) -> str:
    """`chloe.legoff`: first given name and family name, of letters that a username may have."""
    given: Sequence[str] = units(record.subject.given_names[0])
    parts = ("".join(given), "".join(words(record.subject.family_name)))
    name = ".".join(filter(None, ("".join(filter(str.isascii, part)) for part in parts)))
    return name[:40] or "titulaire"


def sorting(record: Record) -> str:
    """What letters of one class or school have in common; "" where the record does not say."""
    return next((str(record.facts[name]) for name in _CLASS if record.facts.get(name)), "")
