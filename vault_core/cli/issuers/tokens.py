"""`parchemin issuer token-add|tokens|token-revoke`: what issuers' programs come in by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution

ACTOR = "command"


def add(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="As `issuer list` prints it.")],
    data: Data,
    label: Annotated[str, typer.Option(help="Which program it is for.")],
    days: Annotated[int, typer.Option(help="How long it is good for.")] = 90,
    read_only: Annotated[bool, typer.Option("--read-only", help="It hands nothing in.")] = False,
    as_json: AsJson = False,
) -> None:
    """Let an issuer's program hand files in.

    It pushes and follows that issuer's batches by /api/v1, and opens no vault. The token is shown
    this once.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        made, secret = await institution.issuer_tokens.make(
            issuer, label, days, ACTOR, writes=not read_only
        )
        return {
            "id": made.id,
            "issuer": made.issuer,
            "until": output.day(made.expires_at),
            "token": secret,
        }

    output.show_facts(inside(data, work), as_json)


def listing(data: Data, as_json: AsJson = False) -> None:
    """List the tokens of issuers' programs."""

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [
            {
                "id": one.id, "issuer": one.issuer, "label": one.label,
                "may": "hand in" if one.writes else "look", "until": output.day(one.expires_at),
                "state": "expired" if one.is_expired else "good",
            }
            for one in await institution.issuer_tokens.everything()
        ]  # fmt: skip

    columns = ("id", "issuer", "label", "may", "until", "state")
    empty = "There is no token: parchemin issuer token-add ISSUER --label NAME."
    output.show_table(columns, inside(data, work), as_json, empty)


def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="As `issuer tokens` prints it.")],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """End a token, at once."""
    inside(data, lambda institution: institution.issuer_tokens.revoke(token, ACTOR))
    output.show_facts({"revoked": token}, as_json)
