"""“Prove it”: a link that shows some facts of a certificate, under its issuer's signature."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from aiohttp import web

from vault_core.api import Language
from vault_core.fields import date_en, date_fr
from vault_core.issuing.credentials.proving import CHOSEN, facts, prove, require_certificate
from vault_core.issuing.credentials.selective import RESULT, Disclosure
from vault_core.vault.nodes.names import Path
from vault_core.vault.nodes.node import Node
from vault_core.web.documents import provenance, standing
from vault_core.web.links.owner import DAYS, made, terms_of
from vault_core.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Choice:
    """One fact that can be shown."""

    name: str
    title: str
    value: str
    chosen: bool


async def page(visit: Visit) -> web.StreamResponse:
    """Which facts to show, for how long, to whom."""
    path, node = await _certificate(visit)
    assert node.origin is not None
    return visit.page(
        "prove.html", section="certificates", path=path, node=node, days=DAYS,
        origin=provenance(visit, node.origin), stands=await standing(visit, node.origin),
        choices=[choice(visit, each) for each in await facts(visit.vault, node)],
    )  # fmt: skip


async def make(visit: Visit) -> web.StreamResponse:
    """A new proof: nothing but what was chosen is in it."""
    fields = await visit.form()
    _, node = await _certificate(visit)
    names = set(fields.getall("show", []))
    return made(visit, await prove(visit.vault, node, names, terms_of(visit, fields)))


async def _certificate(visit: Visit) -> tuple[Path, Node]:
    path = visit.path("/prove")
    node = await visit.vault.find(path)
    require_certificate(node)
    return path, node


def choice(visit: Visit, disclosure: Disclosure) -> Choice:
    """A disclosure in the owner's language."""
    name, value, language = disclosure.name, disclosure.value, visit.language
    if name.startswith(RESULT) and isinstance(value, dict):
        title, shown = value["title"][language], value["value"][language]
    else:
        title, shown = visit.t(f"claim.{name}"), claim_text(visit, name, value)
    return Choice(name, title, shown, name in CHOSEN)


def claim_text(visit: Visit, name: str, value: object) -> str:
    """A claim of the person as people write it."""
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    text = str(value)
    if name in ("birth_date", "awarded_on"):
        return day_text(text, visit.language)
    if name == "gender" and text in ("F", "M", "X"):
        return visit.t(f"claim.gender.{text}")
    return text


def day_text(text: str, language: Language) -> str:
    """An ISO date as people write it; as it stands if it is none."""
    try:
        date = dt.date.fromisoformat(text)
    except ValueError:
        return text
    return date_fr(date) if language == "fr" else date_en(date)
