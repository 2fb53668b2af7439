"""`parchemin provisioner`: directories that push accounts by SCIM."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside
from vault_core.errors import NodeNotFound

if TYPE_CHECKING:
    from vault_core.app.institution import Institution

group = typer.Typer(
    help="Let directories push accounts (SCIM).", no_args_is_help=True, rich_markup_mode=None
)


@group.command()
def add(
    label: Annotated[str, typer.Argument(help="What it is called in this list.")],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Make a directory's token.

    It is shown once; the directory sends it to https://<this server>/scim/v2.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        identifier, token = await institution.provisioning.add_provisioner(label[:100])
        return {"id": identifier.hex(), "token": token}

    output.show_facts(inside(data, work), as_json)


@group.command("list")
def list_all(data: Data, as_json: AsJson = False) -> None:
    """List directories that have a token."""

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [
            {"id": identifier.hex(), "label": label, "since": output.day(at)}
            for identifier, label, at in await institution.provisioning.provisioners()
        ]

    empty = "No directory has a token: parchemin provisioner add LABEL."
    output.show_table(("id", "label", "since"), inside(data, work), as_json, empty)


@group.command()
def revoke(identifier: Annotated[str, typer.Argument(metavar="ID")], data: Data) -> None:
    """Take a directory's token away, at once."""

    async def work(institution: Institution) -> bool:
        try:
            return await institution.provisioning.remove_provisioner(bytes.fromhex(identifier))
        except ValueError:
            return False

    if not inside(data, work):
        raise NodeNotFound(f"There is no directory '{identifier}'.")
    output.say("Revoked.")
