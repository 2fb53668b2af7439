"""“Prove it”: a link that shows some facts of a certificate, under its issuer's signature."""

from __future__ import annotations

import asyncio
import datetime as dt
import json
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from vault_core.api import Language
from vault_core.errors import BadRequest, CertificateRefused, NodeNotFound
from vault_core.fields import date_en, date_fr
from vault_core.issuing import selective
from vault_core.issuing.pdf_file import open_pdf
from vault_core.issuing.selective import RESULT, Disclosure, choose, disclosures_of
from vault_core.vault.links.owning import add
from vault_core.vault.node import Node
from vault_core.web.documents import provenance
from vault_core.web.links.owner import DAYS, made, terms_of
from vault_core.web.visit import Visit

LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a certificate that is read here."""
CHOSEN: Final = frozenset({"given_names", "family_name", "awarded_on"})
"""What is shown unless its owner chooses otherwise: enough to know whose it is."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One fact that can be shown."""

    name: str
    title: str
    value: str
    chosen: bool


async def page(visit: Visit) -> web.StreamResponse:
    """Which facts to show, for how long, to whom."""
    path = visit.path("/prove")
    node = await _certificate(visit)
    text = await _selective(visit, node)
    assert node.origin is not None
    return visit.page(
        "prove.html", section="certificates", path=path, node=node, days=DAYS,
        origin=provenance(visit, node.origin),
        choices=[choice(visit, each) for each in disclosures_of(text)] if text else [],
    )  # fmt: skip


async def make(visit: Visit) -> web.StreamResponse:
    """A new proof: nothing but what was chosen is in it."""
    fields = await visit.form()
    node = await _certificate(visit)
    text = await _selective(visit, node)
    names = set(fields.getall("show", []))
    if not text or not names & {each.name for each in disclosures_of(text)}:
        raise BadRequest
    payload = json.dumps({"sd": choose(text, names)}).encode()
    return made(visit, await add(visit.vault, "proof", node.id, payload, terms_of(visit, fields)))


async def _certificate(visit: Visit) -> Node:
    node = await visit.vault.find(visit.path("/prove"))
    if node.origin is None or not node.origin.certificate:
        raise NodeNotFound
    return node


async def _selective(visit: Visit, node: Node) -> str:
    """The certificate's selective credential; "" for one that was issued before there were any."""
    if node.size > LARGEST:
        return ""
    data = b"".join([bytes(piece) async for piece in visit.vault.read(node)])
    try:
        attached = await asyncio.to_thread(lambda: open_pdf(data).attachments())
        text = attached.get(selective.ATTACHMENT, b"").decode("ascii")
        disclosures_of(text) if text else None
    except (CertificateRefused, UnicodeDecodeError):
        return ""
    return text


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
