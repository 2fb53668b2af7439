"""The recovery code: shown, then confirmed; only then does it open the vault.

Nothing remembers it in between: it travels in the form that shows it.
"""

from __future__ import annotations

from typing import Final

from aiohttp import web

from vault_core.crypto import codes
from vault_core.errors import AccessDenied, BadRequest
from vault_core.vault.keys import keyslots
from vault_core.vault.vault import Vault
from vault_core.web.visit import Visit

LENGTH: Final = 44
"""Characters of a recovery code with its dashes."""


async def page(visit: Visit) -> web.StreamResponse:
    """A new code, and the form that confirms it."""
    code = codes.new_recovery_code(visit.vault.opened.services.random)
    return await _show(visit, code, "")


async def _show(visit: Visit, code: str, problem: str) -> web.StreamResponse:
    return visit.page(
        "recovery.html", section="account", status=422 if problem else 200, code=code,
        problem=problem, replaces=await exists(visit.vault), day_made=visit.vault.actor().at,
    )  # fmt: skip


async def save(visit: Visit) -> web.StreamResponse:
    """Let the code open the vault, once its last group was copied from the paper."""
    fields = await visit.form()
    code = fields.get("code", "")
    if len(code) != LENGTH:
        raise BadRequest
    secret = codes.parse_code(code)
    if not _is_end(code, fields.get("last", "")):
        return await _show(visit, code, visit.t("recovery-code.mistyped"))
    await keyslots.replace_kind(visit.vault, "recovery", secret)
    return visit.go("/files/?done=recovery")


def _is_end(code: str, typed: str) -> bool:
    try:
        return codes.parse_code(code[:-4] + typed.strip()) == codes.parse_code(code)
    except AccessDenied:
        return False


async def exists(vault: Vault) -> bool:
    """Whether the vault has a recovery code."""
    return any(slot.kind == "recovery" for slot in await keyslots.listing(vault))
