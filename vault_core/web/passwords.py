"""The main password: what it must be, and changing it."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.store.ids import SlotId
from vault_core.vault import keyslots
from vault_core.vault.vault import Vault
from vault_core.web.entry import refused
from vault_core.web.visit import Visit

SHORTEST: Final = 12
"""Characters; length protects, rules about their kinds do not (NIST SP 800-63B section 5.1.1.2)."""
LONGEST: Final = 256


def problem_with(visit: Visit, password: str, again: str, username: str) -> str:
    """What is wrong with a password that was chosen, "" if nothing is."""
    if len(password) < SHORTEST:
        return visit.t("password.short", count=SHORTEST)
    if len(password) > LONGEST or len(set(password)) < 5:
        return visit.t("password.simple")
    if username and password.casefold() == username.casefold():
        return visit.t("password.simple")
    if password != again:
        return visit.t("password.differs")
    return ""


async def change(vault: Vault, password: str, *, keep: SlotId | None) -> None:
    """The password is this one from now on; every session but `keep` ends."""
    await keyslots.set_password(vault, password)
    await vault.refresh()
    for slot in await keyslots.listing(vault):
        if slot.kind == "session" and slot.id != keep:
            await keyslots.revoke(vault, slot.id)


async def page(visit: Visit) -> web.StreamResponse:
    """The form."""
    return visit.page("password.html", section="account", problem="")


async def save(visit: Visit) -> web.StreamResponse:
    """Change the password of somebody who knows the present one."""
    fields = await visit.form()
    name, chosen = visit.vault.username, fields.get("password", "")
    problem = problem_with(visit, chosen, fields.get("again", ""), name)
    if problem:
        return visit.page("password.html", status=422, section="account", problem=problem)
    try:
        await confirm(visit, fields.get("present", ""))
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, "password.html", "password.wrong", section="account")
    await change(visit.vault, chosen, keep=visit.vault.slot_id)
    return visit.go("/account?done=password")


async def confirm(visit: Visit, password: str) -> None:
    """Make sure that it is the owner who sits there. Raises AccessDenied, TooManyAttempts."""
    vaults = visit.site.vaults
    await vaults.open_password(visit.vault.username, password, visit.address)
