"""`parchemin export`: a vault as plain age files, for ever readable without Parchemin."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import credentials, output
from vault_core.cli.options import AsJson, Data, PasswordStdin
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution


def export(
    username: str,
    data: Data,
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="A new or empty directory.")],
    password_stdin: PasswordStdin = False,
    as_json: AsJson = False,
) -> None:
    """Write a vault as plain age files.

    With an index, and the identity that opens them on any computer, without Parchemin.
    """
    secret = credentials.ask("Password or activation code", password_stdin)

    async def work(institution: Institution) -> dict[str, Any]:
        from vault_core.vault.export import export as write_export

        vault = await credentials.unlock(institution.vaults, username, secret)
        done = await write_export(vault, to)
        return {
            "documents": done.documents, "bytes": done.size, "damaged": done.damaged,
            "directory": str(to),
        }  # fmt: skip

    facts = inside(data, work)
    if as_json:
        output.show_json(facts)
        return
    told = f"{facts['documents']} documents, {output.size(facts['bytes'])}, are in {to}."
    output.say(told)
    if facts["damaged"]:
        output.complain(f"{facts['damaged']} documents are damaged; index.json says which.")
    output.say("identity.txt opens all of them, with age 1.3 or newer: age -d -i identity.txt FILE")
    if facts["damaged"]:
        raise typer.Exit(1)
