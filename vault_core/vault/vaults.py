"""Opening vaults by credential, and forgetting them when nobody used them for a while.

Nothing here is needed to be right: any process opens any vault from the request alone. What is
kept in memory, looked up by a keyed hash of the credential, only saves doing it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from vault_core.crypto import codes
from vault_core.crypto.keys import Identity
from vault_core.crypto.slots import SlotKind, password_secret, slot_lookup
from vault_core.errors import (
    AccessDenied,
    BadRequest,
    CorruptCiphertext,
    ParcheminError,
    Suspended,
)
from vault_core.scopes import Scope
from vault_core.store import persons, slots
from vault_core.store.ids import SlotId, VaultId
from vault_core.store.slots import SlotRow
from vault_core.vault.documents.opened import OpenedVault, Services
from vault_core.vault.journal.access import AccessLog
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.guard import Guard
from vault_core.vault.keys.throttle import Throttle, Try, plain_key
from vault_core.vault.links import sharing
from vault_core.vault.persons.person import username as normal_username
from vault_core.vault.vault import Vault

log = logging.getLogger(__name__)
MOST_NODES = 1_000_000
"""Nodes held in memory by all open vaults before the least recently used ones are closed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Somebody gave a secret that opens a slot. Nothing is open yet, nothing is remembered."""

    vault: VaultId
    slot: SlotId
    kind: SlotKind
    account: str
    identity: Identity
    row: SlotRow


@dataclass(slots=True)
class _Held:
    vault: Vault
    used_at: float
    expires_at: float | None

    def is_void(self, now: float) -> bool:
        """Whether the credential has expired, or was seen to be revoked."""
        if self.expires_at is not None and self.expires_at <= now:
            return True
        return self.vault.slot_id not in self.vault.opened.slots


class Vaults:
    """Every vault open in this process."""

    def __init__(
        self,
        services: Services,
        journal: AccessLog,
        throttle: Throttle,
        idle_seconds: float = 300,
        guard: Guard | None = None,
    ) -> None:
        self.services = services
        self.journal = journal
        self.throttle = throttle
        self.guard = guard or Guard(services.catalog, throttle, plain_key)
        self.idle_seconds = idle_seconds
        self._key = services.random(32)
        self._held: dict[bytes, _Held] = {}
        self._opened: dict[VaultId, OpenedVault] = {}
        self._keeper: asyncio.Task[None] | None = None

    @property
    def opened_count(self) -> int:
        """How many vaults' keys are in memory."""
        return len(self._opened)

    def open_app_password(self, username: str, token: str, address: str = "") -> Awaitable[Vault]:
        """Raises AccessDenied for anything but an app password of that person, TooManyAttempts."""
        return self.open_by_code("app-password", username, token, address)

    async def open_by_code(
        self, kind: SlotKind, username: str, code: str, address: str = ""
    ) -> Vault:
        """Open by a code of that kind (app-password, activation, recovery). Raises AccessDenied."""
        key = self._lookup(f"{kind}\0{username}\0{code}")
        held = self._held.get(key)
        now = self.services.clock()
        if held is not None and (held.expires_at is None or held.expires_at > now):
            held.used_at = now
            return held.vault
        account = _account(username)
        attempt = await self.throttle.begin(account, address)
        try:
            vault, row = await self._unlock(kind, account, codes.parse_code(code))
        except AccessDenied:
            await self._failed(attempt, account)
            raise
        await self.throttle.succeeded(attempt)
        self._hold(key, vault, row)
        return vault

    async def open_session(self, token: str) -> Vault:
        """Open by the token in a session's cookie, which says no name. Raises AccessDenied.

        Nothing is throttled: a token has 256 random bits, and failing costs one look-up.
        """
        return await self._open_bearer("session", token, codes.parse_session_token)

    async def open_token(self, token: str) -> Vault:
        """Open by a program's bearer token; `scopes` of the vault say what it is for.

        Raises AccessDenied. Whoever takes tokens must ask for a scope: nothing below does.
        """
        return await self._open_bearer("token", token, codes.parse_bearer_token)

    async def _open_bearer(
        self, kind: SlotKind, token: str, parse: Callable[[str], bytes]
    ) -> Vault:
        key = self._lookup(f"{kind}\0\0{token}")
        held = self._held.get(key)
        now = self.services.clock()
        if held is not None and (held.expires_at is None or held.expires_at > now):
            held.used_at = now
            return held.vault
        vault, row = await self._unlock(kind, None, parse(token))
        self._hold(key, vault, row)
        return vault

    def _lookup(self, credential: str) -> bytes:
        """What a credential is looked up by: its keyed BLAKE2b hash (RFC 7693), 32 bytes."""
        return hashlib.blake2b(credential.encode(), key=self._key, digest_size=32).digest()

    def _hold(self, key: bytes, vault: Vault, row: SlotRow) -> None:
        expires = None if row.expires_at is None else row.expires_at / 1000
        self._held[key] = _Held(vault, self.services.clock(), expires)

    async def _unlock(
        self, kind: SlotKind, account: str | None, secret: bytes
    ) -> tuple[Vault, SlotRow]:
        """The vault whose slot of that kind the secret opens; None: whoever's it is."""
        proof, row = await self._proved(kind, account, secret)
        return await self.enter(proof), row

    async def _proved(
        self, kind: SlotKind, account: str | None, secret: bytes
    ) -> tuple[Proof, SlotRow]:
        found = await slots.by_lookup(self.services.catalog, slot_lookup(secret))
        if found is None or found[0].kind != kind or account not in (None, found[1]):
            raise AccessDenied
        row, owner = found
        if row.expires_at is not None and row.expires_at <= self.services.clock() * 1000:
            raise AccessDenied
        identity = await keyslots.unwrap(row, kind, secret)
        return Proof(row.vault, row.id, kind, owner, identity, row), row

    async def prove_secret(self, kind: SlotKind, secret: bytes) -> Proof:
        """That a random secret opens somebody's slot of that kind. Raises AccessDenied."""
        proof, _ = await self._proved(kind, None, secret)
        return proof

    async def prove_code(
        self, kind: SlotKind, username: str, code: str, address: str = ""
    ) -> Proof:
        """As `open_by_code`, without opening. Raises AccessDenied, TooManyAttempts."""
        account = _account(username)
        attempt = await self.throttle.begin(account, address)
        try:
            proof, _ = await self._proved(kind, account, codes.parse_code(code))
        except AccessDenied:
            await self._failed(attempt, account)
            raise
        await self.throttle.succeeded(attempt)
        return proof

    async def _failed(self, attempt: Try, account: str) -> None:
        """Count it, and let the owner read of it; commands of the institution's own tell nobody."""
        await self.throttle.failed(attempt)
        if attempt.counts:
            await self._told_refused(account)

    async def _told_refused(self, account: str) -> None:
        owner = await persons.by_username(self.services.catalog, account)
        if owner is not None:
            self.journal.note(owner.id, None, "refused", None)

    async def open_password(
        self, username: str, password: str, address: str = "", device: str = ""
    ) -> Vault:
        """Open by the main password; takes 0.2 s. Raises AccessDenied, TooManyAttempts."""
        return await self.enter(await self.prove_password(username, password, address, device))

    async def prove_password(
        self, username: str, password: str, address: str = "", device: str = ""
    ) -> Proof:
        """That it is somebody's main password; takes 0.2 s. Raises AccessDenied, TooManyAttempts.

        `device` names a browser that they came in by before (see `Guard`).
        """
        account, secret = _account(username), password_secret(password)
        attempt = await self.guard.password(account, address, device)
        rows = await slots.by_username(self.services.catalog, account, "password")
        for row in rows:
            try:
                identity = await keyslots.unwrap(row, "password", secret)
            except AccessDenied:
                continue
            await self.guard.succeeded(attempt)
            return Proof(row.vault, row.id, "password", account, identity, row)
        if not rows:
            await keyslots.pretend(secret, self.services.random)
        await self._told_refused(account)
        raise AccessDenied

    async def enter(self, proof: Proof) -> Vault:
        """Open what was proved. Raises AccessDenied if the vault is closed, Suspended."""
        created = await self.services.catalog.point(
            "SELECT created_at FROM vaults WHERE id = ?", (proof.vault,)
        )
        if created is None:
            raise AccessDenied
        fresh = OpenedVault(self.services, proof.vault, proof.identity, created[0])
        opened = self._opened.setdefault(proof.vault, fresh)
        scopes = _scopes(opened, proof.row) if proof.kind == "token" else None
        vault = Vault(opened, proof.slot, proof.kind, proof.account, self.journal, scopes)
        opened.forget_generation()
        try:
            await vault.refresh()
        except Suspended:
            self.journal.note(proof.vault, proof.slot, "refused", None)
            raise
        self.journal.note(proof.vault, proof.slot, "open", None)
        return vault

    def start(self) -> None:
        """Forget and journal every few seconds from now on, until `close`."""
        self._keeper = asyncio.create_task(self._keep())

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(2)
            self.forget_idle()  # first, so that nothing keeps a key in memory
            await self.journal.flush()
            await self.restate_shares()

    async def restate_shares(self) -> None:
        """Let links show what changed in the vaults that are open here."""
        for opened in list(self._opened.values()):
            if opened.restated == opened.version:
                continue
            version = opened.version
            try:
                await sharing.restate(opened)
                opened.restated = version
            except ParcheminError as error:
                log.warning("shares of vault %s wait: %s", opened.id.hex(), error)

    def forget_idle(self) -> None:
        """Drop the keys of credentials not used for `idle_seconds`, or that are no more good, and
        of too large trees.
        """
        now = self.services.clock()
        held = sorted(self._held.items(), key=lambda item: item[1].used_at, reverse=True)
        nodes, kept = 0, {}
        seen: set[VaultId] = set()
        for key, entry in held:
            opened = entry.vault.opened
            if now - entry.used_at > self.idle_seconds or entry.is_void(now):
                continue
            nodes += 0 if opened.id in seen else opened.tree.size
            if nodes > MOST_NODES and seen and opened.id not in seen:
                continue
            seen.add(opened.id)
            kept[key] = entry
        self._held = kept
        self._opened = {vault: opened for vault, opened in self._opened.items() if vault in seen}

    async def close(self) -> None:
        """Forget everything, after writing the journal."""
        if self._keeper is not None:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
        await self.journal.flush()
        await self.restate_shares()
        self._held.clear()
        self._opened.clear()


def _scopes(opened: OpenedVault, row: SlotRow) -> frozenset[Scope]:
    try:
        return frozenset(keyslots.read_label(opened.keyring, row)[1])
    except CorruptCiphertext:
        raise AccessDenied from None


def _account(username: str) -> str:
    try:
        return normal_username(username)
    except BadRequest:
        raise AccessDenied from None
