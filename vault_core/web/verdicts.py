"""An answer to a check as its page shows it, in one language."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from vault_core.api import Language
from vault_core.fields import date_en, date_fr
from vault_core.issuing.certificates.lifecycle import REASONS
from vault_core.issuing.checking.answer import Answer, Verdict
from vault_core.issuing.credentials.claims import Claims
from vault_core.web import formats
from vault_core.web.visit import Visit

Tone = Literal["good", "warn", "bad"]
_TONES: Final[Mapping[str, Tone]] = {
    "valid": "good",
    "expired": "warn",
    "replaced": "warn",
    "suspended": "warn",
    "unproven": "warn",
    "code": "warn",
    "early": "warn",
}


def tone_of(heading: str) -> Tone:
    """How a heading, or a verdict, is coloured."""
    return _TONES.get(heading, "bad")


@dataclass(frozen=True, slots=True)
class Shown:
    """Every text of the verdict; without `who` there is nothing that may be believed."""

    verdict: Verdict
    heading: str
    """What the word at its head is known by."""
    tone: Tone
    sentence: str
    checked: str
    who: str = ""
    born: str = ""
    title: str = ""
    issuer: str = ""
    awarded: str = ""
    issued: str = ""
    until: str = ""
    ended: str = ""
    reason: str = ""
    dated: str = ""
    id: str = ""
    facts: tuple[tuple[str, str], ...] = ()


def shown(visit: Visit, answer: Answer, now: float) -> Shown:
    """The answer in the reader's language, given at `now` (epoch s)."""
    language = visit.language
    tone, sentence = tone_of(answer.heading), answer.sentence(language)
    checked = formats.moment(int(now * 1000), language)
    claims = answer.claims
    if claims is None:
        return Shown(answer.verdict, answer.heading, tone, sentence, checked)
    subject, reason = claims.subject, REASONS.get(answer.reason)
    return Shown(
        verdict=answer.verdict,
        heading=answer.heading,
        tone=tone,
        sentence=sentence,
        checked=checked,
        who=" ".join((*subject.given_names, subject.family_name)),
        born=_born(visit, claims),
        title=claims.title[language],
        issuer=answer.issuer[language] if answer.issuer else "",
        awarded=_day(claims.awarded_on, language) if claims.awarded_on else "",
        issued=_day(claims.valid_from.date(), language),
        until=_day(claims.valid_until.date(), language) if claims.valid_until else "",
        ended=_day(answer.ended_at.date(), language) if answer.ended_at else "",
        reason=reason[language] if reason else "",
        dated=_dated(visit, answer),
        id=claims.binding.certificate.removeprefix("urn:uuid:"),
        facts=tuple((fact.title[language], fact.value[language]) for fact in claims.facts),
    )


def _dated(visit: Visit, answer: Answer) -> str:
    """When and by whom the seal was timestamped, and if nobody here knows them, that."""
    if answer.dated is None:
        return ""
    at = formats.moment(int(answer.dated.at.timestamp() * 1000), visit.language)
    key = "verify.stamped.known" if answer.dated.is_known else "verify.stamped.unknown"
    return visit.t(key, date=at, name=answer.dated.authority)


def _born(visit: Visit, claims: Claims) -> str:
    subject = claims.subject
    return visit.t(
        "verify.born.in" if subject.birth_place else "verify.born",
        gender=visit.t(f"verify.gender.{subject.gender or 'X'}"),
        date=_day(subject.birth_date, visit.language),
        place=subject.birth_place,
    )


def _day(date: dt.date, language: Language) -> str:
    return date_fr(date) if language == "fr" else date_en(date)
