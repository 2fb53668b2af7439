"""The account: who one is here, how full the vault is, and what opens it."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from vault_core.store import roles
from vault_core.vault.keys import keyslots
from vault_core.vault.overview import overview
from vault_core.web.devices import revoke_slot
from vault_core.web.listing import PREFIX
from vault_core.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Share:
    """One kind's part of the meter."""

    kind: str
    start: float
    width: float


async def page(visit: Visit) -> web.StreamResponse:
    """The overview."""
    vault = visit.vault
    person = await visit.site.persons.find(vault.username)
    slots = await keyslots.listing(vault)
    now = vault.actor().at
    quota, by_kind = await vault.quota(), [*(await overview(vault)).sizes]
    past = quota.used - sum(size for _, size in by_kind)
    by_kind += [("past", past)] if past > 0 else []
    return visit.page(
        "account.html", section="account", person=person, quota=quota,
        by_kind=by_kind, shares=_shares(by_kind, quota.limit), this=vault.slot_id,
        sessions=[
            slot for slot in reversed(slots)
            if slot.kind == "session" and (slot.expires_at or 0) > now
        ],
        has_recovery=any(slot.kind == "recovery" for slot in slots),
        entrusted=[slot.kind for slot in slots if slot.kind in ("escrow", "custody")],
        key_kind=vault.opened.identity.kind,
        is_staff=bool(await roles.of_person(vault.opened.services.catalog, vault.id)),
    )  # fmt: skip


def _shares(by_kind: list[tuple[str, int]], limit: int) -> list[Share]:
    """The kinds side by side along a meter of 100; none so thin that nobody sees it."""
    start, found = 0.0, []
    for kind, size in by_kind:
        width = max(0.6, min(100.0 * size / max(limit, 1), 100.0 - start))
        found.append(Share(kind, round(start, 2), round(width, 2)))
        start += width
    return found


async def end_session(visit: Visit) -> web.StreamResponse:
    """Sign another device out."""
    fields = await visit.form()
    await revoke_slot(visit.vault, fields.get("slot", ""), "session")
    ended_itself = fields.get("slot", "") == visit.vault.slot_id.hex()
    return visit.go(f"{PREFIX}/" if ended_itself else "/account?done=revoked")
