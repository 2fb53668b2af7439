"""Who else may open the vault, or help its owner back in; and whose vaults the reader may help."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from vault_core.errors import BadRequest, Conflict, NodeNotFound, PersonNotFound, TooManyAttempts
from vault_core.signin.sessions import Way
from vault_core.store.ids import SlotId
from vault_core.vault.keys import keyslots
from vault_core.vault.recovery import contacts, recovering
from vault_core.web.addresses import local
from vault_core.web.entry import enter
from vault_core.web.visit import Visit

HERE = "/account/trusted"


async def _show(
    visit: Visit, *, status: int = 200, problem: str = "", code: str = "", owner: str = ""
) -> web.StreamResponse:
    vault, now = visit.vault, visit.vault.actor().at
    asked: dict[str, Any] = {}
    wards = await contacts.wards(vault)
    for one in wards:
        way = one.row.kind
        asked[one.username] = await visit.site.entrance.recoveries.asked(
            one.row.vault, way, vault.id
        )
    return visit.page(
        "trusted.html", section="account", status=status, problem=problem, code=code,
        owner=owner, now=now, contacts=await contacts.contacts(vault), wards=wards, asked=asked,
        days=visit.settings.recovery.wait_days,
    )  # fmt: skip


async def page(visit: Visit) -> web.StreamResponse:
    """Contacts, guardians and wards."""
    return await _show(visit)


async def add(visit: Visit) -> web.StreamResponse:
    """Name a contact. Usernames that are tried are counted, so that nobody finds out many."""
    fields = await visit.form()
    vault = visit.vault
    try:
        await visit.site.vaults.guard.factor(f"contact\0{vault.username}")
        person = await visit.site.persons.find(fields.get("username", ""))
        await contacts.add_contact(vault, person)
    except (PersonNotFound, BadRequest):
        return await _show(visit, status=422, problem=visit.t("trusted.nobody"))
    except Conflict:
        return await _show(visit, status=409, problem=visit.t("trusted.already"))
    except TooManyAttempts:
        return await _show(visit, status=429, problem=visit.t("error.TooManyAttempts"))
    return visit.go(f"{HERE}?done=contact")


async def remove(visit: Visit) -> web.StreamResponse:
    """They are no contact any more."""
    await contacts.remove_contact(visit.vault, await _slot(visit))
    return visit.go(f"{HERE}?done=revoked")


async def ask(visit: Visit) -> web.StreamResponse:
    """Begin to help an owner back in: they are told, and can stop it."""
    one = await contacts.ward(visit.vault, await _slot(visit))
    await visit.site.entrance.recoveries.ask(one.row.vault, one.row.kind, visit.vault.id)
    return visit.go(f"{HERE}?done=recovery-asked")


async def make_code(visit: Visit) -> web.StreamResponse:
    """The code for the owner, in this one answer and never again. Raises Forbidden."""
    slot = await _slot(visit)
    one = await contacts.ward(visit.vault, slot)
    entrance, recovery = visit.site.entrance, None
    if one.row.kind == "contact":
        recovery = await entrance.recoveries.ready(one.row.vault, "contact", visit.vault.id)
    person = await visit.site.persons.find(one.username)
    new = await contacts.code_for_owner(entrance.rekeying, visit.vault, slot, recovery, person)
    return await _show(visit, code=new.code, owner=one.username)


async def open_ward(visit: Visit) -> web.StreamResponse:
    """A guardian goes over to their ward's vault, in a session of its own. Raises Forbidden."""
    proof = await contacts.proof_of_guardian(visit.site.vaults, visit.vault, await _slot(visit))
    vault = await visit.site.vaults.enter(proof)
    return await enter(visit, vault, "/files/", Way("guardian", proved=False))


async def stop(visit: Visit) -> web.StreamResponse:
    """The owner is in, and wants nobody else to be."""
    await visit.form()
    await recovering.stop(visit.vault)
    return visit.go("/account/security?done=recovery-stopped")


async def entrusted(visit: Visit) -> web.StreamResponse:
    """What the institution can open by its own choice, told when that changes."""
    kinds = {slot.kind for slot in await keyslots.listing(visit.vault)}
    wanted = local(visit.query("next"), "/files/")
    return visit.page(
        "entrusted.html", section="account", kinds=kinds, next=wanted,
        days=visit.settings.recovery.wait_days,
    )  # fmt: skip


async def _slot(visit: Visit) -> SlotId:
    fields = await visit.form()
    try:
        return SlotId(bytes.fromhex(fields.get("slot", "")))
    except ValueError:
        raise NodeNotFound from None
