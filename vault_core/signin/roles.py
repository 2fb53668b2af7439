"""Granting roles, and asking for them. A role gives acts, never a key."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.api import Clock
from vault_core.errors import BadRequest, Forbidden
from vault_core.roles import GRANTED, Granted
from vault_core.store import roles
from vault_core.store.catalog import Catalog
from vault_core.store.ids import VaultId
from vault_core.store.roles import Act
from vault_core.vault.persons.person import Person

COMMAND = "command"
"""The actor of what the command line does."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Who has which role since when (ms)."""

    username: str
    role: str
    granted_at: int


class Roles:
    """The institution's table of roles."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    def act(self, actor: str, verb: str, person: VaultId | None, **detail: object) -> Act:
        """An act that happens now."""
        return Act(actor, verb, person, int(self._clock() * 1000), detail)

    async def record(self, act: Act) -> None:
        """Append an act that happened to the record."""
        await self._catalog.commit(roles.record, act)

    async def grant(self, person: Person, role: str, actor: str = COMMAND) -> bool:
        """Whether it is new. Raises BadRequest for a role that does not exist."""
        name = known(role)
        act = self.act(actor, "role-grant", person.id, role=name)
        return await self._catalog.commit(roles.grant, person.id, name, act)

    async def revoke(self, person: Person, role: str, actor: str = COMMAND) -> bool:
        """Whether it was there. Raises BadRequest for a role that does not exist."""
        name = known(role)
        act = self.act(actor, "role-revoke", person.id, role=name)
        return await self._catalog.commit(roles.revoke, person.id, name, act)

    async def of(self, person: VaultId) -> frozenset[str]:
        """What a person was granted, as of now."""
        return await roles.of_person(self._catalog, person)

    async def require(self, person: VaultId, *wanted: Granted) -> None:
        """Raises Forbidden unless the person has one of the roles."""
        if not (await self.of(person)).intersection(wanted):
            raise Forbidden("Your account has no role that allows this.")

    async def everyone(self) -> list[Grant]:
        """Every grant, by username."""
        return [Grant(*row) for row in await roles.everyone(self._catalog)]


def known(role: str) -> Granted:
    """The role of that name. Raises BadRequest."""
    for name in GRANTED:
        if name == role:
            return name
    raise BadRequest(f"'{role}' is no role: there are {', '.join(GRANTED)}.")
