"""Coming in: a new session for whoever proved who they are; the first visit by a printed code."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from vault_core.crypto.slots import SlotKind
from vault_core.errors import ParcheminError
from vault_core.signin.entrance import Entrance
from vault_core.signin.passwords import change, end_sessions
from vault_core.signin.sessions import Way, begin
from vault_core.store.ids import SlotId
from vault_core.vault.keys import keyslots
from vault_core.vault.keys.entrusting import Trustees, align
from vault_core.vault.vault import Vault
from vault_core.vault.vaults import Proof


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that began, with what its browser or program is given."""

    token: str
    """For the session's cookie."""
    browser: str
    """For the cookie by which a browser is known: floods of guesses spare it."""
    newly_entrusted: bool
    """Whether others can open the vault now who could not, or the other way round: tell them."""


async def enter(
    entrance: Entrance, trustees: Trustees, vault: Vault, label: str, way: Way,
    before: Vault | None = None, instead: SlotId | None = None,
) -> Entered:  # fmt: skip
    """Begin a session of an opened vault; the one `before` is over. It is durable.

    `instead` is a slot that the session takes over from.
    """
    same = before is not None and before.id == vault.id
    if before is not None and same and instead is None:
        instead = before.slot_id
    elif before is not None:
        with contextlib.suppress(ParcheminError):  # it may be gone already
            await keyslots.revoke(before, before.slot_id)
    token = await begin(vault, label, way, instead=instead)
    entrusted = await align(vault, trustees)
    return Entered(token, entrance.browsers.remember(vault.username), entrusted)


async def by_printed_code(
    entrance: Entrance, kind: SlotKind, account: str, code: str, password: str, address: str
) -> Vault:
    """Open by an activation or recovery code, and set the main password, which was looked at.

    An activation code is used up by it: of those who come with it at once, one gets in. Every
    session is over, browsers of single sign-on ask once again, and no application's codes are
    asked for until they are set up again. Raises AccessDenied, TooManyAttempts.
    """
    vaults = entrance.vaults
    vault = await vaults.open_by_code(kind, account, code, address)
    await vault.refresh()
    if kind == "activation":
        row = await keyslots.set_password(vault, password, instead=vault.slot_id)
        identity = vault.opened.identity
        proof = Proof(vault.id, row.id, "password", vault.username, identity, row)
        vault = await vaults.enter(proof)  # for the code opens nothing any more
        await end_sessions(vault, keep=None)
    else:
        await change(vault, password, keep=None)
    await keyslots.revoke_kind(vault, "device")
    await entrance.factors.forget_codes(vault)  # the telephone may be what was lost
    return vault
