"""Signed calls to the institution's programs, after the Standard Webhooks specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from vault_core.api import Clock, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import CorruptCiphertext, NodeNotFound
from vault_core.notifying.calling import check_address
from vault_core.store import outbox, sound
from vault_core.store.catalog import Catalog
from vault_core.store.ids import milliseconds, new_id
from vault_core.store.outbox import WebhookRow

_PREFIX: Final = "whsec_"


@dataclass(frozen=True, slots=True)
class Webhook:
    """Where one is, and since when. Its secret is shown once, when it is made."""

    id: str
    url: str
    created_at: int


@dataclass(slots=True)
class Webhooks:
    """The institution's webhooks."""

    _catalog: Catalog
    _institution: ServerKeyring
    _clock: Clock
    _random: Random
    allowed: tuple[str, ...] = field(default=(), init=False)
    """Networks that may be called although they are private."""

    async def everything(self) -> list[Webhook]:
        """Oldest first; a damaged one has no address, and can be removed."""
        return [
            Webhook(row.id.hex(), self._url(row), row.created_at)
            for row in await outbox.webhooks(self._catalog)
        ]

    def _url(self, row: WebhookRow) -> str:
        try:
            return self.opened(row)[0]
        except CorruptCiphertext:
            return ""

    def opened(self, row: WebhookRow) -> tuple[str, str]:
        """Address and secret. Raises CorruptCiphertext if the row was altered."""
        said = json.loads(self._institution.open(b"webhook" + row.id, row.sealed))
        return said["url"], said["secret"]

    async def add(self, url: str, actor: str) -> tuple[Webhook, str]:
        """One more, and its secret (`whsec_…`), which is not shown again.

        Raises BadRequest for an address that may not be called.
        """
        check_address(url, self.allowed)
        now = self._clock()
        secret = _PREFIX + base64.b64encode(self._random(32)).decode()
        key = new_id(now, self._random)
        text = json.dumps({"url": url, "secret": secret}).encode()
        sealed = self._institution.seal(b"webhook" + key, text, self._random)
        await self._catalog.commit(
            outbox.add_webhook, WebhookRow(key, sealed, actor, milliseconds(now))
        )
        return Webhook(key.hex(), url, milliseconds(now)), secret

    async def remove(self, webhook: str) -> None:
        """Told nothing any more. Raises NodeNotFound."""
        try:
            key = bytes.fromhex(webhook)
        except ValueError:
            key = b""
        if not await self._catalog.commit(outbox.remove_webhook, key):
            raise NodeNotFound("There is no such webhook.")


def body(kind: str, at: int, data: Mapping[str, Any]) -> str:
    """What is sent: type, timestamp and data, as the specification has them."""
    moment = sound.moment(at).isoformat(timespec="milliseconds")
    said = {"type": kind, "timestamp": moment, "data": dict(data)}
    return json.dumps(said, separators=(",", ":"), sort_keys=True)


def headers(secret: str, event: str, now: float, text: str) -> dict[str, str]:
    """webhook-id, -timestamp and -signature (version 1: HMAC-SHA256) of a call made now."""
    at = str(int(now))
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    signed = hmac.digest(key, f"{event}.{at}.{text}".encode(), hashlib.sha256)
    return {
        "webhook-id": event,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(signed).decode()}",
        "Content-Type": "application/json",
    }
