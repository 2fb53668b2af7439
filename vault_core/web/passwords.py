"""The main password: what it must be, and changing it."""

from __future__ import annotations

import asyncio

from aiohttp import web

from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.signin.password_rules import LONGEST, SHORTEST, weakness
from vault_core.signin.passwords import change
from vault_core.web.entry import refused
from vault_core.web.visit import Visit


async def problem_with(visit: Visit, password: str, again: str, username: str) -> str:
    """What is wrong with a password that was chosen, "" if nothing is."""
    about = (username, visit.settings.institution.name)
    found = await asyncio.to_thread(weakness, password, about)
    if found:
        return visit.t(f"password.{found}", count=SHORTEST if found == "short" else LONGEST)
    return "" if password == again else visit.t("password.differs")


async def page(visit: Visit) -> web.StreamResponse:
    """The form."""
    return visit.page("password.html", section="account", problem="")


async def save(visit: Visit) -> web.StreamResponse:
    """Change the password of somebody who knows the present one."""
    fields = await visit.form()
    name, chosen = visit.vault.username, fields.get("password", "")
    problem = await problem_with(visit, chosen, fields.get("again", ""), name)
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
    name = visit.vault.username
    await vaults.prove_password(name, password, visit.address, visit.browser(name))
