"""Revoking one certificate, for who knows its id; correcting one is delivering its row again."""

from __future__ import annotations

from aiohttp import web

from vault_core.errors import BadRequest, Forbidden, NodeNotFound
from vault_core.issuing.certificates.lifecycle import REASONS
from vault_core.web.admin.office import Duty


async def page(duty: Duty) -> web.StreamResponse:
    """The form, and how the certificate of an id stands."""
    return await _show(duty, duty.visit.query("certificate").strip(), "")


async def _show(duty: Duty, wanted: str, problem: str) -> web.StreamResponse:
    standing = None
    if wanted and not problem:
        try:
            standing = await duty.office.certificates.standing(wanted)
        except BadRequest:
            problem = duty.visit.t("admin.certificates.no-id")
        else:
            problem = "" if standing else duty.visit.t("admin.certificates.none")
    return duty.page(
        "certificates.html", "certificates", status=422 if problem else 200, problem=problem,
        wanted=wanted, standing=standing,
        reasons=[(name, text[duty.visit.language]) for name, text in REASONS.items()],
    )  # fmt: skip


async def revoke(duty: Duty) -> web.StreamResponse:
    """End it; its owner's journal and every later check say so."""
    fields = await duty.visit.form()
    wanted, reason = fields.get("certificate", ""), fields.get("reason", "")
    try:
        ended = await duty.office.certificates.revoke(wanted, reason)
    except (BadRequest, NodeNotFound, Forbidden) as error:
        return await _show(duty, wanted, duty.visit.why(error))
    await duty.note("certificate-revoke", certificate=ended.id, reason=reason)
    return duty.visit.go(f"/admin/certificates?certificate={ended.id}&done=ended")
