"""Everything that lets people in, put together once."""

from __future__ import annotations

from dataclasses import dataclass

from vault_core.crypto.sealed import ServerKeyring
from vault_core.settings import Settings
from vault_core.signin.browsers import Browsers
from vault_core.signin.cas import CasDirectory
from vault_core.signin.directories import Directories
from vault_core.signin.factors import Factors
from vault_core.signin.ldap import LdapDirectory
from vault_core.signin.oidc import OpenIdConnect
from vault_core.signin.passkeys import Passkeys
from vault_core.signin.tickets import Tickets
from vault_core.store import guesses
from vault_core.vault.persons.register import Persons
from vault_core.vault.recovery.recovering import Recoveries
from vault_core.vault.recovery.rekeying import Rekeying
from vault_core.vault.vaults import Vaults


@dataclass(frozen=True, slots=True)
class Entrance:
    """What pages and programs that sign people in work with."""

    vaults: Vaults
    institution: ServerKeyring
    tickets: Tickets
    browsers: Browsers
    factors: Factors
    passkeys: Passkeys
    directories: Directories
    oidc: OpenIdConnect
    cas: CasDirectory
    ldap: LdapDirectory
    recoveries: Recoveries
    rekeying: Rekeying

    def reconfigure(self, settings: Settings) -> None:
        """Take up what may change while running."""
        self.oidc.rules = settings.oidc
        self.cas.rules = settings.cas
        self.ldap.rules = settings.ldap

    async def forget_old(self) -> None:
        """Drop used tickets, forgotten attempts and ended sessions."""
        now = int(self.vaults.services.clock() * 1000)
        await self.vaults.services.catalog.commit(guesses.forget, now)


def entrance(
    vaults: Vaults,
    persons: Persons,
    institution: ServerKeyring,
    settings: Settings,
    recoveries: Recoveries,
    rekeying: Rekeying,
) -> Entrance:
    """Over these vaults."""
    services = vaults.services
    tickets = Tickets(services.catalog, institution, services.clock, services.random)
    held = Factors(vaults, institution, tickets)
    return Entrance(
        vaults,
        institution,
        tickets,
        Browsers(tickets),
        held,
        Passkeys(vaults, institution, tickets, held),
        Directories(vaults, persons, institution),
        OpenIdConnect(settings.oidc, vaults, tickets),
        CasDirectory(settings.cas, vaults, tickets),
        LdapDirectory(settings.ldap),
        recoveries,
        rekeying,
    )
