"""The register of persons: whose vaults there are, and the facts that deliveries match.

Names, birth date and INE are sealed under the institution's key, so that a copy of the catalog
alone names nobody but by username.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from collections.abc import AsyncIterator
from dataclasses import dataclass

from vault_core.api import Clock, Random
from vault_core.crypto import codes
from vault_core.crypto.keys import Identity, IdentityKind, generate_identity
from vault_core.crypto.sealed import Keyring, ServerKeyring
from vault_core.crypto.slots import SlotKind, password_secret
from vault_core.errors import BadRequest, PersonNotFound
from vault_core.store import changes, persons, slots
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.changes import Actor, Entry
from vault_core.store.ids import VaultId, new_id
from vault_core.store.persons import NewPersonRow, PersonRow
from vault_core.store.slots import SlotRow
from vault_core.vault.keyslots import wrap
from vault_core.vault.node import Quota

USERNAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Facts:
    """What the institution knows of a person; "" and None where it does not."""

    given_name: str = ""
    family_name: str = ""
    birth_date: dt.date | None = None
    ine: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Who owns a vault."""

    id: VaultId
    username: str
    facts: Facts
    recipient: str
    quota: Quota
    created_at: int


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person just added, with the printed code that opens their vault the first time."""

    person: Person
    activation_code: str | None


def username(text: str) -> str:
    """The username as it is stored: lower case. Raises BadRequest."""
    name = unicodedata.normalize("NFC", text).strip().casefold()
    if not USERNAME.fullmatch(name):
        raise BadRequest(f"'{text}' is no username: use up to 64 letters a-z, digits and . _ @ + -")
    return name


_PLAIN_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d"})
"""Letters that offices write in two ways and that Unicode does not take apart."""


def matching_name(family: str, given: str, birth: dt.date) -> str:
    """Names without accents, case, spaces and punctuation, and the birth date."""

    def plain(text: str) -> str:
        letters = unicodedata.normalize("NFKD", text).casefold().translate(_PLAIN_LETTERS)
        return "".join(letter for letter in letters if letter.isalnum())

    first = re.split(r"[\s,]+", given.strip())[0]
    return f"{plain(family)}|{plain(first)}|{birth.isoformat()}"


class Persons:
    """Adds and finds persons."""

    def __init__(
        self,
        catalog: Catalog,
        institution: ServerKeyring,
        clock: Clock,
        random: Random,
        quota: int,
        key_kind: IdentityKind,
    ) -> None:
        self._catalog = catalog
        self._institution = institution
        self._clock = clock
        self._random = random
        self.quota = quota
        self._key_kind = key_kind

    async def add(self, name: str, facts: Facts, password: str | None = None) -> NewPerson:
        """A person with an empty vault, opened by the password or a new activation code.

        The vault's identity exists in memory only while this runs. Raises PersonExists.
        """
        now = self._clock()
        vault = VaultId(new_id(now, self._random))
        identity = generate_identity(self._key_kind, self._random)
        row = self._row(vault, username(name), facts, str(identity.recipient), int(now * 1000))
        slot, code = await self._first_slot(identity, vault, password, row.created_at)
        await self._catalog.commit(_add, row, slot)
        person = Person(
            vault, row.username, facts, row.recipient, Quota(0, self.quota), row.created_at
        )
        return NewPerson(person, code)

    async def _first_slot(
        self, identity: Identity, vault: VaultId, password: str | None, at: int
    ) -> tuple[SlotRow, str | None]:
        keyring = Keyring(identity, vault)
        code = None if password is not None else codes.new_activation_code(self._random)
        kind: SlotKind = "activation" if password is None else "password"
        secret = codes.parse_code(code) if code is not None else password_secret(password or "")
        return await wrap(keyring, identity, vault, kind, secret, "", at, self._random), code

    def _row(
        self, vault: VaultId, name: str, facts: Facts, recipient: str, at: int
    ) -> NewPersonRow:
        record = {
            "given_name": facts.given_name,
            "family_name": facts.family_name,
            "birth_date": facts.birth_date.isoformat() if facts.birth_date else "",
            "ine": facts.ine,
        }
        keyring = self._institution
        sealed = keyring.seal(b"person" + vault, json.dumps(record).encode(), self._random)
        ine = keyring.mac(b"ine", facts.ine.encode())[:16] if facts.ine else None
        named = facts.family_name and facts.given_name and facts.birth_date
        index = self._name_index(facts) if named else None
        return NewPersonRow(vault, name, sealed, ine, index, recipient, self.quota, at)

    def _name_index(self, facts: Facts) -> bytes:
        assert facts.birth_date is not None
        text = matching_name(facts.family_name, facts.given_name, facts.birth_date)
        return self._institution.mac(b"name", text.encode())[:16]

    async def find(self, name: str) -> Person:
        """Raises PersonNotFound."""
        row = await persons.by_username(self._catalog, username(name))
        if row is None:
            raise PersonNotFound(f"There is no person '{name}'.")
        return self._person(row)

    async def by_ine(self, ine: str) -> Person | None:
        """The person with that national student number."""
        index = self._institution.mac(b"ine", ine.encode())[:16]
        row = await persons.by_ine(self._catalog, index)
        return self._person(row) if row else None

    async def by_name(self, family: str, given: str, birth: dt.date) -> list[Person]:
        """Persons of those names, compared without accents and case, born that day."""
        index = self._name_index(Facts(given, family, birth))
        return [self._person(row) for row in await persons.by_name(self._catalog, index)]

    async def everyone(self) -> AsyncIterator[Person]:
        """All persons by username."""
        async for row in persons.everyone(self._catalog):
            yield self._person(row)

    def _person(self, row: PersonRow) -> Person:
        record = json.loads(self._institution.open(b"person" + row.id, row.sealed))
        born = record["birth_date"]
        facts = Facts(
            record["given_name"],
            record["family_name"],
            dt.date.fromisoformat(born) if born else None,
            record["ine"],
        )
        return Person(
            row.id, row.username, facts, row.recipient, Quota(row.used, row.quota), row.created_at
        )


def _add(row: NewPersonRow, slot: SlotRow) -> Unit[None]:
    yield from persons.insert(row)
    change = yield from changes.begin(Actor(row.id, None, row.created_at))
    yield from slots.insert(slot)
    yield from changes.finish(change, Entry("open-account", None, {"slot": slot.kind}))
