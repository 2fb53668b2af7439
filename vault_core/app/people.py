"""Persons, composed: their vaults, the ways into them, and what is done to their accounts."""

from __future__ import annotations

from vault_core.app.foundation import Foundation
from vault_core.app.guessing import guard_of, throttle_of
from vault_core.crypto.keys import identity_of, parse_recipient
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import MalformedAge, SettingsError
from vault_core.settings import Settings
from vault_core.signin.entrance import entrance
from vault_core.signin.provisioning import Provisioning
from vault_core.signin.roles import Roles
from vault_core.vault.documents.beginnings import Beginnings
from vault_core.vault.documents.ciphertext import CiphertextCache
from vault_core.vault.documents.opened import Limits, Services
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.keys.entrusting import Trustees
from vault_core.vault.links.visiting import Visits
from vault_core.vault.persons.administering import Administration
from vault_core.vault.persons.register import Persons
from vault_core.vault.recovery.recovering import Recoveries
from vault_core.vault.recovery.rekeying import Rekeying
from vault_core.vault.vaults import Vaults


class People:
    """Who has a vault, and how it is opened."""

    def __init__(self, base: Foundation) -> None:
        """Raises SettingsError if vaults cannot be entrusted as the settings say."""
        catalog, clock, random = base.catalog, base.clock, base.random
        keyring, settings, rules = base.keyring, base.settings, base.settings.vault
        services = _services(base)
        self.persons = Persons(catalog, keyring, clock, random, rules.quota, rules.recipient)
        self.persons.trustees = trustees_of(settings, keyring)
        self.vaults = _vaults(base, services)
        self.rekeying = Rekeying(catalog, base.blobs, clock, random, rules.recipient)
        self.recoveries = Recoveries(catalog, clock, random, settings.recovery.wait_days)
        self.entrance = entrance(
            self.vaults, self.persons, keyring, settings, self.recoveries, self.rekeying
        )
        self.visits = Visits(services, throttle_of(base, "link"))
        self.roles = Roles(catalog, clock)
        self.administration = Administration(catalog, clock)
        self.provisioning = Provisioning(catalog, self.persons, keyring, settings, clock, random)


def _services(base: Foundation) -> Services:
    rules = base.settings.vault
    return Services(
        base.catalog,
        base.blobs,
        CiphertextCache(),
        base.clock,
        base.random,
        Limits(rules.inline_limit, rules.version_count, base.settings.server.max_document),
        Beginnings(base.random, ahead=base.spare_core),
    )


def _vaults(base: Foundation, services: Services) -> Vaults:
    throttle = throttle_of(base, "vault")
    journal = AccessLog(base.catalog, base.clock)
    idle = base.settings.vault.idle_seconds
    return Vaults(services, journal, throttle, idle, guard_of(base, throttle))


def trustees_of(settings: Settings, keyring: ServerKeyring) -> Trustees:
    """To whom the settings have vaults entrusted. Raises SettingsError.

    The server's own identity comes of the institution's key, so that every node has it.
    """
    escrow = settings.recovery.escrow_recipient
    try:
        recipient = parse_recipient(escrow) if escrow else None
    except MalformedAge:
        raise SettingsError(
            "recovery.escrow_recipient is no age recipient: set it to what 'parchemin escrow init'"
            " printed."
        ) from None
    custody = None
    if settings.sign_in.custody == "server":
        custody = identity_of("mlkem768x25519", keyring.mac(b"custody", b"identity"))
    return Trustees(recipient, custody)
