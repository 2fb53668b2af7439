"""Accounts: found, made, suspended, limited, closed. Counts only; nobody here reads a vault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from vault_core.errors import BadRequest, Conflict, PersonExists
from vault_core.vault.persons.person import Facts, Person
from vault_core.web.admin.office import Duty

PAGE: Final = 50
GIGABYTE: Final = 10**9


async def page(duty: Duty) -> web.StreamResponse:
    """Everybody by username, or those whose username or INE was asked for."""
    wanted, after = duty.visit.query("q").strip()[:64], duty.visit.query("after")[:64]
    people = duty.visit.site.persons
    found = await people.matching(wanted.casefold(), after, PAGE + 1)
    if not found and wanted and (person := await people.by_ine(wanted.upper())) is not None:
        standing = await duty.office.administration.standing(person.id)
        ends_at = standing.closing.ends_at if standing.closing else None
        found = [(person, standing.suspended_at, ends_at)]
    following = found[PAGE - 1][0].username if len(found) > PAGE else ""
    return duty.page(
        "persons.html", "persons", persons=found[:PAGE], wanted=wanted, following=following
    )  # fmt: skip


async def new(duty: Duty) -> web.StreamResponse:
    """The form."""
    return _form(duty, {}, "")


def _form(duty: Duty, fields: Any, problem: str) -> web.StreamResponse:
    return duty.page(
        "person_new.html", "persons", status=422 if problem else 200, fields=fields,
        problem=problem,
    )  # fmt: skip


async def add(duty: Duty) -> web.StreamResponse:
    """A person with a locked vault; the activation code is shown in this one answer."""
    fields = await duty.visit.form()
    try:
        facts = Facts(
            fields.get("given_name", "").strip()[:100],
            fields.get("family_name", "").strip()[:100],
            _date(fields.get("birth_date", "")),
            fields.get("ine", "").strip().upper()[:20],
        )
        made = await duty.visit.site.persons.add(fields.get("username", ""), facts)
    except (BadRequest, PersonExists) as error:
        return _form(duty, fields, duty.visit.t(f"admin.person.{type(error).__name__}"))
    await duty.note("person-add", made.person.id)
    return duty.page("person_made.html", "persons", person=made.person, code=made.activation_code)


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadRequest from None


async def one(duty: Duty) -> web.StreamResponse:
    """How an account stands, and what can be done."""
    return await _show(duty, await _person(duty), "")


async def _show(duty: Duty, person: Person, problem: str) -> web.StreamResponse:
    standing = await duty.office.administration.standing(person.id)
    return duty.page(
        "person.html", "persons", status=422 if problem else 200, person=person,
        standing=standing, problem=problem, myself=person.id == duty.visit.vault.id,
        days=duty.visit.settings.vault.closing_days, gigabytes=person.quota.limit / GIGABYTE,
    )  # fmt: skip


async def _person(duty: Duty) -> Person:
    return await duty.visit.site.persons.find(duty.visit.request.match_info["username"])


async def _act(
    duty: Duty, done: str, act: Callable[[Person, Any], Awaitable[object]]
) -> web.StreamResponse:
    fields = await duty.visit.form()
    person = await _person(duty)
    try:
        await act(person, fields)
    except (BadRequest, Conflict) as error:
        return await _show(duty, person, duty.visit.why(error))
    return duty.visit.go(f"/admin/persons/{person.username}?done={done}")


async def suspend(duty: Duty) -> web.StreamResponse:
    """Let this person in nowhere, for now."""

    async def act(person: Person, fields: Any) -> None:
        del fields
        if person.id == duty.visit.vault.id:
            raise BadRequest(duty.visit.t("admin.person.yourself"))
        await duty.office.administration.suspend(person.id, duty.actor)

    return await _act(duty, "suspended", act)


async def resume(duty: Duty) -> web.StreamResponse:
    """Let this person in again."""

    async def act(person: Person, fields: Any) -> None:
        del fields
        await duty.office.administration.resume(person.id, duty.actor)

    return await _act(duty, "resumed", act)


async def quota(duty: Duty) -> web.StreamResponse:
    """Allow so many gigabytes."""

    async def act(person: Person, fields: Any) -> None:
        try:
            wanted = float(fields.get("gigabytes", "").replace(",", "."))
            size = round(wanted * GIGABYTE)
        except (ValueError, OverflowError):
            raise BadRequest(duty.visit.t("admin.person.no-number")) from None
        await duty.office.administration.set_quota(person.id, size, duty.actor)

    return await _act(duty, "quota", act)


async def close(duty: Duty) -> web.StreamResponse:
    """Begin the waiting time, for who typed the person's username."""

    async def act(person: Person, fields: Any) -> None:
        if fields.get("confirm", "").strip().casefold() != person.username:
            raise BadRequest(duty.visit.t("admin.person.unconfirmed"))
        days = duty.visit.settings.vault.closing_days
        await duty.office.administration.close(person.id, days, duty.actor)

    return await _act(duty, "closing", act)


async def keep(duty: Duty) -> web.StreamResponse:
    """Leave open what was to be closed."""

    async def act(person: Person, fields: Any) -> None:
        del fields
        await duty.office.administration.keep(person.id, duty.actor)

    return await _act(duty, "not-closing", act)
