"""`parchemin backup` and `parchemin restore`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import credentials, output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.copies import Rebuilt
    from vault_core.app.institution import Institution
    from vault_core.copies.backup import Made
    from vault_core.copies.progress import Progress

EVERY = 2.0
"""Seconds between two lines of progress."""
NO_KEY = (
    "The institution's key is NOT in this backup: whoever has the backup reads no name of a person,"
    " and nobody can serve it again without the key. Keep a copy of institution.key elsewhere, or"
    " use --recipient or --passphrase-stdin."
)


def backup(
    data: Data,
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="Where backups are kept.")],
    recipient: Annotated[
        list[str] | None,
        typer.Option(help="An age recipient that the institution's key is encrypted to."),
    ] = None,
    passphrase_stdin: Annotated[
        bool, typer.Option(help="Encrypt the key under a passphrase from standard input.")
    ] = False,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all but so many of the newest backups.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Copy catalog and blobs while they are served.

    Only what is new is copied; interrupted and run again, it goes on. The institution's key is in
    the backup only where a recipient or a passphrase is given, and then encrypted.
    """
    from vault_core.app.copies import back_up, wrapping
    from vault_core.copies.progress import Progress

    passphrase = credentials.ask("Passphrase", True) if passphrase_stdin else None
    recipients = wrapping(recipient or [], passphrase)
    shown = Progress(teller())

    async def work(institution: Institution) -> Made:
        return await back_up(institution, to, shown, recipients, keep)

    made = inside(data, work)
    if as_json:
        output.show_json(_facts_of(made))
    else:
        _tell(made)
    if made.index.lacking:
        raise typer.Exit(1)


def _facts_of(made: Made) -> dict[str, Any]:
    found = made.index
    return {
        "snapshot": str(made.snapshot),
        "made_at": found.made_at.isoformat(),
        "blobs": found.blobs.count,
        "bytes": found.blobs.bytes + found.catalog.size,
        "new_blobs": made.new_blobs,
        "new_bytes": made.new_bytes,
        "new_pieces": made.new_pieces,
        "institution_key": found.institution_key,
        "lacking": [one.model_dump() for one in found.lacking],
    }


def _tell(made: Made) -> None:
    found = made.index
    size = output.size(found.blobs.bytes + found.catalog.size)
    output.say(f"{made.snapshot}: the catalog and {found.blobs.count} blobs, {size}.")
    new = output.size(made.new_bytes)
    output.say(f"New: {made.new_blobs} blobs, {new}; {made.new_pieces} MiB of the catalog.")
    for one in found.lacking:
        output.complain(f"Blob {one.blob} is not in it: it is {one.why} in the store.")
    if found.institution_key == "absent":
        output.say(NO_KEY)
    else:
        output.say("The institution's key and settings are in it, encrypted as you asked.")


def restore(
    backup: Annotated[Path, typer.Argument(metavar="BACKUP", help="What `backup --to` wrote.")],
    data: Annotated[
        Path, typer.Option("--data", envvar="PARCHEMIN_DATA", help="A new, empty directory.")
    ],
    snapshot: Annotated[
        str | None, typer.Option(help="Its name in snapshots/; the newest one if not given.")
    ] = None,
    prove: Annotated[
        bool, typer.Option("--prove", help="Then look at every vault's tree and every blob.")
    ] = False,
    key_file: Annotated[
        Path | None, typer.Option(dir_okay=False, help="The institution's key, kept elsewhere.")
    ] = None,
    identity: Annotated[
        Path | None, typer.Option(dir_okay=False, help="The age identity for the key inside.")
    ] = None,
    passphrase_stdin: Annotated[
        bool, typer.Option(help="Read the passphrase for the key inside from standard input.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Rebuild an institution from a backup.

    Into a new directory, whose parchemin.toml, if you put one there, says where the blobs go.
    Everything is compared with its SHA-256. With --prove, every journal, tree, header and size
    is checked too, without any person's key. Ends with status 1 if something is wrong.
    """
    import asyncio

    from vault_core.app import copies
    from vault_core.cli.institution.setting_up import settings_text
    from vault_core.copies.custody import opener
    from vault_core.copies.progress import Progress
    from vault_core.copies.restore import open_snapshot

    passphrase = credentials.ask("Passphrase", True) if passphrase_stdin else None
    opened = open_snapshot(backup, snapshot)
    text = settings_text(opened.index.settings.name, copies.plugins_for(opened))
    rebuilt = asyncio.run(
        copies.rebuild(
            opened,
            data,
            Progress(teller()),
            opener=opener(identity.read_text("utf-8") if identity else None, passphrase),
            key_file=key_file,
            settings_text=text,
            prove=prove,
        )
    )
    _show(rebuilt, data, as_json)


def _show(rebuilt: Rebuilt, data: Path, as_json: bool) -> None:
    done, report = rebuilt.restored, rebuilt.report
    problems = [] if report is None else [one.sentence for one in report.problems]
    if as_json:
        facts: dict[str, Any] = {
            "data": str(data), "blobs": done.blobs, "altered": done.altered,
            "has_key": rebuilt.has_key, "problems": problems,
        }  # fmt: skip
        if report is not None:
            facts["proved"] = {
                "vaults": report.vaults, "nodes": report.nodes, "blobs": report.blobs
            }  # fmt: skip
        output.show_json(facts)
    else:
        output.say(f"{data}: the catalog and {done.blobs} blobs are back.")
        for key in done.altered:
            output.complain(f"Blob {key} of the backup is missing or altered; it was left out.")
        for sentence in problems:
            output.complain(sentence)
        if report is not None:
            counts = f"{report.vaults} vaults, {report.nodes} nodes, {report.blobs} blobs"
            output.say(f"Proved {counts}: {'not ' if problems else ''}all is sound.")
        if not rebuilt.has_key:
            output.say(f"Put the institution's key into {data / 'institution.key'} before serving.")
    if done.altered or problems:
        raise typer.Exit(1)


def teller() -> Callable[[Progress], None]:
    """One line on standard error every few seconds, and nothing where it is quick."""
    last = time.monotonic()

    def tell(progress: Progress) -> None:
        nonlocal last
        if time.monotonic() - last < EVERY:
            return
        last = time.monotonic()
        size = f", {output.size(progress.bytes)}" if progress.bytes else ""
        line = f"{progress.stage}: {progress.done} of {progress.items}{size}"
        print(line, file=sys.stderr, flush=True)

    return tell
