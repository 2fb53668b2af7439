"""The review queue: rows about somebody doubtful or unknown, decided by a person, one by one."""

from __future__ import annotations

from typing import Any, Final

from aiohttp import web

from vault_core.errors import BadRequest, PersonNotFound
from vault_core.issuing.deliveries.matching import FIELDS
from vault_core.issuing.deliveries.reviewing import Review
from vault_core.web.admin.office import Duty

SHOWN: Final = 200
_DAY: Final = 86_400_000
_KEYS: Final = {
    "ine": "ine", "family_name": "family_name", "given_names": "given_names",
    "birth_date": "birth_date",
}  # fmt: skip


async def page(duty: Duty) -> web.StreamResponse:
    """What waits, oldest first."""
    found: list[Review] = []
    async for review in duty.office.reviews.waiting():
        found.append(review)
        if len(found) == SHOWN:
            break
    count = await duty.office.reviews.count()
    days = duty.visit.settings.issuing.review_days
    return duty.page(
        "reviews.html", "reviews", reviews=found, count=count, days=days,
        until={review.id: ends_at(duty, review.since) for review in found},
    )  # fmt: skip


def ends_at(duty: Duty, since: int) -> int:
    """When (ms) a row is forgotten that waits since then."""
    return since + duty.visit.settings.issuing.review_days * _DAY


async def one(duty: Duty) -> web.StreamResponse:
    """One row beside everybody who may be meant, field by field."""
    review = await duty.office.reviews.find(duty.visit.request.match_info["review"])
    return _show(duty, review, "")


def _show(duty: Duty, review: Review, problem: str) -> web.StreamResponse:
    rows = [
        (name, review.record.get(_KEYS[name], ""), [_field(one, name) for one in review.candidates])
        for name in FIELDS
    ]
    return duty.page(
        "review.html", "reviews", status=422 if problem else 200, review=review, rows=rows,
        problem=problem, letters=bool(duty.visit.settings.issuing.letters_recipient),
    )  # fmt: skip


def _field(candidate: Any, name: str) -> tuple[str, str]:
    """What the register has, and how it agrees with the row."""
    return str(candidate.get(_KEYS[name], "")), str(candidate["agreement"][name])


async def decide(duty: Duty) -> web.StreamResponse:
    """Deliver the row to one of the candidates, or to a person that was typed, or to nobody.

    Who decides has to say so twice for somebody whom no rule proposed: the username is typed.
    """
    fields = await duty.visit.form()
    review = await duty.office.reviews.find(duty.visit.request.match_info["review"])
    decision, actor = fields.get("decision", ""), duty.actor
    proposed = {str(one["username"]) for one in review.candidates}
    try:
        if decision == "refuse":
            await duty.office.reviews.refuse(review.id, actor)
            await duty.note("review-refuse", review=review.id)
        elif decision == "new":
            await duty.office.reviews.welcome(review.id, actor)
            await duty.note("review-new", review=review.id)
        else:
            name = fields.get("username", "") if decision == "other" else decision
            if decision != "other" and name not in proposed:
                raise BadRequest(duty.visit.t("admin.review.choose"))
            person = await duty.visit.site.persons.find(name)
            await duty.office.reviews.accept(review.id, person.username, actor)
            await duty.note("review-accept", person.id, review=review.id)
    except (BadRequest, PersonNotFound) as error:
        return _show(duty, review, duty.visit.why(error))
    return duty.visit.go("/admin/reviews?done=decided")
