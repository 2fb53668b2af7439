"""Single sign-on with the vault's owner keeping the keys.

A directory says who; a key slot says open. The first visit from a browser asks once for a secret
of the owner's; from then on that browser has a slot of its own, whose secret is in its cookie, and
which counts only together with the directory's word. Who is linked is found by the directory's
stable claim, or by the INE where the institution trusts that claim; never by an e-mail address.
"""

from __future__ import annotations

from typing import Final

from vault_core.crypto import codes
from vault_core.crypto.sealed import ServerKeyring
from vault_core.errors import AccessDenied
from vault_core.signin.identified import Identified
from vault_core.signin.sessions import Way
from vault_core.store import links, sessions, slots
from vault_core.store.ids import VaultId
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.entrusting import opened_by
from vault_core.vault.persons.register import Persons
from vault_core.vault.recovery.contacts import note_opening
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Proof, Vaults

DEVICE_DAYS: Final = 365
"""How long a browser is known."""


class Directories:
    """Finds whom a directory speaks of, and what of theirs it may open here."""

    def __init__(self, vaults: Vaults, persons: Persons, institution: ServerKeyring) -> None:
        self._vaults = vaults
        self._catalog = vaults.services.catalog
        self._persons = persons
        self._institution = institution

    def _index(self, provider: str, text: str) -> bytes:
        return self._institution.mac(b"link/" + provider.encode(), text.encode())[:16]

    async def person_of(self, who: Identified) -> VaultId | None:
        """Who that is here, if it is known; a new account of somebody is known by their INE."""
        found = await links.person_of(
            self._catalog, who.provider, self._index(who.provider, who.subject)
        )
        if found is None and who.ine:
            person = await self._persons.by_ine(who.ine)
            found = person.id if person is not None else None
        return found

    async def username_of(self, person: VaultId) -> str:
        """The username of somebody who is known. Raises AccessDenied."""
        row = await self._catalog.point("SELECT username FROM persons WHERE id = ?", (person,))
        if row is None:
            raise AccessDenied
        return str(row[0])

    async def link(self, vault: Vault, who: Identified) -> None:
        """From now on that identity stands for this vault's owner. Raises AccessDenied."""
        subject = self._index(who.provider, who.subject)
        present = await links.person_of(self._catalog, who.provider, subject)
        if present is None:
            await self._catalog.commit(links.link, vault.actor(), who.provider, subject)
            vault.opened.forget_generation()
        elif present != vault.id:
            raise AccessDenied

    async def by_device(self, person: VaultId, cookie: str) -> Proof | None:
        """What this browser's own slot opens, if it is that person's."""
        try:
            proof = await self._vaults.prove_secret("device", codes.parse_session_token(cookie))
        except AccessDenied:
            return None
        return proof if proof.vault == person else None

    async def by_custody(self, person: VaultId) -> Proof | None:
        """What the server's own key opens, where the institution chose that; journalled first."""
        custody = self._persons.trustees.custody
        if custody is None:
            return None
        for row in await slots.by_vault(self._catalog, person):
            if row.kind == "custody":
                try:
                    identity = await opened_by(self._catalog, row, custody)
                except AccessDenied:
                    continue
                at = int(self._vaults.services.clock() * 1000)
                await note_opening(self._catalog, row, at)
                name = await self.username_of(person)
                return Proof(person, row.id, "custody", name, identity, row)
        return None

    async def know_device(self, vault: Vault, label: str) -> str:
        """A slot for this browser: the secret of its cookie."""
        token = codes.new_session_token(vault.opened.services.random)
        expires = vault.actor().at + DEVICE_DAYS * 86_400_000
        await keyslots.add(vault, "device", codes.parse_session_token(token), label, expires)
        return token

    def way(self, who: Identified, *, proved: bool) -> Way:
        """How a session by that directory came to be, so that the directory can end it."""
        sid = self._index(who.provider, who.sid) if who.sid else None
        subject = self._index(who.provider, who.subject)
        return Way(who.provider, proved, who.provider, subject, sid)

    async def end(self, provider: str, subject: str, sid: str) -> int:
        """End a subject's sessions, or those of one directory session; how many there were."""
        found = await sessions.by_directory(
            self._catalog, provider, self._index(provider, subject) if subject else None,
            self._index(provider, sid) if sid else None,
        )  # fmt: skip
        at = int(self._vaults.services.clock() * 1000)
        for vault, slot in found:
            await self._catalog.commit(sessions.end, vault, slot, at)
        return len(found)
