"""`parchemin person`: adding people, and their first sign-in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import credentials, output
from vault_core.cli.options import AsJson, Data, PasswordStdin
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.vault.persons.person import NewPerson

group = typer.Typer(
    help="Add people, and set their first password.", no_args_is_help=True, rich_markup_mode=None
)


@group.command()
def add(
    username: str,
    data: Data,
    given_name: Annotated[str, typer.Option()] = "",
    family_name: Annotated[str, typer.Option()] = "",
    birth_date: Annotated[str, typer.Option(metavar="YYYY-MM-DD")] = "",
    ine: Annotated[str, typer.Option(help="National student number.")] = "",
    guardian: Annotated[
        str, typer.Option(help="Who opens a minor's vault too, until they are of age.")
    ] = "",
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Add a person and their vault.

    Prints an activation code unless a password is given.
    """
    from vault_core.vault.persons.person import Facts

    born = _date(birth_date)
    password = credentials.ask("Password", True) if password_stdin else None
    facts = Facts(given_name, family_name, born, ine)

    async def work(institution: Institution) -> NewPerson:
        persons = institution.persons
        trusted = await persons.find(guardian) if guardian else None
        return await persons.add(username, facts, password, trusted)

    new = inside(data, work)
    told: dict[str, Any] = {"username": new.person.username}
    if new.activation_code is not None:
        told["activation_code"] = new.activation_code
    output.show_facts(told, as_json)


@group.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Add everybody in a CSV file.

    The columns are username, given_name, family_name, birth_date and ine; only username must be
    there. Prints an activation code for each person; ends with status 1 if a row was refused.
    """
    from vault_core.cli.people.people_file import read_people

    people = list(read_people(file))

    async def work(institution: Institution) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        from vault_core.cli.people.people_file import add_people

        return await add_people(institution.persons, people)

    added, refused = inside(data, work)
    if as_json:
        output.show_json({"added": added, "refused": refused})
    else:
        output.show_table(("username", "activation_code"), added, False, "Nobody was added.")
        for row in refused:
            output.complain(f"line {row['line']}: {row['reason']}")
    if refused:
        raise typer.Exit(1)


@group.command("list")
def list_people(data: Data, as_json: AsJson = False) -> None:
    """List everybody who has a vault."""

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [
            {
                "username": person.username,
                "given_name": person.facts.given_name,
                "family_name": person.facts.family_name,
                "used": person.quota.used if as_json else output.size(person.quota.used),
                "quota": person.quota.limit if as_json else output.size(person.quota.limit),
            }
            async for person in institution.persons.everyone()
        ]

    columns = ("username", "given_name", "family_name", "used", "quota")
    output.show_table(columns, inside(data, work), as_json, "Nobody has a vault yet.")


@group.command()
def activate(username: str, data: Data, password_stdin: PasswordStdin = False) -> None:
    """Choose the first password.

    The printed activation code is used up by it.

    With --password-stdin the first line is the code and the second one the password.
    """
    code = credentials.ask("Activation code", password_stdin)
    password = credentials.ask("New password", password_stdin, confirm=True)

    async def work(institution: Institution) -> None:
        from vault_core.vault.keys import keyslots

        vault = await institution.vaults.open_by_code("activation", username, code)
        await vault.refresh()
        await keyslots.set_password(vault, password, instead=vault.slot_id)

    inside(data, work)
    output.say("The password is set; the activation code opens nothing any more.")


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date such as 2007-03-14") from None
