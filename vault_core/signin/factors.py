"""Second factors: adding, checking and removing what a person proves beside the password."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import AccessDenied, NodeNotFound
from vault_core.signin import totp
from vault_core.signin.tickets import Tickets
from vault_core.store import factors
from vault_core.store.factors import FactorRow
from vault_core.store.ids import SlotId, VaultId, new_id
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Vaults

SETTING_UP: Final = 1800
"""Seconds that setting up an application may take."""


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor or passkey, for its owner's list."""

    id: bytes
    kind: str
    label: str
    opens: bool
    """Whether it opens the vault by itself."""
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class Setup:
    """What an application needs to make codes; nothing is stored until it shows that it does."""

    secret: str
    address: str
    ticket: str


class Factors:
    """Every person's factors; their secrets are sealed under the institution's key."""

    def __init__(self, vaults: Vaults, institution: ServerKeyring, tickets: Tickets) -> None:
        self._vaults = vaults
        self._catalog = vaults.services.catalog
        self._institution = institution
        self._tickets = tickets

    async def rows(self, person: VaultId) -> list[FactorRow]:
        """The rows, oldest first."""
        return await factors.of_person(self._catalog, person)

    async def listing(self, person: VaultId) -> list[Factor]:
        """A person's factors, oldest first."""
        return [
            Factor(
                row.id, row.kind, self.facts(row).get("label", ""), row.slot is not None,
                row.created_at, row.used_at,
            )
            for row in await self.rows(person)
        ]  # fmt: skip

    async def needed(self, person: VaultId) -> bool:
        """Whether a password alone does not let this person in."""
        return any(row.kind == "totp" for row in await self.rows(person))

    def facts(self, row: FactorRow) -> dict[str, Any]:
        """What is sealed in the row."""
        found: dict[str, Any] = json.loads(
            self._institution.open(b"factor" + row.person + row.id, row.sealed)
        )
        return found

    def set_up(self, vault: Vault, institution: str) -> Setup:
        """A new secret for an application."""
        secret = totp.new_secret(self._vaults.services.random)
        ticket = self._tickets.issue(
            "totp", {"vault": vault.id.hex(), "secret": secret}, SETTING_UP
        )
        return Setup(secret, totp.address(secret, vault.username, institution), ticket)

    def resume(self, vault: Vault, ticket: str, institution: str) -> Setup:
        """The same again, after a wrong code. Raises AccessDenied."""
        secret = self._secret_of(vault, ticket)
        return Setup(secret, totp.address(secret, vault.username, institution), ticket)

    def _secret_of(self, vault: Vault, ticket: str) -> str:
        facts = self._tickets.read("totp", ticket)
        if facts["vault"] != vault.id.hex():
            raise AccessDenied
        return str(facts["secret"])

    async def confirm(self, vault: Vault, ticket: str, code: str, label: str) -> None:
        """Ask for the application's codes from now on. Raises AccessDenied if the code is wrong."""
        secret = self._secret_of(vault, ticket)
        step = totp.step_of(secret, code, self._vaults.services.clock())
        if step is None:
            raise AccessDenied
        for row in await self.rows(vault.id):
            if row.kind == "totp":
                await self._remove(vault, row)
        await self.add(vault, "totp", {"secret": secret, "label": label}, counter=step)

    async def check(self, person: VaultId, account: str, code: str) -> None:
        """That a code is one of the person's application, and was not used before.

        Raises AccessDenied, TooManyAttempts.
        """
        attempt = await self._vaults.guard.factor(account)
        clock = self._vaults.services.clock
        for row in await self.rows(person):
            if row.kind != "totp":
                continue
            step = totp.step_of(self.facts(row)["secret"], code, clock())
            if step is None:
                continue
            if await self._catalog.commit(factors.advance, row.id, step, int(clock() * 1000)):
                await self._vaults.guard.succeeded(attempt)
                return
        self._vaults.journal.note(person, None, "refused", None)
        raise AccessDenied

    async def add(
        self, vault: Vault, kind: str, facts: dict[str, Any], *, counter: int,
        lookup: bytes | None = None, prf: bytes | None = None,
    ) -> None:  # fmt: skip
        """A factor of an open vault; `prf` is the secret by which it opens it."""
        services, actor = self._vaults.services, vault.actor()
        factor = new_id(actor.at / 1000, services.random)
        sealed = self._institution.seal(
            b"factor" + vault.id + factor, json.dumps(facts).encode(), services.random
        )
        slot = None
        if prf is not None:
            slot = await keyslots.wrap(
                vault.opened.keyring, vault.opened.identity, vault.id, "passkey", prf,
                str(facts.get("label", "")), actor.at, services.random,
            )  # fmt: skip
        row = FactorRow(
            factor, vault.id, kind, lookup, sealed, counter,
            slot.id if slot else None, actor.at, None,
        )  # fmt: skip
        await self._catalog.commit(factors.add, actor, row, slot)
        vault.opened.forget_generation()
        await vault.refresh()

    async def remove(self, vault: Vault, factor: bytes) -> None:
        """Raises NodeNotFound, and Forbidden for the last way into the vault."""
        for row in await self.rows(vault.id):
            if row.id == factor:
                if row.slot is not None:
                    await keyslots.check_not_last(vault, SlotId(row.slot))
                await self._remove(vault, row)
                return
        raise NodeNotFound

    async def forget_codes(self, vault: Vault) -> None:
        """No application is asked for any more: its owner came in by a stronger secret."""
        for row in await self.rows(vault.id):
            if row.kind == "totp":
                await self._remove(vault, row)

    async def _remove(self, vault: Vault, row: FactorRow) -> None:
        slot = SlotId(row.slot) if row.slot is not None else None
        await self._catalog.commit(factors.remove, vault.actor(), row.id, row.kind, slot)
        vault.opened.forget_generation()
