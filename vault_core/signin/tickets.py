"""Tickets: what the server hands out and takes back, sealed, dated, and some of them used once.

So no process has to remember what another one began. A ticket opens no vault.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from vault_core.api import Clock, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import AccessDenied, CorruptCiphertext
from vault_core.store import guesses
from vault_core.store.catalog import Catalog

LONGEST: Final = 8192
"""Characters of a ticket."""


@dataclass(frozen=True, slots=True)
class Tickets:
    """Seals facts for one purpose and a time."""

    _catalog: Catalog
    _institution: ServerKeyring
    _clock: Clock
    _random: Random

    def issue(self, purpose: str, facts: Mapping[str, Any], seconds: float) -> str:
        """A ticket that says `facts` for so long; URL-safe text."""
        whole = {**facts, "exp": int(self._clock() + seconds)}
        plain = json.dumps(whole, separators=(",", ":")).encode()
        sealed = self._institution.seal(b"ticket/" + purpose.encode(), plain, self._random)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, purpose: str, text: str) -> dict[str, Any]:
        """What a ticket says. Raises AccessDenied if it is not ours, for another use, or late."""
        try:
            if len(text) > LONGEST:
                raise AccessDenied
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True)
            facts = json.loads(self._institution.open(b"ticket/" + purpose.encode(), sealed))
        except (binascii.Error, ValueError, CorruptCiphertext):
            raise AccessDenied("This page has expired: start again.") from None
        if not isinstance(facts, dict) or facts.get("exp", 0) <= self._clock():
            raise AccessDenied("This page has expired: start again.")
        return facts

    async def use(self, purpose: str, text: str) -> dict[str, Any]:
        """As `read`, once: whoever comes with the same ticket again is refused."""
        facts = self.read(purpose, text)
        await self.first_use(purpose, text, int(facts["exp"]))
        return facts

    async def first_use(self, purpose: str, text: str, expires: int) -> None:
        """Raises AccessDenied if this text was used for the purpose before."""
        digest = hashlib.sha256(f"{purpose}\0{text}".encode()).digest()
        if not await self._catalog.commit(guesses.use, digest, expires * 1000 + 60_000):
            raise AccessDenied("This was used already: start again.")
