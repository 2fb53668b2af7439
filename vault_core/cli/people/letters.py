"""`parchemin letters`: activation codes of new vaults, as letters to print or a file to mail."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.credentials import identity_in
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.deliveries.letters import Letter

group = typer.Typer(
    help="Print the letters of new vaults.", no_args_is_help=True, rich_markup_mode=None
)
Key = Annotated[
    Path, typer.Option("--key", exists=True, help="The office's identity, kept off this server.")
]
BatchOption = Annotated[str | None, typer.Option("--batch", help="Only of this batch.")]


@group.command("new-key")
def new_key(
    to: Annotated[Path, typer.Option(help="The file to write the identity to.")],
    as_json: AsJson = False,
) -> None:
    """Make the office's key.

    Keep the file off the server, and set issuing.letters_recipient to what is printed.
    """
    from vault_core.crypto.keys import generate_identity

    identity = generate_identity("mlkem768x25519", os.urandom)
    _write(to, f"# letters of new vaults\n{identity}\n".encode(), os.O_EXCL)
    output.show_facts({"recipient": str(identity.recipient)}, as_json)
    if not as_json:
        output.complain(
            'Next: in parchemin.toml, under [issuing], letters_recipient = "the recipient"; keep'
            f" {to} off the server."
        )


@group.command("print")
def print_letters(
    data: Data,
    key: Key,
    to: Annotated[Path, typer.Option(help="The file to write: .pdf for letters, .csv to mail.")],
    batch: BatchOption = None,
    as_json: AsJson = False,
) -> None:
    """Write the letters that wait.

    Sorted by class: one a page, or a CSV with its signature beside it. No file where none waits.
    """
    identity = identity_in(key)

    async def work(institution: Institution) -> tuple[list[Letter], bytes, str]:
        import asyncio

        from vault_core.issuing.deliveries import letters

        found = await institution.letters.opened(identity, batch)
        if not found:
            return [], b"", ""
        if to.suffix == ".csv":
            table = letters.as_csv(found)
            return found, table, institution.letters.sign(table)
        settings = institution.settings
        if not (address := settings.server.public_url):
            address = f"http://{settings.server.listen}"
            output.complain(
                f"The letters lead people to {address}: set [server] public_url in parchemin.toml, "
                "then print them again."
            )
        pdf = await asyncio.to_thread(letters.as_pdf, found, settings.institution.name, address)
        return found, pdf, ""

    found, written, signature = inside(data, work)
    if not found:
        facts = {"file": "", "letters": 0, "signature": ""}
        output.tell("No letter waits; no file was written.", facts, as_json)
        return
    _write(to, written, os.O_TRUNC)
    if signature:
        Path(f"{to}.sig").write_text(f"{signature}\n")
    output.tell(
        f"{to}: {len(found)} letters. When they are printed: 'parchemin letters discard'.",
        {"file": str(to), "letters": len(found), "signature": signature}, as_json,
    )  # fmt: skip


@group.command()
def discard(data: Data, batch: BatchOption = None, as_json: AsJson = False) -> None:
    """Forget letters that were printed.

    Their codes go on opening the vaults.
    """
    count = inside(data, lambda institution: institution.letters.discard(batch))
    output.tell(f"{count} letters were forgotten.", {"forgotten": count}, as_json)


def _write(to: Path, data: bytes, how: int) -> None:
    """A file of its owner's only."""
    try:
        descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | how, 0o600)
    except OSError as error:
        raise typer.BadParameter(f"{to} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def new_code(
    username: str,
    data: Data,
    escrow_key: Annotated[
        Path | None, typer.Option(exists=True, help="The institution's escrow identity.")
    ] = None,
    empty: Annotated[
        bool,
        typer.Option("--empty", help="Give the vault a new key; what nobody can open is lost."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Replace a lost activation code.

    Of somebody who never signed in: others are helped by 'parchemin escrow'. By an escrow slot,
    where the vault has one, nothing is lost. Else the vault of somebody who
    never signed in is emptied; deliver the issuer's files again, and it receives what it had,
    once.
    """
    if (escrow_key is None) == (not empty):
        raise typer.BadParameter("give either --escrow-key or --empty")

    async def work(institution: Institution) -> dict[str, object]:
        person = await institution.persons.find(username)
        if escrow_key is not None:
            new = await institution.rekeying.by_escrow(person, identity_in(escrow_key), None)
        else:
            new = await institution.rekeying.by_emptying(person)
        return {
            "username": person.username, "activation_code": new.code, "lost_deliveries": new.lost
        }  # fmt: skip

    output.show_facts(inside(data, work), as_json)
