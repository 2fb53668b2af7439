"""The institution's own trust, always as of now: issuers' public keys and signed status lists."""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from typing import get_args

from cryptography import x509

from vault_core.api import Clock
from vault_core.errors import CorruptCiphertext, NodeNotFound
from vault_core.issuing.certificates.places import lists_url
from vault_core.issuing.certificates.register import Desk, Register
from vault_core.issuing.checking.snapshot import write_snapshot
from vault_core.issuing.checking.trust import Trust, controller_document, trusted_issuer
from vault_core.issuing.credentials.credential import issuer_url
from vault_core.issuing.credentials.multibase import did_key
from vault_core.issuing.credentials.proofs import Document
from vault_core.issuing.credentials.status import LENGTH, State, signed_lists
from vault_core.store import certificates, sound
from vault_core.store.catalog import Catalog
from vault_core.store.certificates import EndedRow, ListRow, RowState

log = logging.getLogger(__name__)
FRESH = dt.timedelta(hours=1)
"""How long a signed list is handed out before it is signed anew; it counts for 24 hours."""


class Trusting:
    """Makes trust from the catalog; what was signed is kept until it changes or grows old."""

    def __init__(
        self,
        catalog: Catalog,
        register: Register,
        clock: Clock,
        institution: str,
        stamp_roots: Sequence[x509.Certificate] = (),
    ) -> None:
        self._catalog = catalog
        self._register = register
        self._clock = clock
        self.institution = institution
        self._stamp_roots = tuple(stamp_roots)
        self._lists: dict[tuple[object, ...], dict[str, Document]] = {}

    @property
    def institution_key(self) -> str:
        """The did:key method that this institution's snapshots are signed with."""
        return did_key(self._register.institution_key.public_key())

    async def trust(self) -> Trust:
        """Every issuer that ever issued here, at every address it had, and all their lists."""
        issuers, lists = [], dict[str, Document]()
        for desk in await self._register.desks():
            for base in reversed(desk.urls):
                url = issuer_url(base, desk.issuer.id)
                issuers.append(trusted_issuer(desk.issuer, url, desk.keys))
                for row in await certificates.lists(self._catalog, desk.issuer.id):
                    lists |= await self._signed_or_none(desk, base, row)
        return Trust(self.institution, self._minute(), tuple(issuers), lists, self._stamp_roots)

    async def snapshot(self) -> bytes:
        """The trust as one signed file."""
        return write_snapshot(await self.trust(), self._register.institution_key)

    async def controller(self, issuer: str) -> Document:
        """What the issuer's address answers. Raises NodeNotFound if it never issued."""
        desk = await self._desk(issuer)
        url = issuer_url(desk.public_url, issuer)
        return controller_document(trusted_issuer(desk.issuer, url, desk.keys))

    async def status_list(self, issuer: str, number: int, purpose: str) -> Document:
        """One signed status list, at the issuer's present address. Raises NodeNotFound."""
        desk = await self._desk(issuer)
        for row in await certificates.lists(self._catalog, issuer):
            if row.number == number:
                signed = await self._signed(desk, desk.public_url, row)
                address = f"{lists_url(desk.public_url, issuer, number)}/{purpose}"
                if address in signed:
                    return signed[address]
        raise NodeNotFound("There is no such status list.")

    async def _desk(self, issuer: str) -> Desk:
        desk = await self._register.known(issuer)
        if desk is None:
            raise NodeNotFound("There is no such issuer.")
        return desk

    async def _signed_or_none(self, desk: Desk, base: str, row: ListRow) -> dict[str, Document]:
        """Nothing where the list is damaged: what stands in it cannot be checked, all else can."""
        try:
            return await self._signed(desk, base, row)
        except CorruptCiphertext:
            log.error("status list %d of issuer %s is damaged", row.number, row.issuer)
            return {}

    async def _signed(self, desk: Desk, base: str, row: ListRow) -> dict[str, Document]:
        """The three lists; all processes sign the same bytes, for their time is a round one."""
        issuer, generation = desk.issuer.id, desk.generation
        made = self._round(row.changed_at)
        key = (base, issuer, row.number, row.version, generation.number, made)
        found = self._lists.get(key)
        if found is None:
            ended = await certificates.ended(self._catalog, issuer, row.number)
            states = await asyncio.to_thread(self._states, ended, row.number)
            found = signed_lists(
                lists_url(base, issuer, row.number),
                states,
                issuer_url(base, issuer),
                generation.credential_key,
                generation.credential_key_id,
                made,
            )
            self._lists = {
                old: lists for old, lists in self._lists.items() if old[:3] != key[:3]
            } | {key: found}
        return found

    def _states(self, ended: Sequence[EndedRow], number: int) -> dict[int, State]:
        """Who has which place is proved where it is sealed: the column may have been altered.

        Of an altered word it is known by the time beside it that the certificate ended.
        """
        states: dict[int, State] = {}
        for row in ended:
            place = self._place(row, number)
            sound.places(LENGTH, place)
            if row.state in get_args(RowState):
                states[place] = row.state
            elif row.ended_at is not None:
                states[place] = "revoked"
        return states

    def _place(self, row: EndedRow, number: int) -> int:
        try:
            known = self._register.about(row.id, row.about).place
        except CorruptCiphertext:
            known = None
        if known is None or known == (number, row.place):
            return row.place
        log.error("the place of certificate %s was altered: run 'parchemin check'", row.id.hex())
        return known[1]

    def _round(self, changed_at: int) -> dt.datetime:
        """The last full hour, or the second of the last change if that was later.

        A change that is still to come is the time of a damaged row, or of another clock.
        """
        step, now, changed = int(FRESH.total_seconds()), int(self._clock()), changed_at // 1000
        seconds = max(now // step * step, changed if changed <= now else 0)
        return dt.datetime.fromtimestamp(seconds, dt.UTC)

    def _minute(self) -> dt.datetime:
        """Now, so coarse that a snapshot is the same bytes for a while."""
        return dt.datetime.fromtimestamp(int(self._clock()) // 60 * 60, dt.UTC)
