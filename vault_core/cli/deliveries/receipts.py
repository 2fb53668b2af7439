"""`parchemin batch receipt` and `parchemin receipt verify`: proof of what was delivered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution

group = typer.Typer(
    help="Check receipts of deliveries.", no_args_is_help=True, rich_markup_mode=None
)


def receipt(
    batch: Annotated[str, typer.Argument(metavar="BATCH", help="As `batch list` prints it.")],
    data: Data,
    to: Annotated[Path, typer.Option(help="The file to write.")],
    certificate: Annotated[
        str, typer.Option(help="Only this one's entry, with its path to the signed root.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Write the signed receipt of a batch.

    It has hash, vault and time of each delivery, and no content.
    """

    async def work(institution: Institution) -> int:
        if certificate:
            few = await institution.receipts.of_certificate(certificate)
            to.write_text("".join(f"{line}\n" for line in few), encoding="utf-8")
            return len(few) - 1
        lines, count = institution.receipts.of_batch(batch), 0
        first = await anext(lines)  # raises before the file is touched
        with to.open("w", encoding="utf-8") as file:
            file.write(f"{first}\n")
            async for line in lines:
                file.write(f"{line}\n")
                count += 1
        return count

    count = inside(data, work)
    output.tell(f"{to}: {count} deliveries.", {"file": str(to), "deliveries": count}, as_json)


@group.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    data: Annotated[
        Path | None,
        typer.Option("--data", envvar="PARCHEMIN_DATA", help="The institution's data directory."),
    ] = None,
    key: Annotated[str, typer.Option(help="The institution's key, where it is elsewhere.")] = "",
    document: Annotated[
        Path | None, typer.Option(exists=True, help="A document that must be among them.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check a receipt by the institution's key.

    Ends with status 1 if it was altered, is incomplete or another institution's.
    """
    from vault_core.errors import VerificationFailed
    from vault_core.issuing.deliveries.receipts import verify as check

    if not key:
        if data is None:
            raise typer.BadParameter("give --key, or --data of the institution")

        async def known(institution: Institution) -> str:
            return institution.receipts.public_key

        key = inside(data, known)
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            proven = check(lines, key, document.read_bytes() if document else None)
    except VerificationFailed as error:
        output.complain(f"REFUSED: {error}")
        raise typer.Exit(1) from None
    facts = {"verdict": "VALID", "entries": proven.entries, **proven.head}
    output.show_facts(facts, as_json)
