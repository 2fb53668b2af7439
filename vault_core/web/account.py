"""The account: who one is here, how full the vault is, and what opens it."""

from __future__ import annotations

from aiohttp import web

from vault_core.vault import keyslots
from vault_core.web.devices import revoke_slot
from vault_core.web.listing import PREFIX
from vault_core.web.searching import WALKED
from vault_core.web.sending import kind_of
from vault_core.web.visit import Visit

KINDS = ("certificate", "pdf", "image", "text", "audio", "video", "other")


async def page(visit: Visit) -> web.StreamResponse:
    """The overview."""
    vault = visit.vault
    person = await visit.site.persons.find(vault.username)
    slots = await keyslots.listing(vault)
    now = vault.actor().at
    return visit.page(
        "account.html", section="account", person=person, quota=await vault.quota(),
        by_kind=await _by_kind(visit), this=vault.slot_id,
        sessions=[
            slot for slot in reversed(slots)
            if slot.kind == "session" and (slot.expires_at or 0) > now
        ],
        has_recovery=any(slot.kind == "recovery" for slot in slots),
        entrusted=[slot.kind for slot in slots if slot.kind in ("escrow", "custody")],
        key_kind=vault.opened.identity.kind,
    )  # fmt: skip


async def _by_kind(visit: Visit) -> list[tuple[str, int]]:
    """Bytes of the present documents by kind, the most first; kinds without any are left out."""
    sizes = dict.fromkeys(KINDS, 0)
    for _, node in await visit.vault.walk((), WALKED):
        if not node.is_folder:
            kind = "certificate" if node.origin else kind_of(node.media_type) or "other"
            sizes[kind] += node.size
    return sorted(((k, s) for k, s in sizes.items() if s), key=lambda pair: -pair[1])


async def end_session(visit: Visit) -> web.StreamResponse:
    """Sign another device out."""
    fields = await visit.form()
    await revoke_slot(visit.vault, fields.get("slot", ""), "session")
    ended_itself = fields.get("slot", "") == visit.vault.slot_id.hex()
    return visit.go(f"{PREFIX}/" if ended_itself else "/account?done=revoked")
