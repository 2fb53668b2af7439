"""`parchemin escrow`: the institution's offline key in several hands, and opening by it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.credentials import identity_in
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside
from vault_core.errors import BadRequest
from vault_core.store import sound

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.store.recoveries import RecoveryRow

group = typer.Typer(
    help="Open vaults for owners who lost every secret.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Shares = Annotated[int, typer.Option(min=2, max=16, help="How many shares are made.")]
Needed = Annotated[int, typer.Option(min=2, max=16, help="How many of them open.")]
ToFolder = Annotated[Path, typer.Option("--to", file_okay=False, help="A new or empty directory.")]
ShareFiles = Annotated[
    list[Path] | None,
    typer.Option("--share", exists=True, dir_okay=False, help="A share's file; once for each."),
]


@group.command()
def init(to: ToFolder, shares: Shares = 3, needed: Needed = 2, as_json: AsJson = False) -> None:
    """Make the escrow key, in shares only.

    The key itself is written nowhere. Do it on a computer without a network, give each file to one
    person, and set recovery.escrow_recipient to what is printed.
    """
    from vault_core.crypto.keys import generate_identity

    _split(generate_identity("mlkem768x25519", os.urandom), to, shares, needed, as_json)


@group.command()
def split(
    key: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    to: ToFolder,
    shares: Shares = 3,
    needed: Needed = 2,
    as_json: AsJson = False,
) -> None:
    """Split an age identity file into shares."""
    from vault_core.crypto.keys import parse_identity

    _split(parse_identity(identity_in(key)), to, shares, needed, as_json)


def _split(identity: Any, to: Path, shares: int, needed: int, as_json: bool) -> None:
    from vault_core.crypto import shares as shared

    if needed > shares:
        raise BadRequest(f"{needed} of {shares} shares can never come together.")
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(to.iterdir()):
        raise BadRequest(f"'{to}' is not empty; name a new folder.")
    files = []
    for number, words in enumerate(shared.split(identity, needed, shares), 1):
        file = to / f"share-{number}-of-{shares}.txt"
        head = f"# escrow of {identity.recipient.kind}: any {needed} of {shares} shares open\n"
        _write(file, f"{head}{words}\n")
        files.append(str(file))
    output.show_facts({"recipient": str(identity.recipient), "shares": files}, as_json)
    if not as_json:
        output.complain(
            'Next: in parchemin.toml, under [recovery], escrow_recipient = "the recipient"; then'
            " give each share to another person."
        )


@group.command()
def combine(
    shares: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False)],
    to: Annotated[Path, typer.Option("--to", help="The identity file to write.")],
) -> None:
    """Put shares together into an identity file.

    Stock age opens escrow slots with it. Remove it when you are done.
    """
    identity = _combined(shares)
    _write(to, f"# public key: {identity.recipient}\n{identity}\n")
    output.say(f"{to}: the escrow key. Remove the file as soon as you are done.")


def _combined(files: list[Path]) -> Any:
    from vault_core.crypto import shares as shared

    return shared.combine([identity_in(file) for file in files])


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as opened:
        opened.write(text)


@group.command()
def ask(username: str, data: Data, as_json: AsJson = False) -> None:
    """Begin opening a vault for its owner.

    They are told on every page, and can stop it until the waiting time is over.
    """

    async def work(institution: Institution) -> dict[str, Any]:
        person = await institution.persons.find(username)
        return _told(person.username, await institution.recoveries.ask(person.id, "escrow"))

    output.show_facts(inside(data, work), as_json)


@group.command()
def stop(username: str, data: Data) -> None:
    """Give up opening a vault."""

    async def work(institution: Institution) -> int:
        person = await institution.persons.find(username)
        return await institution.recoveries.stop_for(person.id)

    output.say("Stopped." if inside(data, work) else "Nobody asked to open that vault.")


@group.command("list")
def list_all(data: Data, as_json: AsJson = False) -> None:
    """List what was asked for, and from when on."""

    async def work(institution: Institution) -> list[dict[str, Any]]:
        return [_told(name, row) for name, row in await institution.recoveries.everyone()]

    columns = ("username", "way", "asked", "ready")
    output.show_table(columns, inside(data, work), as_json, "Nobody asked to open a vault.")


def _told(username: str, row: RecoveryRow) -> dict[str, Any]:
    return {
        "username": username, "way": row.way, "asked": _moment(row.asked_at),
        "ready": _moment(row.ready_at),
    }  # fmt: skip


def _moment(at: int) -> str:
    return sound.moment(at).isoformat(timespec="minutes")


@group.command()
def recover(
    username: str,
    data: Data,
    share: ShareFiles = None,
    key: Annotated[
        Path | None, typer.Option("--key", exists=True, dir_okay=False, help="A combined key.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a code for an owner, after the wait.

    Nothing in the vault is lost; the code is used once, to choose a new password.
    """
    if (key is None) == (not share):
        raise typer.BadParameter("give either --share, as often as needed, or --key")
    identity = identity_in(key) if key is not None else str(_combined(share or []))

    async def work(institution: Institution) -> dict[str, Any]:
        person = await institution.persons.find(username)
        ready = await institution.recoveries.ready(person.id, "escrow")
        new = await institution.rekeying.by_escrow(person, identity, ready)
        return {"username": person.username, "activation_code": new.code}

    output.show_facts(inside(data, work), as_json)
