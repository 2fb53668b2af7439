"""`parchemin person sync-ldap`: accounts as the institution's LDAP directory has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution


def sync_ldap(
    data: Data,
    username_attribute: Annotated[str, typer.Option(help="What people are called here.")] = "uid",
    let_go: Annotated[
        int, typer.Option(min=0, help="How many may have left; if there are more, none is let go.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Bring accounts up to the LDAP directory.

    Everybody whom [ldap] finds gets an account, under their present name. Who is no longer there is
    listed, and let go as far as --let-go allows. Ends with status 1 if an entry was refused.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        from vault_core.signin.syncing import sync

        done = await sync(
            institution.entrance.ldap, institution.provisioning, username_attribute, let_go
        )
        return {
            "added": done.added, "changed": done.changed, "same": done.same,
            "gone": done.gone, "let_go": done.let_go, "refused": done.refused,
        }  # fmt: skip

    facts = inside(data, work)
    output.show_facts(facts, as_json)
    if facts["refused"]:
        raise typer.Exit(1)
