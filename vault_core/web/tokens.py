"""Letting a program call the API: tokens that do what their scopes say, until they expire."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web
from multidict import MultiDict

from vault_core.errors import BadRequest
from vault_core.scopes import SCOPES, TITLES, Scope, known
from vault_core.store import roles
from vault_core.vault.keys import keyslots
from vault_core.web.devices import LABEL_LENGTH, revoke_slot
from vault_core.web.visit import Visit

HERE: Final = "/account/devices/tokens"
DAYS: Final = (7, 30, 90, 366)
"""How long a token may be made for, on this page."""
_USUAL: Final = 90
_DAY: Final = 86_400_000
_ROLE: Final[Mapping[str, str]] = {"deliveries": "operator", "people": "administrator"}
"""Scopes that help only whom the institution gave a role; others are not offered them."""


async def _offered(visit: Visit) -> list[Scope]:
    granted = await roles.of_person(visit.site.vaults.services.catalog, visit.vault.id)
    needed = {scope: _ROLE.get(scope.partition(":")[0]) for scope in SCOPES}
    return [scope for scope, role in needed.items() if role is None or role in granted]


async def _show(
    visit: Visit, *, problem: str = "", token: str = "", label: str = "",
    asked: frozenset[Scope] = frozenset(), days: int = _USUAL,
) -> web.StreamResponse:  # fmt: skip
    found = [slot for slot in await keyslots.listing(visit.vault) if slot.kind == "token"]
    return visit.page(
        "tokens.html", status=400 if problem else 200, section="devices", problem=problem,
        token_shown=token, label=label, asked=asked, days=days, choices=DAYS,
        scopes=[(scope, TITLES[scope][visit.language]) for scope in await _offered(visit)],
        tokens=found[::-1], now=visit.vault.actor().at, url=visit.server_url,
    )  # fmt: skip


async def page(visit: Visit) -> web.StreamResponse:
    """Which programs have a token, and a form for one more."""
    return await _show(visit)


async def add(visit: Visit) -> web.StreamResponse:
    """A new token, in this one answer and never again. Raises BadRequest."""
    fields = await visit.form()
    label = " ".join(fields.get("label", "").split())[:LABEL_LENGTH]
    asked, days = known(fields.getall("scope", [])), _days(fields)
    if not label or not asked:
        problem = visit.t("tokens.choose" if label else "tokens.name-it")
        return await _show(visit, problem=problem, label=label, asked=asked, days=days)
    expires_at = visit.vault.actor().at + days * _DAY
    _, token = await keyslots.add_token(visit.vault, label, asked, expires_at)
    return await _show(visit, token=token, label=label)


def _days(fields: MultiDict[str]) -> int:
    wanted = fields.get("days", "")
    if wanted not in {str(days) for days in DAYS}:
        raise BadRequest
    return int(wanted)


async def revoke(visit: Visit) -> web.StreamResponse:
    """A token opens nothing any more."""
    fields = await visit.form()
    await revoke_slot(visit.vault, fields.get("slot", ""), "token")
    return visit.go(f"{HERE}?done=revoked")
