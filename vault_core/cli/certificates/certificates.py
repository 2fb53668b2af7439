"""`parchemin certificate`: what was issued, and revoking it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.certificates.lifecycle import Standing
    from vault_core.issuing.certificates.revoking import Revoked

group = typer.Typer(
    help="See what was issued, and revoke it.", no_args_is_help=True, rich_markup_mode=None
)
COLUMNS = ("certificate", "type", "state", "issued", "expires", "ended", "reason", "replaced_by")


@group.command("list")
def list_certificates(
    data: Data,
    issuer: Annotated[str | None, typer.Option(help="Only of this issuer.")] = None,
    as_json: AsJson = False,
) -> None:
    """List what was issued.

    What a certificate says, and about whom, is known to its owner only.
    """

    async def work(institution: Institution) -> list[Standing]:
        return [standing async for standing in institution.certificates.everything(issuer)]

    rows = [_row(standing) for standing in inside(data, work)]
    output.show_table(COLUMNS, rows, as_json, "Nothing was issued yet.")


@group.command()
def revoke(
    certificate: Annotated[str, typer.Argument(metavar="ID", help="As `list` prints it.")],
    data: Data,
    reason: Annotated[
        str, typer.Option(help="error, fraud, withdrawn, or key (compromised).", prompt=True)
    ],
    as_json: AsJson = False,
) -> None:
    """Revoke a certificate.

    Whoever checks it is told so from now on; it stays in its owner's vault.
    """

    async def work(institution: Institution) -> Standing:
        return await institution.certificates.revoke(certificate, reason)

    output.show_facts(_row(inside(data, work)), as_json)


@group.command("revoke-file")
def revoke_file(
    type_id: Annotated[str, typer.Argument(metavar="TYPE", help="As `issuer list` prints it.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    data: Data,
    reason: Annotated[str, typer.Option(help="error, fraud, withdrawn, or key (compromised).")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what would be revoked, and revoke nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Revoke the certificates of a file's rows.

    The rows are those that were delivered, in a file like it. Ends with status 1 if a row is
    about no certificate, or cannot be read.
    """

    async def work(institution: Institution) -> list[Revoked]:
        with file.open("rb") as source:
            return await institution.revocations.by_file(type_id, source, reason, dry_run=dry_run)

    found = inside(data, work)
    fates = {"revoked": "would be revoked"} if dry_run else {}
    rows = [
        {"line": str(one.line), "fate": fates.get(one.fate, one.fate),
         "certificate": one.certificate, "reasons": " / ".join(one.reasons)}
        for one in found
    ]  # fmt: skip
    output.show_table(("line", "fate", "certificate", "reasons"), rows, as_json, "No row.")
    if any(one.fate in ("unknown", "refused") for one in found):
        raise typer.Exit(1)


def _row(standing: Standing) -> dict[str, str]:
    ended = standing.ended_at
    return {
        "certificate": standing.id,
        "type": standing.type,
        "state": standing.state,
        "issued": f"{standing.issued_at:%Y-%m-%d %H:%M}",
        "expires": f"{standing.expires_at:%Y-%m-%d}" if standing.expires_at else "",
        "ended": f"{ended:%Y-%m-%d %H:%M}" if ended else "",
        "reason": standing.reason,
        "replaced_by": standing.replaced_by or "",
    }
