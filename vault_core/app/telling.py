"""Telling, composed: mails, webhooks and feeds, and the outbox that they wait in."""

from __future__ import annotations

from collections.abc import Callable

from vault_core.app.foundation import Foundation
from vault_core.notifying.contacts import Contacts
from vault_core.notifying.feeds import Feeds
from vault_core.notifying.post import Post
from vault_core.notifying.webhooks import Webhooks
from vault_core.settings import Settings


class Telling:
    """How persons and the institution's programs hear of what happened."""

    def __init__(self, base: Foundation, settings: Callable[[], Settings]) -> None:
        """`settings` gives those of now."""
        catalog, keyring = base.catalog, base.keyring
        clock, random, names = base.clock, base.random, base.issuer_names
        self.contacts = Contacts(catalog, keyring, clock, random)
        self.webhooks = Webhooks(catalog, keyring, clock, random)
        self.webhooks.allowed = base.settings.webhooks.allowed_networks
        self.feeds = Feeds(catalog, names, clock, random)
        self.post = Post(
            catalog, keyring, self.contacts, self.webhooks, names, settings, clock, random
        )
