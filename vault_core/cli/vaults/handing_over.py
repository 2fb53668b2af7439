"""`parchemin hand-over`: a vault, whole, to another Parchemin server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import credentials, output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution


def hand_over(
    username: str,
    data: Data,
    to: Annotated[str, typer.Option("--to", help="The other server: https://coffre.example.fr")],
    password_stdin: Annotated[
        bool,
        typer.Option("--password-stdin", help="Read the password, then the token, a line each."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Carry a vault to another server.

    Asks for the owner's password here, and for a token of their vault there, made with the scopes
    documents:read and documents:write. Begun again, it goes on. Everything stays here as well.
    """
    secret = credentials.ask("Password or activation code", password_stdin)
    token = credentials.ask("Token of the vault there", password_stdin)

    async def work(institution: Institution) -> dict[str, Any]:
        from vault_core.issuing.handing_over import HandOver

        vault = await credentials.unlock(institution.vaults, username, secret)
        name, key = institution.settings.institution.name, institution.register.institution_key
        done = await HandOver(vault, name, key).carry(to, token)
        return {
            "documents": done.documents, "bytes": done.size, "there_already": done.there,
            "folder": done.folder,
        }  # fmt: skip

    output.show_facts(inside(data, work), as_json)


def check_hand_over(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], as_json: AsJson = False
) -> None:
    """Check the statement of a hand-over."""
    from vault_core.issuing.handing_over import read_statement

    said = read_statement(file.read_bytes())
    output.show_facts(
        {
            "institution": said["institution"], "username": said["username"], "at": said["at"],
            "documents": len(said["documents"]), "key": said["key"],
        },
        as_json,
    )  # fmt: skip
