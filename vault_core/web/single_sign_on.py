"""Single sign-on in the browser: to the directory, back, and the owner's secret once a device."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from vault_core.errors import AccessDenied, NodeNotFound, TooManyAttempts
from vault_core.signin import oidc
from vault_core.signin.directories import DEVICE_DAYS
from vault_core.signin.oidc import Identified
from vault_core.store.ids import VaultId
from vault_core.vault.vaults import Proof
from vault_core.web import cookies, sessions
from vault_core.web.addresses import local
from vault_core.web.entry import enter, refused
from vault_core.web.second_factor import check
from vault_core.web.visit import Visit

TEMPLATE: Final = "unlock.html"
UNLOCK_SECONDS: Final = 900
"""How long somebody may look for their secret."""
_CODES: Final = {28: "activation", 36: "recovery"}


def _redirect(visit: Visit) -> str:
    return f"{visit.server_url}/sign-in/oidc/callback"


async def begin(visit: Visit) -> web.StreamResponse:
    """To the directory."""
    provider = visit.site.entrance.oidc
    if not provider.enabled:
        raise NodeNotFound
    where, ticket = await provider.ask(_redirect(visit), local(visit.query("next"), "/files/"))
    answer = visit.go(where)
    cookies.hand_over(answer, "directory", ticket, visit.secure, oidc.SECONDS)
    return answer


async def callback(visit: Visit) -> web.StreamResponse:
    """Back from the directory, which says who it is."""
    provider = visit.site.entrance.oidc
    if not provider.enabled:
        raise NodeNotFound
    ticket = cookies.value(visit.request, "directory", visit.secure)
    try:
        who, wanted = await provider.answered(ticket, visit.request.query, _redirect(visit))
    except AccessDenied:
        sentence = visit.t("sso.refused")
        answer: web.StreamResponse = visit.page(
            "error.html", status=403, code=403, sentence=sentence
        )
    else:
        answer = await arrived(visit, who, wanted)
    cookies.take_back(answer, "directory", visit.secure)
    return answer


async def arrived(visit: Visit, who: Identified, wanted: str) -> web.StreamResponse:
    """Open by this browser's own slot, or ask once for a secret of the vault's owner."""
    directories = visit.site.entrance.directories
    person = await directories.person_of(who)
    if person is not None:
        proof = await directories.by_device(
            person, cookies.value(visit.request, "device", visit.secure)
        )
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
        proof = await _proved(visit, account, fields.get("secret", ""), fields.get("code", ""))
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


async def _proved(visit: Visit, account: str, secret: str, code: str) -> Proof:
    """A password (with a code where there is a second factor), or a printed code."""
    vaults = visit.site.vaults
    kind = _CODES.get(len("".join(secret.replace("-", "").split())))
    if kind is not None:
        try:
            return await vaults.prove_code(kind, account, secret, visit.address)  # type: ignore[arg-type]
        except AccessDenied:
            pass  # a password may be as long
    proof = await vaults.prove_password(account, secret, visit.address, visit.browser(account))
    if await visit.site.entrance.factors.needed(proof.vault):
        await check(visit, proof, code)
    return proof


async def logout(visit: Visit) -> web.StreamResponse:
    """The directory says that a session is over (Back-Channel Logout 1.0 section 2.5)."""
    provider = visit.site.entrance.oidc
    if not provider.enabled:
        raise NodeNotFound
    token = (await visit.request.post()).get("logout_token", "")
    subject, sid = await provider.ended(str(token))
    await visit.site.entrance.directories.end(oidc.NAME, subject, sid)
    return web.Response(headers={"Cache-Control": "no-store"})
