"""What people ask, answered in their language, for everybody; every page leads here."""

from __future__ import annotations

from typing import Final, NamedTuple

from aiohttp import web

from vault_core.settings import Settings
from vault_core.web import formats
from vault_core.web.visit import Visit

Door = tuple[str, str]
"""A sentence's key and an address: where to go on."""


class Answer(NamedTuple):
    """One question on the page."""

    name: str
    text: str
    doors: tuple[Door, ...]


DOORS: Final[dict[str, tuple[Door, ...]]] = {
    "first": (("landing.first", "/activate"),),
    "forgotten": (("sign-in.forgotten", "/recover"), ("trusted.title", "/account/trusted")),
    "certificates": (("certificates.title", "/certificates"),),
    "prove": (("certificates.title", "/certificates"), ("verify.landing", "/verify")),
    "wrong": (),
    "upload": (("nav.files", "/files/"),),
    "deleted": (("trash.title", "/trash"),),
    "share": (("links.title", "/links"),),
    "drive": (("devices.title", "/account/devices"),),
    "lost": (("account.title", "/account"), ("devices.title", "/account/devices")),
    "readers": (("entrusted.title", "/account/entrusted"), ("journal.title", "/account/journal")),
    "leaving": (("leaving.title", "/account/export"), ("closing.title", "/account/closing")),
    "person": (),
}
"""The questions in the order of a life here, and where each answer leads."""


async def page(visit: Visit) -> web.StreamResponse:
    """All questions with their answers; anybody may read it."""
    settings = visit.settings
    answers = [Answer(name, _text(visit, settings, name), DOORS[name]) for name in DOORS]
    return visit.page("help.html", answers=answers, contact=settings.institution.contact)


def _text(visit: Visit, settings: Settings, name: str) -> str:
    """The answer, as this institution is set up."""
    if name == "deleted":
        days = settings.vault.trash_days
        return visit.n("help.deleted.text", days) if days else visit.t("help.deleted.never")
    if name == "leaving":
        return visit.n("help.leaving.text", settings.vault.closing_days)
    if name == "upload":
        room = formats.size(settings.vault.quota, visit.language)
        return visit.t("help.upload.text", room=room)
    return visit.t(f"help.{name}.text", institution=settings.institution.name)
