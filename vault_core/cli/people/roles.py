"""`parchemin role`: who may deliver, administer and audit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution

group = typer.Typer(
    help="Grant roles: operator, administrator, auditor.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Role = Annotated[str, typer.Argument(help="operator, administrator or auditor.")]


@group.command()
def grant(username: str, role: Role, data: Data, as_json: AsJson = False) -> None:
    """Give a person a role.

    Operators deliver and decide reviews, at /admin/ and by /api/v1; administrators look after
    accounts, auditors read the record of acts, at /admin/. No role reads a vault.
    """

    async def work(institution: Institution) -> bool:
        return await institution.roles.grant(await institution.persons.find(username), role)

    is_new = inside(data, work)
    facts = {"username": username, "role": role, "granted": is_new}
    output.tell("Granted." if is_new else "They have that role already.", facts, as_json)


@group.command()
def revoke(username: str, role: Role, data: Data, as_json: AsJson = False) -> None:
    """Take a role from a person, at once."""

    async def work(institution: Institution) -> bool:
        return await institution.roles.revoke(await institution.persons.find(username), role)

    had = inside(data, work)
    facts = {"username": username, "role": role, "revoked": had}
    output.tell("Revoked." if had else "They do not have that role.", facts, as_json)


@group.command("list")
def list_roles(data: Data, as_json: AsJson = False) -> None:
    """List who has which role."""

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [
            {"username": g.username, "role": g.role, "since": output.day(g.granted_at)}
            for g in await institution.roles.everyone()
        ]

    empty = "Nobody has a role yet: parchemin role grant USERNAME ROLE."
    output.show_table(("username", "role", "since"), inside(data, work), as_json, empty)
