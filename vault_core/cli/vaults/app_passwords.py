"""`parchemin app-password`: one secret for each WebDAV client or script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import credentials, output
from vault_core.cli.options import AsJson, Data, PasswordStdin
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution

group = typer.Typer(
    help="Make, list and revoke app passwords for WebDAV.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
SECRET = "Password or activation code"  # noqa: S105


@group.command()
def add(
    username: str,
    data: Data,
    label: Annotated[str, typer.Option(help="The device or program it is for.")],
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Make an app password.

    Prints it, alone, on standard output; it is shown only now.
    """
    secret = credentials.ask(SECRET, password_stdin)

    async def work(institution: Institution) -> dict[str, str]:
        from vault_core.vault.keys import keyslots

        vault = await credentials.unlock(institution.vaults, username, secret)
        slot, token = await keyslots.add_app_password(vault, label)
        return {"id": slot.id.hex(), "label": slot.label, "app_password": token}

    made = inside(data, work)
    if as_json:
        output.show_json(made)
    else:
        print(made["app_password"])


@group.command("list")
def list_app_passwords(
    username: str, data: Data, password_stdin: PasswordStdin = False, as_json: AsJson = False
) -> None:
    """List a person's app passwords."""
    secret = credentials.ask(SECRET, password_stdin)

    async def work(institution: Institution) -> list[dict[str, Any]]:
        from vault_core.vault.keys import keyslots

        vault = await credentials.unlock(institution.vaults, username, secret)
        return [
            {"id": slot.id.hex(), "label": slot.label, "created": output.day(slot.created_at)}
            for slot in await keyslots.listing(vault)
            if slot.kind == "app-password"
        ]

    empty = "There is no app password yet: parchemin app-password add makes one."
    output.show_table(("id", "label", "created"), inside(data, work), as_json, empty)


@group.command()
def revoke(
    username: str,
    identifier: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    data: Data,
    password_stdin: PasswordStdin = False,
) -> None:
    """Revoke an app password at once."""
    secret = credentials.ask(SECRET, password_stdin)

    async def work(institution: Institution) -> None:
        from vault_core.errors import NodeNotFound
        from vault_core.vault.keys import keyslots

        vault = await credentials.unlock(institution.vaults, username, secret)
        for slot in await keyslots.listing(vault):
            if slot.kind == "app-password" and slot.id.hex() == identifier:
                await keyslots.revoke(vault, slot.id)
                return
        raise NodeNotFound(f"There is no app password {identifier}.")

    inside(data, work)
    output.say("Revoked.")
