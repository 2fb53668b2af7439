"""One opened institution: everything that pages, programs and commands work with."""

from __future__ import annotations

from vault_core.app.foundation import Foundation
from vault_core.app.guessing import account_limits, throttle_limits
from vault_core.app.issuing import Issuing
from vault_core.app.people import People, trustees_of
from vault_core.app.telling import Telling
from vault_core.issuing.certificates.examining import Examining
from vault_core.settings import Settings
from vault_core.vault.upkeep.maintenance import Maintenance, Retention


class Institution(People, Issuing, Telling):
    """Its people, its issuing and its telling, over one catalog and one blob store."""

    def __init__(self, base: Foundation) -> None:
        """Raises SettingsError if a setting does not fit."""
        self.data_dir = base.data_dir
        self.settings = base.settings
        self.plugins = base.plugins
        self.catalog = base.catalog
        self.blobs = base.blobs
        People.__init__(self, base)
        Issuing.__init__(self, base, self.persons)
        Telling.__init__(self, base, lambda: self.settings)
        self.recoveries.letter = self.post.about_recovery
        examine = Examining(base.catalog, base.keyring).page
        self.maintenance = Maintenance(base.catalog, base.blobs, base.clock, examine)
        self.stopping = False
        """Whether the server is about to stop: a load balancer is told to send nothing more."""

    @property
    def retention(self) -> Retention:
        """How long what was deleted or replaced is kept."""
        return Retention(self.settings.vault.trash_days, self.settings.vault.version_days)

    def reconfigure(self, settings: Settings) -> None:
        """Take up what may change while running; config/parchemin.toml says what."""
        self.settings = settings
        self.webhooks.allowed = settings.webhooks.allowed_networks
        self.vaults.idle_seconds = settings.vault.idle_seconds
        self.vaults.throttle.limits = throttle_limits(settings)
        self.vaults.guard.limits = account_limits(settings)
        self.entrance.reconfigure(settings)
        self.vaults.services.limits.versions = settings.vault.version_count
        self.vaults.services.limits.document = settings.server.max_document
        self.visits.throttle.limits = throttle_limits(settings)
        self.verifier.throttle.limits = throttle_limits(settings)
        self.register.public_url = settings.server.public_url
        self.trusting.institution = settings.institution.name
        self.persons.quota = settings.vault.quota
        self.provisioning.settings = settings
        self.persons.trustees = trustees_of(settings, self.entrance.institution)
        self.recoveries.wait_days = settings.recovery.wait_days
