"""Who delivers what, and with which keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from vault_core.errors import BadRequest
from vault_core.issuing.programs.request_keys import KeyUnusable
from vault_core.store import certificates
from vault_core.web.admin.office import Duty

DAYS: Final = (30, 90, 366)
OVERLAP: Final = 7
"""Days that a replaced key stays good."""


async def page(duty: Duty) -> web.StreamResponse:
    """Every issuer of the loaded plugins, and its programs' tokens and keys."""
    return await _show(duty)


async def make_token(duty: Duty) -> web.StreamResponse:
    """A token for an issuer's program, in this one answer and never again."""
    fields = await duty.visit.form()
    try:
        _, secret = await duty.office.tokens.make(
            fields.get("issuer", ""), fields.get("label", ""),
            _days(fields), duty.actor,
            writes=fields.get("may", "") == "write",
        )  # fmt: skip
    except BadRequest:
        return await _show(duty, problem=duty.visit.t("admin.token.incomplete"))
    return await _show(duty, secret=secret)


async def revoke_token(duty: Duty) -> web.StreamResponse:
    """Good for nothing from now on."""
    fields = await duty.visit.form()
    await duty.office.tokens.revoke(fields.get("token", ""), duty.actor)
    return duty.visit.go("/admin/issuers?done=revoked")


async def register_key(duty: Duty) -> web.StreamResponse:
    """A public key for an issuer's program; the successor of another one where it names it."""
    fields = await duty.visit.form()
    pem, old = fields.get("pem", "").encode(), fields.get("replaces", "")
    try:
        if old:
            await duty.office.keys.rotate(old, pem, _days(fields), OVERLAP, duty.actor)
        else:
            await duty.office.keys.register(
                fields.get("issuer", ""), fields.get("label", ""), pem, _days(fields), duty.actor,
                writes=fields.get("may", "") == "write",
            )  # fmt: skip
    except KeyUnusable as error:
        return await _show(duty, problem=duty.visit.t(f"admin.keys.{error.fault}"))
    except BadRequest:
        return await _show(duty, problem=duty.visit.t("admin.token.incomplete"))
    return duty.visit.go("/admin/issuers?done=keyed")


async def revoke_key(duty: Duty) -> web.StreamResponse:
    """Good for nothing from now on, and for ever."""
    fields = await duty.visit.form()
    await duty.office.keys.revoke(fields.get("key", ""), duty.actor)
    return duty.visit.go("/admin/issuers?done=revoked")


def _days(fields: Mapping[str, str]) -> int:
    days = fields.get("days", "")
    return int(days) if days in {str(one) for one in DAYS} else 0


async def _show(duty: Duty, *, problem: str = "", secret: str = "") -> web.StreamResponse:
    plugins, language = duty.visit.site.plugins, duty.visit.language
    desks = {desk.issuer.id: desk for desk in await duty.office.register.desks()}
    issued = await certificates.counts(duty.office.catalog)
    found = [
        {
            "id": issuer.id,
            "name": issuer.name[language],
            "types": sorted(
                one.title[language]
                for one in plugins.document_types.values()
                if one.issuer == issuer.id
            ),
            "generation": desks[issuer.id].generation if issuer.id in desks else None,
            "notice": desks[issuer.id].notice[language] if issuer.id in desks else "",
            "issued": issued.get(issuer.id, (0, 0)),
        }
        for issuer in plugins.issuers.values()
    ]
    return duty.page(
        "issuers.html", "issuers", status=422 if problem else 200, issuers=found,
        tokens=await duty.office.tokens.everything(),
        keys=await duty.office.keys.everything(), days=DAYS, problem=problem, secret=secret,
    )  # fmt: skip
