"""Issuing, composed: from what issuers hand in to certificates that anybody can check."""

from __future__ import annotations

from vault_core.app.foundation import Foundation
from vault_core.app.guessing import throttle_of
from vault_core.app.own_files import machine_name
from vault_core.issuing.certificates.lifecycle import Certificates
from vault_core.issuing.certificates.making import Maker
from vault_core.issuing.certificates.register import Register
from vault_core.issuing.certificates.revoking import Revocations
from vault_core.issuing.certificates.trusting import Trusting
from vault_core.issuing.certificates.verifying import Verifier
from vault_core.issuing.deliveries.batches import Batches
from vault_core.issuing.deliveries.delivering import Deliveries
from vault_core.issuing.deliveries.dropping import DropFolder
from vault_core.issuing.deliveries.letters import Letters
from vault_core.issuing.deliveries.own_deliveries import OwnDeliveries
from vault_core.issuing.deliveries.previewing import Previews
from vault_core.issuing.deliveries.receipts import Receipts
from vault_core.issuing.deliveries.recognising import Recognition
from vault_core.issuing.deliveries.review_expiry import ReviewExpiry
from vault_core.issuing.deliveries.reviewing import Reviews
from vault_core.issuing.deliveries.welcoming import Welcome
from vault_core.issuing.deliveries.working import Worker
from vault_core.issuing.pages.blank_shelf import BlankShelf
from vault_core.issuing.pages.typesetting import Typesetting
from vault_core.issuing.programs.request_keys import RequestKeys
from vault_core.issuing.programs.tokens import IssuerTokens
from vault_core.vault.persons.register import Persons

BLANKS = "blanks"
"""A folder for pages without a text in them, made anew if it is lost."""


class Issuing:
    """What issuers deliver through, and what became of it."""

    def __init__(self, base: Foundation, persons: Persons) -> None:
        """For deliveries into the vaults of `persons`."""
        catalog, keyring, plugins = base.catalog, base.keyring, base.plugins
        clock, random = base.clock, base.random
        server = base.settings.server
        self.register = Register(
            catalog, keyring, plugins, server.public_url, f"http://{server.listen}", clock, random
        )
        typesetting = Typesetting(lambda: BlankShelf(base.data_dir / BLANKS, keyring, random))
        maker = Maker(catalog, keyring, self.register, typesetting, random, base.sealing)
        welcome = Welcome(persons, base.settings.issuing.letters_recipient, random)
        own = OwnDeliveries(catalog, keyring, Recognition(persons), random)
        self.deliveries = Deliveries(catalog, plugins, persons, maker, welcome, own, clock, random)
        self.batches = Batches(catalog, keyring, plugins, clock, random)
        self.worker = Worker(
            catalog, keyring, self.deliveries, persons, machine_name(base.data_dir), clock, random
        )
        self.previews = Previews(catalog, keyring, plugins, persons, maker, welcome)
        self.reviews = Reviews(catalog, keyring, self.deliveries, persons, clock, random)
        self.review_expiry = ReviewExpiry(catalog, keyring, clock, random)
        self.receipts = Receipts(catalog, self.batches, self.register)
        self.drop_folder = self._drop_folder(base)
        self.letters = Letters(catalog, self.register, random)
        self.certificates = Certificates(catalog, keyring, clock)
        self.revocations = Revocations(catalog, plugins, maker, self.certificates)
        self.trusting = Trusting(
            catalog, self.register, clock, base.settings.institution.name, base.sealing.known
        )
        self.verifier = Verifier(
            catalog, self.register, self.trusting, throttle_of(base, "verify"), clock
        )
        self.issuer_tokens = IssuerTokens(catalog, plugins, clock, random)
        self.request_keys = RequestKeys(catalog, plugins, clock)

    def _drop_folder(self, base: Foundation) -> DropFolder | None:
        drop = base.settings.drop
        if not drop.path:
            return None
        return DropFolder(
            self.batches,
            self.receipts,
            self.reviews,
            base.plugins,
            base.data_dir / drop.path,
            drop.after,
            drop.settle_seconds,
            drop.wait_seconds,
            base.clock,
            base.random,
        )
