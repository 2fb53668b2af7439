"""Where persons are told: an address that they gave, sealed under the institution's key."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import dataclass
from typing import Final

from vault_core.api import Clock, Language, Random
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import BadRequest, CryptoError, NodeNotFound
from vault_core.store import notices
from vault_core.store.catalog import Catalog
from vault_core.store.ids import VaultId, milliseconds
from vault_core.store.notices import ContactRow

_ADDRESS: Final = re.compile(
    r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250})\.[A-Za-z]{2,63}"
)
_MARK: Final = 16


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody's address, and whether mail goes there."""

    address: str
    language: Language
    is_confirmed: bool
    is_stopped: bool


@dataclass(frozen=True, slots=True)
class Contacts:
    """Keeps addresses. The server reads one only to write to it, or to show it to its owner."""

    _catalog: Catalog
    _institution: ServerKeyring
    _clock: Clock
    _random: Random

    async def of(self, person: VaultId) -> Contact | None:
        """What somebody gave; None if nothing, or if it was damaged."""
        row = await notices.contact(self._catalog, person)
        if row is None:
            return None
        try:
            return self.opened(row)
        except CryptoError:
            return None

    def opened(self, row: ContactRow) -> Contact:
        """Raises CorruptCiphertext if the row was altered."""
        said = json.loads(self._institution.open(b"contact" + row.person, row.sealed))
        language: Language = "en" if row.language == "en" else "fr"
        confirmed, stopped = row.confirmed_at is not None, row.stopped_at is not None
        return Contact(said["address"], language, confirmed, stopped)

    async def set(
        self, person: VaultId, address: str, language: Language, *, confirmed: bool = False
    ) -> Contact:
        """Take an address; nothing but the question goes there before it is confirmed.

        Raises BadRequest for what is no address.
        """
        wanted = address.strip()
        if len(wanted) > 254 or not _ADDRESS.fullmatch(wanted) or not wanted.isascii():
            raise BadRequest("That is no mail address, such as ada@example.org.")
        now = milliseconds(self._clock())
        text = json.dumps({"address": wanted}).encode()
        sealed = self._institution.seal(b"contact" + person, text, self._random)
        row = ContactRow(person, sealed, language, now if confirmed else None, None, 0)
        await self._catalog.commit(notices.set_contact, row)
        return self.opened(row)

    async def forget(self, person: VaultId) -> None:
        """The address and what is on its way there."""
        await self._catalog.commit(notices.forget_contact, person)

    async def stop(self, person: VaultId, stopped: bool) -> None:
        """No more mail, or mail again. Raises NodeNotFound if there is no address."""
        at = milliseconds(self._clock()) if stopped else None
        if not await self._catalog.commit(notices.stop, person, at):
            raise NodeNotFound("There is no address.")

    def stop_token(self, person: VaultId) -> str:
        """What the link that ends mail carries: it does that, and nothing else."""
        return person.hex() + self._mark(b"stop-mail", person)

    def stops(self, token: str) -> VaultId:
        """Whose mail that token ends. Raises NodeNotFound."""
        person, mark = _split(token)
        if not hmac.compare_digest(mark, self._mark(b"stop-mail", person)):
            raise NodeNotFound("This link is not complete: copy all of it.")
        return person

    async def confirm_token(self, person: VaultId) -> str:
        """What the question's link carries: it confirms the address. Raises NodeNotFound."""
        row = await notices.contact(self._catalog, person)
        if row is None:
            raise NodeNotFound
        return person.hex() + self._mark(b"confirm-mail", person + row.sealed)

    async def confirms(self, token: str) -> ContactRow:
        """The address that a token confirms, if it still is theirs. Raises NodeNotFound."""
        person, mark = _split(token)
        row = await notices.contact(self._catalog, person)
        wanted = self._mark(b"confirm-mail", person + (row.sealed if row else b""))
        if row is None or not hmac.compare_digest(mark, wanted):
            raise NodeNotFound("This link is not complete, or the address was changed since.")
        return row

    async def confirm(self, token: str) -> None:
        """From now on mail goes there. Raises NodeNotFound."""
        row = await self.confirms(token)
        at = milliseconds(self._clock())
        if not await self._catalog.commit(notices.confirm, row.person, row.sealed, at):
            raise NodeNotFound

    def _mark(self, context: bytes, data: bytes) -> str:
        return self._institution.mac(context, data)[:_MARK].hex()


def _split(token: str) -> tuple[VaultId, str]:
    try:
        person = VaultId(bytes.fromhex(token[:32]))
    except ValueError:
        raise NodeNotFound from None
    if len(person) != 16 or not token.isascii():
        raise NodeNotFound
    return person, token[32:]
