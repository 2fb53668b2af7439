"""What was disclosed of a certificate: for people, and for programs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from vault_core.api import Language
from vault_core.fields import date_en, date_fr
from vault_core.issuing.checking.disclosed import Disclosed
from vault_core.web import formats
from vault_core.web.links.proving import claim_text
from vault_core.web.verdicts import Tone, tone_of
from vault_core.web.visit import Visit


@dataclass(frozen=True, slots=True)
class Proof:
    """Every text of the page."""

    verdict: str
    tone: Tone
    sentence: str
    title: str
    issuer: str
    issued: str
    until: str
    person: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    hidden: bool
    id: str
    checked: str


def shown(visit: Visit, found: Disclosed, now: float) -> Proof:
    """The answer in the reader's language, given at `now` (epoch s)."""
    language = visit.language
    until = found.valid_until
    return Proof(
        found.verdict, tone_of(found.verdict), found.sentence(language), found.title[language],
        found.issuer[language], _day(found.issued_at, language),
        _day(until, language) if until else "",
        tuple(
            (visit.t(f"claim.{name}"), claim_text(visit, name, value))
            for name, value in found.claims.items()
        ),
        tuple((each.title[language], each.value[language]) for each in found.results),
        found.hidden > 0, found.certificate.removeprefix("urn:uuid:"),
        formats.moment(int(now * 1000), language),
    )  # fmt: skip


def _day(moment: dt.datetime, language: Language) -> str:
    return date_fr(moment.date()) if language == "fr" else date_en(moment.date())
