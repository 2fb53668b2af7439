"""Sessions: how each came to be, and when its owner last proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from vault_core.crypto import codes
from vault_core.store import sessions
from vault_core.store.ids import SlotId
from vault_core.store.sessions import SessionRow
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Proof, Vaults

HOURS: Final = 12
"""How long a session lasts, used or not."""
PENDING_SECONDS: Final = 300
"""How long the second factor may take."""


@dataclass(frozen=True, slots=True)
class Way:
    """How somebody came in."""

    name: str
    """password, code, passkey, or the name of a directory."""
    proved: bool = True
    """Whether they gave a secret of their own, and not only a directory's word."""
    provider: str | None = None
    subject: bytes | None = None
    sid: bytes | None = None


async def begin(vault: Vault, label: str, way: Way, *, instead: SlotId | None = None) -> str:
    """A new session of an opened vault: the token for its cookie. It is durable.

    `instead` ends the session that it takes over from: a token never outlives what it proved.
    """
    opened, actor = vault.opened, vault.actor()
    token = codes.new_session_token(opened.services.random)
    expires = actor.at + HOURS * 3_600_000
    slot = await keyslots.wrap(
        opened.keyring, opened.identity, opened.id, "session", codes.parse_session_token(token),
        label, actor.at, opened.services.random, expires,
    )  # fmt: skip
    row = SessionRow(
        slot.id, opened.id, way.name, actor.at if way.proved else 0,
        way.provider, way.subject, way.sid, expires,
    )  # fmt: skip
    await opened.services.catalog.commit(sessions.begin, actor, slot, row, instead)
    opened.forget_generation()
    await opened.refresh()
    return token


async def proved_at(vault: Vault) -> int:
    """When this session's owner last gave a secret of their own (ms), 0 if never."""
    row = await sessions.by_slot(vault.opened.services.catalog, vault.slot_id)
    return row.proved_at if row is not None else 0


async def await_factor(vaults: Vaults, proof: Proof, label: str) -> str:
    """A token for whoever gave the first of two secrets: it opens nothing until the second.

    The vault is not opened: what was proved is wrapped again, for five minutes, in a slot of a kind
    that no session, no WebDAV client and no program can use.
    """
    services = vaults.services
    token = codes.new_session_token(services.random)
    await keyslots.add_proved(
        services, proof, "pending", codes.parse_session_token(token), label,
        int(services.clock() * 1000) + PENDING_SECONDS * 1000,
    )  # fmt: skip
    return token
