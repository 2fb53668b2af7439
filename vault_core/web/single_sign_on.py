"""After a directory said who it is: this browser's own slot, or the owner's secret once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from vault_core.errors import AccessDenied, TooManyAttempts
from vault_core.signin.directories import DEVICE_DAYS
from vault_core.signin.identified import Identified
from vault_core.signin.own_secret import PRINTED, proved
from vault_core.store.ids import VaultId
from vault_core.vault.persons import departing
from vault_core.web import cookies, sessions
from vault_core.web.addresses import local
from vault_core.web.entry import enter, refused
from vault_core.web.visit import Visit

TEMPLATE: Final = "unlock.html"
UNLOCK_SECONDS: Final = 900
"""How long somebody may look for their secret."""


def leave(visit: Visit, where: str, ticket: str, seconds: int) -> web.StreamResponse:
    """To the directory, with a ticket that the browser brings back within so many seconds."""
    answer = visit.go(where)
    cookies.hand_over(answer, "directory", ticket, visit.secure, seconds)
    return answer


async def came_back(
    visit: Visit, answered: Callable[[str], Awaitable[tuple[Identified, str]]]
) -> web.StreamResponse:
    """Back from the directory; `answered` says by the ticket who it is, and where they go.

    It raises AccessDenied for an answer that cannot be trusted.
    """
    try:
        who, wanted = await answered(cookies.value(visit.request, "directory", visit.secure))
    except AccessDenied:
        answer = not_confirmed(visit)
    else:
        answer = await arrived(visit, who, wanted)
    cookies.take_back(answer, "directory", visit.secure)
    return answer


async def arrived(visit: Visit, who: Identified, wanted: str) -> web.StreamResponse:
    """Open by this browser's own slot or the server's custody, or ask once for the owner's."""
    directories = visit.site.entrance.directories
    person = await directories.person_of(who)
    if person is not None:
        if await departing.has_left(visit.site.vaults.services.catalog, person):
            return not_confirmed(visit)
        proof = await directories.by_device(
            person, cookies.value(visit.request, "device", visit.secure)
        )
        if proof is None:
            proof = await directories.by_custody(person)
        if proof is not None:
            vault = await visit.site.vaults.enter(proof)
            await directories.link(vault, who)
            return await enter(visit, vault, wanted, directories.way(who, proved=False))
    facts = {
        "provider": who.provider, "subject": who.subject, "sid": who.sid, "ine": who.ine,
        "person": person.hex() if person is not None else "", "next": wanted,
    }  # fmt: skip
    ticket = visit.site.entrance.tickets.issue("unlock", facts, UNLOCK_SECONDS)
    return _show(visit, ticket, person is not None)


def _show(visit: Visit, ticket: str, known: bool) -> web.Response:
    return visit.page(TEMPLATE, problem="", ticket=ticket, known=known, name="")


async def unlock(visit: Visit) -> web.StreamResponse:
    """A secret of the owner's, once: this browser has a slot of its own from then on."""
    fields = await visit.form(entering=True)
    ticket, name = fields.get("ticket", ""), fields.get("username", "").strip()
    entrance = visit.site.entrance
    facts = entrance.tickets.read("unlock", ticket)
    who = Identified(facts["provider"], facts["subject"], facts["sid"], facts["ine"])
    person = VaultId(bytes.fromhex(facts["person"]))
    context: dict[str, Any] = {"ticket": ticket, "known": bool(person), "name": name}
    try:
        account = name or await entrance.directories.username_of(person)
        secret, code = fields.get("secret", ""), fields.get("code", "")
        proof = await proved(entrance, account, secret, code, PRINTED, visit.client(account))
        if person and proof.vault != person:
            raise AccessDenied
        await entrance.tickets.use("unlock", ticket)
        vault = await visit.site.vaults.enter(proof)
        await entrance.directories.link(vault, who)
    except (AccessDenied, TooManyAttempts) as error:
        return refused(visit, error, TEMPLATE, "sso.wrong-secret", **context)
    label = sessions.device_name(visit.request.headers.get("User-Agent", ""))
    device = await entrance.directories.know_device(vault, label)
    way = entrance.directories.way(who, proved=True)
    answer = await enter(visit, vault, local(str(facts["next"]), "/files/"), way)
    cookies.hand_over(answer, "device", device, visit.secure, DEVICE_DAYS * 86_400)
    return answer


def not_confirmed(visit: Visit) -> web.StreamResponse:
    """The page for an answer that cannot be trusted."""
    return visit.page("error.html", status=403, code=403, sentence=visit.t("sso.refused"))
