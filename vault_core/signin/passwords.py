"""The main password: changing it."""

from __future__ import annotations

from vault_core.store.ids import SlotId
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault


async def change(vault: Vault, password: str, *, keep: SlotId | None) -> None:
    """The password is this one from now on; every session but `keep` ends."""
    await keyslots.set_password(vault, password)
    await end_sessions(vault, keep=keep)


async def end_sessions(vault: Vault, *, keep: SlotId | None) -> None:
    """Every session but `keep` ends."""
    await vault.refresh()
    for slot in await keyslots.listing(vault):
        if slot.kind == "session" and slot.id != keep:
            await keyslots.revoke(vault, slot.id)
