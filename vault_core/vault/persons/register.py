"""The register of persons: whose vaults there are, and the facts that deliveries match.

Names, birth date and INE are sealed under the institution's key, so that a copy of the catalog
alone names nobody but by username.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace

from vault_core.api import Clock, Random, Reason
from vault_core.crypto import codes
from vault_core.crypto.keys import Identity, IdentityKind, generate_identity, parse_recipient
from vault_core.crypto.sealed import Keyring, ServerKeyring
from vault_core.crypto.slots import SlotKind, password_secret
from vault_core.errors import BadRequest, CryptoError, PersonNotFound
from vault_core.store import persons
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId, new_id
from vault_core.store.persons import NewPersonRow, PersonRow
from vault_core.store.slots import SlotRow
from vault_core.store.trusted import TrustedRow
from vault_core.vault.keys.entrusting import Trustees, entrusted_row, rows_for
from vault_core.vault.keys.keyslots import wrap
from vault_core.vault.nodes.node import Quota
from vault_core.vault.persons.adding import Addition
from vault_core.vault.persons.majority import of_age
from vault_core.vault.persons.naming import matching_name, plain, search_keys
from vault_core.vault.persons.person import Facts, NewPerson, Person, username

MOST_SIMILAR = 5000
"""Persons that are compared with one record before it is left to a human."""
_NO_KEY = bytes(16)
"""The only key of whom nothing is known."""


def _check_text(facts: Facts) -> None:
    """Raises BadRequest if a name cannot be written down: broken bytes on a command line."""
    try:
        "".join((facts.given_name, facts.ine, *facts.families)).encode()
    except UnicodeEncodeError:
        raise BadRequest(
            Reason("Un nom n'est pas du texte Unicode.", "A name is no Unicode text.")
        ) from None


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
        self.trustees = Trustees()
        self._key_kind = key_kind

    async def add(
        self, name: str, facts: Facts, password: str | None = None, guardian: Person | None = None
    ) -> NewPerson:
        """A person with an empty vault, opened by the password or a new activation code.

        The vault's identity exists in memory only while this runs. A minor's `guardian` opens it
        too until its owner is of age. Raises PersonExists, BadRequest.
        """
        new, addition = await self.prepare(name, facts, password, guardian)
        await self._catalog.commit(addition)
        return new

    async def prepare(
        self, name: str, facts: Facts, password: str | None = None, guardian: Person | None = None
    ) -> tuple[NewPerson, Addition]:
        """A person as `add` adds one, and what does it: to be committed with others."""
        _check_text(facts)
        now = self._clock()
        vault = VaultId(new_id(now, self._random))
        identity = generate_identity(self._key_kind, self._random)
        row = self._row(vault, username(name), facts, str(identity.recipient), int(now * 1000))
        slot, code = await self._first_slot(identity, vault, password, row.created_at)
        person = Person(
            vault, row.username, facts, row.recipient, Quota(0, self.quota), row.created_at
        )
        also = rows_for(self.trustees, identity, vault, row.created_at, self._random)
        trust = None
        if guardian is not None:
            theirs, trust = self._guardian(identity, person, guardian)
            also = [*also, theirs]
        return NewPerson(person, code), Addition(row, slot, self.keys(facts), also, trust)

    def _guardian(
        self, identity: Identity, person: Person, guardian: Person
    ) -> tuple[SlotRow, TrustedRow]:
        born, at = person.facts.birth_date, person.created_at
        if born is None or of_age(born) <= at:
            raise BadRequest("Only a minor has a guardian: give their birth date.")
        slot = entrusted_row(
            identity, person.id, "guardian", parse_recipient(guardian.recipient),
            guardian.username, at, self._random,
        )  # fmt: skip
        return slot, TrustedRow(slot.id, person.id, guardian.id, "guardian", of_age(born), at)

    async def _first_slot(
        self, identity: Identity, vault: VaultId, password: str | None, at: int
    ) -> tuple[SlotRow, str | None]:
        keyring = Keyring(identity, vault)
        code = None if password is not None else codes.new_activation_code(self._random)
        kind: SlotKind = "activation" if password is None else "password"
        secret = codes.parse_code(code) if code is not None else password_secret(password or "")
        return await wrap(keyring, identity, vault, kind, secret, "", at, self._random), code

    def ine_index(self, ine: str) -> bytes:
        """What finds somebody by their national student number."""
        return self._institution.mac(b"ine", ine.encode())[:16]

    def of_row(self, row: PersonRow) -> Person:
        """A person as the catalog has them."""
        return self._person(row)

    def described(self, person: VaultId, name: str, facts: Facts) -> NewPersonRow:
        """What is stored of somebody who is called so from now on. Raises BadRequest."""
        return self._row(person, username(name), facts, "", 0)

    def _row(
        self, vault: VaultId, name: str, facts: Facts, recipient: str, at: int
    ) -> NewPersonRow:
        keyring = self._institution
        sealed = self._sealed(vault, facts)
        ine = keyring.mac(b"ine", facts.ine.encode())[:16] if facts.ine else None
        named = facts.family_name and facts.given_name and facts.birth_date
        index = self._name_index(facts) if named else None
        return NewPersonRow(vault, name, sealed, ine, index, recipient, self.quota, at)

    def _sealed(self, vault: VaultId, facts: Facts) -> bytes:
        record = {
            "given_name": facts.given_name,
            "family_name": facts.family_name,
            "birth_date": facts.birth_date.isoformat() if facts.birth_date else "",
            "ine": facts.ine,
            **({"also": facts.also} if facts.also else {}),
        }
        return self._institution.seal(b"person" + vault, json.dumps(record).encode(), self._random)

    def _name_index(self, facts: Facts) -> bytes:
        assert facts.birth_date is not None
        text = matching_name(facts.family_name, facts.given_name, facts.birth_date)
        return self._institution.mac(b"name", text.encode())[:16]

    def keys(self, facts: Facts) -> list[bytes]:
        """HMACs that find a person whom a file writes otherwise than the register."""
        texts = search_keys(facts.families, facts.given_name, facts.birth_date)
        return sorted({self._key(text) for text in texts}) or [_NO_KEY]

    def _key(self, text: str) -> bytes:
        return self._institution.mac(b"person-key", text.encode())[:16]

    async def find(self, name: str) -> Person:
        """Raises PersonNotFound."""
        row = await persons.by_username(self._catalog, username(name))
        if row is None:
            raise PersonNotFound(
                Reason(f"Personne ici ne s'appelle « {name} ».", f"There is no person '{name}'.")
            )
        return self._person(row)

    async def free_username(self, wanted: str, random: Random) -> str:
        """The username, with a random number after it if somebody has it."""
        name = username(wanted)
        while await persons.by_username(self._catalog, name) is not None:
            name = f"{username(wanted)}{int.from_bytes(random(4), 'big') % 9000 + 1000}"
        return name

    async def by_ine(self, ine: str) -> Person | None:
        """The person with that national student number."""
        index = self._institution.mac(b"ine", ine.encode())[:16]
        row = await persons.by_ine(self._catalog, index)
        return self._person(row) if row else None

    async def by_name(self, family: str, given: str, birth: dt.date) -> list[Person]:
        """Persons of those names, compared without accents and case, born that day."""
        index = self._name_index(Facts(given, family, birth))
        return [self._person(row) for row in await persons.by_name(self._catalog, index)]

    async def by_ines(self, numbers: Iterable[str]) -> Mapping[str, Person | None]:
        """Everybody with one of these national student numbers, in one query.

        None stands for somebody whose facts are damaged.
        """
        indexes = {self._institution.mac(b"ine", ine.encode())[:16]: ine for ine in numbers}
        found = await persons.by_ines(self._catalog, list(indexes))
        return {indexes[index]: self._person_or_none(row) for index, row in found}

    async def are_numbered(self) -> bool:
        """Whether national student numbers are known here, of anybody."""
        return await persons.any_ine(self._catalog)

    async def similar(self, families: Sequence[str], given: str, birth: dt.date) -> list[Person]:
        """Everybody born that day, or of those names in either order: at most `MOST_SIMILAR`."""
        keys = {self._key(text) for text in search_keys(families, given, birth)}
        rows = await persons.by_keys(self._catalog, sorted(keys), MOST_SIMILAR)
        return [person for row in rows if (person := self._person_or_none(row)) is not None]

    async def learned(self, person: Person, families: Sequence[str], ine: str) -> None:
        """Keep other family names of somebody, and an INE nobody has, so that they are found."""
        known = {plain(name) for name in person.facts.families}
        fresh = tuple(name for name in families if name and plain(name) not in known)
        if person.facts.ine or not ine or await self.by_ine(ine) is not None:
            ine = person.facts.ine
        if fresh or ine != person.facts.ine:
            facts = replace(person.facts, also=(*person.facts.also, *fresh), ine=ine)
            index = self.ine_index(ine) if ine else None
            sealed = self._sealed(person.id, facts)
            await self._catalog.commit(_learn, person.id, sealed, index, self.keys(facts))

    async def complete_keys(self) -> None:
        """Give keys to those who were registered before there were any."""
        after = VaultId(b"")
        while rows := await persons.without_keys(self._catalog, after, 500):
            after = rows[-1].id  # so that nobody is looked at twice: a million may lack none
            everyone = [self._person_or_none(row) for row in rows]
            keys = [
                (row.id, self.keys(person.facts) if person else [_NO_KEY])
                for row, person in zip(rows, everyone, strict=True)
            ]
            await self._catalog.commit(_add_keys, keys)

    def _person_or_none(self, row: PersonRow) -> Person | None:
        try:
            return self._person(row)
        except CryptoError:  # damaged: `parchemin check` tells; it must not stop the others
            return None

    async def matching(
        self, part: str, after: str, limit: int
    ) -> list[tuple[Person, int | None, int | None]]:
        """Persons whose username has that part, by username from `after` on.

        With each: since when suspended, and when closed for good (ms). Damaged ones are left out.
        """
        rows = await persons.matching(self._catalog, part, after, limit)
        found = [(self._person_or_none(row), since, until) for row, since, until in rows]
        return [(person, since, until) for person, since, until in found if person is not None]

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
            tuple(record.get("also", ())),
        )
        return Person(
            row.id, row.username, facts, row.recipient, Quota(row.used, row.quota), row.created_at
        )


def _add_keys(keys: Sequence[tuple[VaultId, Sequence[bytes]]]) -> Unit[None]:
    yield from persons.add_keys([(person, key) for person, several in keys for key in several])


def _learn(
    person: VaultId, sealed: bytes, ine_index: bytes | None, keys: Sequence[bytes]
) -> Unit[None]:
    yield from persons.update_facts(person, sealed, ine_index)
    yield from persons.add_keys([(person, key) for key in keys])
