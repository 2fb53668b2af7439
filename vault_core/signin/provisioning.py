"""Accounts that a directory keeps here: pushed by SCIM, or read from LDAP or a file.

A directory makes, renames and lets go of accounts. It opens no vault and reads none: what it is
told is what it said itself.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Final

from vault_core.api import Clock, Random
from vault_core.crypto import age
from vault_core.crypto.keys import parse_recipient
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import AccessDenied, BadRequest, PersonExists, PersonNotFound
from vault_core.settings import Settings
from vault_core.store import letters, provisioning, roles
from vault_core.store.catalog import Catalog, Unit
from vault_core.store.ids import VaultId, milliseconds, new_id
from vault_core.store.letters import LetterRow
from vault_core.store.provisioning import AccountRow
from vault_core.store.roles import Act
from vault_core.vault.persons import departing
from vault_core.vault.persons.person import Facts, NewPerson, Person
from vault_core.vault.persons.register import Persons

_PREFIX: Final = "parchemin_scim_"
NO_BATCH: Final = bytes(16)
"""The batch of letters that no delivery made."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An account as a directory describes it."""

    username: str
    facts: Facts
    active: bool = True
    external: str = ""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as it is."""

    person: Person
    active: bool
    external: str


@dataclass(slots=True)
class Provisioning:
    """What directories do; `actor` is `scim:<id>` or `command`."""

    _catalog: Catalog
    _persons: Persons
    _institution: ServerKeyring
    settings: Settings
    _clock: Clock
    _random: Random

    async def add_provisioner(self, label: str) -> tuple[bytes, str]:
        """A directory's id and its bearer token, which is shown once."""
        identifier, token = new_id(self._clock(), self._random), _PREFIX + self._random(32).hex()
        at = milliseconds(self._clock())
        await self._catalog.commit(
            provisioning.add_provisioner, identifier, label, _lookup(token), at
        )
        return identifier, token

    async def provisioner(self, token: str) -> str:
        """The actor that a bearer token is. Raises AccessDenied."""
        found = None
        if token.startswith(_PREFIX) and len(token) < 200:
            found = await provisioning.provisioner(self._catalog, _lookup(token))
        if found is None:
            raise AccessDenied("Send a directory's token: Authorization: Bearer parchemin_scim_…")
        return f"scim:{found.hex()}"

    async def provisioners(self) -> list[tuple[bytes, str, int]]:
        """Id, label and time (ms) of each directory."""
        return await provisioning.provisioners(self._catalog)

    async def remove_provisioner(self, identifier: bytes) -> bool:
        """Its token opens nothing any more; whether it was there."""
        return await self._catalog.commit(provisioning.remove_provisioner, identifier)

    async def account(self, person: VaultId) -> Account:
        """Raises PersonNotFound."""
        return self._account(await provisioning.by_id(self._catalog, person))

    async def by_username(self, username: str) -> Account | None:
        """The account of that username, however it is written."""
        name = username.strip().casefold()
        found = await provisioning.by_username(self._catalog, name)
        return self._account(found) if found else None

    async def by_external(self, external: str) -> Account | None:
        """The account that the directory calls so."""
        found = await provisioning.by_external(self._catalog, self._index(external))
        return self._account(found) if found else None

    async def page(self, start: int, count: int) -> tuple[int, list[Account]]:
        """How many there are, and some of them by username, from `start` (from 0) on."""
        total, rows = await provisioning.page(self._catalog, start, count)
        return total, [self._account(row) for row in rows]

    async def following(self, after: str, count: int) -> tuple[int | None, list[Account]]:
        """As `page`, those after a username; no total where counting takes long."""
        total, rows = await provisioning.following(self._catalog, after, count)
        return total, [self._account(row) for row in rows]

    def _index(self, external: str) -> bytes:
        return self._institution.mac(b"scim-external", external.encode())[:16]

    def _account(self, row: AccountRow | None) -> Account:
        if row is None:
            raise PersonNotFound
        external = ""
        if row.external is not None:
            place = b"provisioned" + row.person.id
            external = self._institution.open(place, row.external).decode()
        person = self._persons.of_row(row.person)
        return Account(person, row.left_at is None and row.suspended_at is None, external)

    async def create(self, wanted: Wanted, actor: str) -> Account:
        """A new account, and the letter that opens its vault.

        Raises PersonExists; BadRequest if nothing would ever open the vault.
        """
        recipient = self.settings.issuing.letters_recipient
        if not recipient and self._persons.trustees.custody is None:
            raise BadRequest(
                "Nothing would open that vault: set issuing.letters_recipient, whose letters carry"
                " the codes, or sign_in.custody."
            )
        if wanted.facts.ine:
            gone = await provisioning.let_go(
                self._catalog, self._persons.ine_index(wanted.facts.ine)
            )
            if gone is not None:  # the same person: their vault waited for them
                return await self.change(self._account(gone), wanted, actor)
        new, add = await self._persons.prepare(wanted.username, wanted.facts)
        person = new.person
        act = self._act(actor, "account-add", person.id)
        letter = _letter(new, recipient, self._random) if recipient else b""

        def whole() -> Unit[None]:
            yield from add()
            if letter:
                yield from letters.insert([LetterRow(person.id, NO_BATCH, letter, act.at)])
            yield from self._call(person.id, wanted.external, act.at)
            yield from roles.record(act)

        await self._catalog.commit(whole)
        if not wanted.active:
            await self._leave(person.id, actor)
        return await self.account(person.id)

    async def change(self, account: Account, wanted: Wanted, actor: str) -> Account:
        """Make an account what it is to be. Raises PersonExists, BadRequest."""
        person = account.person
        if (wanted.username, wanted.facts) != (person.username, person.facts):
            row = self._persons.described(person.id, wanted.username, wanted.facts)
            await self._catalog.commit(
                provisioning.change, person.id, row.username, row.sealed, row.ine_index,
                row.name_index, self._persons.keys(wanted.facts),
                self._act(actor, "account-change", person.id),
            )  # fmt: skip
        if wanted.external != account.external or account.active != wanted.active:
            at = milliseconds(self._clock())
            await self._catalog.commit(self._call, person.id, wanted.external, at)
        if account.active and not wanted.active:
            await self._leave(person.id, actor)
        elif wanted.active and not account.active:
            now = milliseconds(self._clock())
            await departing.come_back(self._catalog, person.id, actor, now)
        return await self.account(person.id)

    async def let_go(self, account: Account, actor: str) -> None:
        """The directory has nothing to do with them any more: they have left."""
        await self._catalog.commit(provisioning.forget, account.person.id)
        await self._leave(account.person.id, actor)

    async def _leave(self, person: VaultId, actor: str) -> None:
        days = self.settings.leaving.keep_days
        await departing.leave(self._catalog, person, actor, milliseconds(self._clock()), days)

    def _call(self, person: VaultId, external: str, at: int) -> Unit[None]:
        place = b"provisioned" + person
        sealed = self._institution.seal(place, external.encode(), self._random)
        index = self._index(external) if external else None
        yield from provisioning.call(person, index, sealed, at)

    def _act(self, actor: str, verb: str, person: VaultId) -> Act:
        return Act(actor, verb, person, milliseconds(self._clock()), {})

    async def bring_up(self, wanted: Wanted, actor: str) -> str:
        """Make or change one account: "added", "changed" or "same".

        Somebody is found by the directory's id, then by the INE, then by the username.
        """
        account = await self.by_external(wanted.external) if wanted.external else None
        if account is None and wanted.facts.ine:
            known = await self._persons.by_ine(wanted.facts.ine)
            account = await self.account(known.id) if known is not None else None
        if account is None:
            account = await self.by_username(wanted.username)
            if account is not None and account.external not in ("", wanted.external):
                raise PersonExists("That username is somebody else's in the directory.")
        if account is None:
            await self.create(wanted, actor)
            return "added"
        held = account.person.facts
        facts = replace(
            wanted.facts, birth_date=wanted.facts.birth_date or held.birth_date,
            ine=wanted.facts.ine or held.ine, also=held.also,
        )  # fmt: skip
        wanted = replace(wanted, facts=facts)  # what the directory does not say stays
        before = Wanted(
            account.person.username, account.person.facts, account.active, account.external
        )
        if before == wanted:
            return "same"
        await self.change(account, wanted, actor)
        return "changed"


def _lookup(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()[:16]


def _letter(new: NewPerson, recipient: str, random: Random) -> bytes:
    facts = new.person.facts
    text = {
        "username": new.person.username, "code": new.activation_code,
        "given_names": facts.given_name, "family_name": facts.family_name,
        "birth_date": facts.birth_date.isoformat() if facts.birth_date else "", "class": "",
    }  # fmt: skip
    data = json.dumps(text, ensure_ascii=False).encode()
    return age.encrypt(data, [parse_recipient(recipient)], random)
