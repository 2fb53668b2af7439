"""Signing in with the password of the institution's LDAP directory, on a page of our own."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import AccessDenied, NodeNotFound, TooManyAttempts
from vault_core.signin.ldap import LdapDirectory
from vault_core.web.addresses import local
from vault_core.web.entry import refused
from vault_core.web.single_sign_on import arrived
from vault_core.web.visit import Visit

TEMPLATE = "ldap.html"


def _directory(visit: Visit) -> LdapDirectory:
    directory = visit.site.entrance.ldap
    if not directory.enabled:
        raise NodeNotFound
    return directory


async def page(visit: Visit) -> web.StreamResponse:
    """The form."""
    _directory(visit)
    wanted = local(visit.query("next"), "/files/")
    return visit.page(TEMPLATE, next=wanted, name="", problem="")


async def use(visit: Visit) -> web.StreamResponse:
    """Ask the directory, counting the attempt as one at a password of ours is counted."""
    directory = _directory(visit)
    fields = await visit.form(entering=True)
    name, wanted = fields.get("username", "").strip(), local(fields.get("next", ""), "/files/")
    guard = visit.site.vaults.guard
    account = name.casefold()[:256]
    try:
        attempt = await guard.password(f"ldap\0{account}", visit.address, visit.browser(account))
        who = await directory.check(name, fields.get("password", ""))
        await guard.succeeded(attempt)
        return await arrived(visit, who, wanted)
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, TEMPLATE, "ldap.refused", next=wanted, name=name)
