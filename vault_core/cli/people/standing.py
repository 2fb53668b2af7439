"""`parchemin person suspend|resume|quota|close|keep|show`: how somebody's account stands."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.vault.persons.person import Person

ACTOR = "command"
"""Whom the record of acts names for what the command line does."""
Username = Annotated[str, typer.Argument()]


def show(username: Username, data: Data, as_json: AsJson = False) -> None:
    """Show how an account stands.

    Times and counts; nothing of what is in the vault.
    """
    _told(data, username, _unchanged, as_json)


def suspend(username: Username, data: Data, as_json: AsJson = False) -> None:
    """Let a person in nowhere, for now.

    Pages, WebDAV, the API and links are refused; deliveries still arrive and nothing is lost.
    """
    _told(data, username, lambda i, p: i.administration.suspend(p.id, ACTOR), as_json)


def resume(username: Username, data: Data, as_json: AsJson = False) -> None:
    """Let a suspended person in again."""
    _told(data, username, lambda i, p: i.administration.resume(p.id, ACTOR), as_json)


def quota(
    username: Username,
    size: Annotated[str, typer.Argument(metavar="SIZE", help="Such as '10 GB'.")],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Set how much a vault may hold.

    A vault that is fuller keeps everything, and takes nothing more.
    """
    wanted = _size(size)
    _told(data, username, lambda i, p: i.administration.set_quota(p.id, wanted, ACTOR), as_json)


def close(
    username: Username,
    data: Data,
    days: Annotated[int, typer.Option(help="Waiting time; the settings' by default.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Close a vault for good, after a while.

    Until then its owner is told on every page and can take everything away. Undo: `person keep`.
    """

    async def work(institution: Institution, person: Person) -> None:
        wait = days or institution.settings.vault.closing_days
        await institution.administration.close(person.id, wait, ACTOR)

    _told(data, username, work, as_json)


def keep(username: Username, data: Data, as_json: AsJson = False) -> None:
    """Undo `person close`."""
    _told(data, username, lambda i, p: i.administration.keep(p.id, ACTOR), as_json)


async def _unchanged(institution: Institution, person: Person) -> None:
    del institution, person


def _told(
    data: Path,
    username: str,
    act: Callable[[Institution, Person], Awaitable[object]],
    as_json: bool,
) -> None:
    """Act, then say how the account stands."""

    async def work(institution: Institution) -> dict[str, Any]:
        await act(institution, await institution.persons.find(username))
        person = await institution.persons.find(username)
        standing = await institution.administration.standing(person.id)
        ending = standing.closing
        return {
            "username": person.username,
            "state": "suspended" if standing.suspended_at else "open",
            "suspended_at": _moment(standing.suspended_at),
            "closes_at": _moment(ending.ends_at if ending else None),
            "closing_asked_by": ("institution" if ending.asked_by else "owner") if ending else "",
            "used": person.quota.used,
            "quota": person.quota.limit,
            "documents": standing.documents,
            "waiting_deliveries": standing.waiting,
            "sessions": standing.sessions,
            "devices": standing.devices,
            "roles": list(standing.roles) if as_json else ", ".join(standing.roles),
        }

    output.show_facts(inside(data, work), as_json)


def _moment(milliseconds: int | None) -> str:
    if milliseconds is None:
        return ""
    return output.moment(milliseconds)


def _size(text: str) -> int:
    from pydantic import TypeAdapter, ValidationError

    from vault_core.settings.values import Size

    try:
        found: int = TypeAdapter(Size).validate_python(text)
    except ValidationError:
        raise typer.BadParameter(f"{text!r} is no size such as '10 GB' or '500 MiB'") from None
    return found
