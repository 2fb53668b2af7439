"""A person's Atom feed (RFC 4287), under an address that only they have: issuers and counts."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from vault_core.api import Clock, Language, Random, Text
from vault_core.errors import NodeNotFound, Suspended
from vault_core.notifying.texts import counted, said
from vault_core.store import notices, sound
from vault_core.store.catalog import Catalog
from vault_core.store.ids import VaultId, milliseconds

ENTRIES: Final = 50


@dataclass(frozen=True, slots=True)
class Feeds:
    """Makes and answers feeds; `issuers` are their names by id."""

    _catalog: Catalog
    _issuers: Mapping[str, Text]
    _clock: Clock
    _random: Random

    async def exists(self, person: VaultId) -> bool:
        """Whether somebody has one."""
        return await notices.has_feed(self._catalog, person)

    async def make(self, person: VaultId) -> str:
        """The token of a new feed, shown once; one there was before is over."""
        token = self._random(20).hex()
        at = milliseconds(self._clock())
        await self._catalog.commit(notices.set_feed, person, _lookup(token), at)
        return token

    async def end(self, person: VaultId) -> None:
        """No feed any more."""
        await self._catalog.commit(notices.set_feed, person, None, 0)

    async def read(self, token: str, language: Language, institution: str, url: str) -> str:
        """The feed as XML. Raises NodeNotFound, Suspended."""
        found = await notices.feed(self._catalog, _lookup(token))
        if found is None:
            raise NodeNotFound("There is no such feed: it was replaced or ended.")
        person, suspended = found
        if suspended:
            raise Suspended
        arrivals = await notices.arrivals(self._catalog, person, ENTRIES)
        newest = max((at for *_, at in arrivals), default=milliseconds(self._clock()))
        parts = [
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{language}">'
            f"<id>{_urn(person, 'feed')}</id>"
            f"<title>{escape(said(language, 'feed.title', institution=institution))}</title>"
            f"<updated>{_moment(newest)}</updated><author><name>{escape(institution)}</name></author>"
            f"<link href={quoteattr(url)}/>"
        ]
        for issuer, day, count, at in arrivals:
            name = self._issuers[issuer][language] if issuer in self._issuers else issuer
            told = escape(counted(language, "feed", count, issuer=name))
            parts.append(
                f"<entry><id>{_urn(person, f'{issuer} {day}')}</id>"
                f"<title>{told}</title>"
                f"<updated>{_moment(at)}</updated><link href={quoteattr(url)}/>"
                f"<summary>{told}</summary></entry>"
            )
        return "".join((*parts, "</feed>\n"))


def _lookup(token: str) -> bytes:
    return hashlib.sha256(b"parchemin feed " + token.encode("utf-8", "replace")).digest()


def _urn(person: VaultId, what: str) -> str:
    """The same for the same entry, and nothing of the person's id."""
    mark = hashlib.sha256(b"parchemin feed entry " + person + what.encode()).digest()
    return uuid.UUID(bytes=mark[:16]).urn


def _moment(at: int) -> str:
    return sound.moment(at).strftime("%Y-%m-%dT%H:%M:%SZ")
