"""`parchemin deliver`: an issuer's file into the vaults of those it is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from vault_core.app import Institution
    from vault_core.issuing.delivering import Summary


def deliver(
    type_id: Annotated[str, typer.Argument(metavar="TYPE", help="As `issuer list` prints it.")],
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False)],
    data: Data,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, match and render, but deliver nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver an issuer's files.

    Bad rows are reported by line with their reasons, and the good ones go through. Ends with
    status 1 if a row could not be delivered.
    """
    from rich.console import Console
    from rich.progress import Progress

    sizes = {file: file.stat().st_size for file in files}
    done: list[tuple[Path, Summary]] = []
    with Progress(console=Console(stderr=True), disable=as_json, transient=True) as bars:

        async def work(institution: Institution) -> None:
            for file in files:
                bar = bars.add_task(file.name, total=sizes[file])
                with file.open("rb") as source:
                    summary = await _deliver(institution, type_id, source, dry_run, bars, bar)
                done.append((file, summary))

        inside(data, work)
    if as_json:
        output.show_json([facts(file, summary, dry_run) for file, summary in done])
    else:
        for file, summary in done:
            tell(file, summary, dry_run)
    if any(summary.failed for _, summary in done):
        raise typer.Exit(1)


async def _deliver(
    institution: Institution,
    type_id: str,
    source: BinaryIO,
    dry_run: bool,
    bars: Progress,
    bar: TaskID,
) -> Summary:
    def progress(summary: Summary) -> None:
        at = None if source.closed else source.tell()
        bars.update(bar, description=f"{summary.rows} rows", completed=at)

    return await institution.deliveries.deliver(type_id, source, dry_run=dry_run, progress=progress)


def facts(file: Path, summary: Summary, dry_run: bool) -> dict[str, Any]:
    """A summary for programs."""
    return {
        "file": str(file),
        "dry_run": dry_run,
        **{str(fate): count for fate, count in summary.counts.items()},
        "warnings": summary.warnings,
        "failed": [
            {"line": row.line, "fate": row.fate, "reasons": list(row.reasons)}
            for row in summary.failed
        ],
    }


def tell(file: Path, summary: Summary, dry_run: bool) -> None:
    """A summary for people: what went through, then every row that did not."""
    counts = summary.counts
    verb = "would be delivered" if dry_run else "delivered"
    corrected = f"{counts['corrected']} corrected, " if counts["corrected"] else ""
    output.say(
        f"{file.name}: {counts['delivered']} {verb}, {corrected}"
        f"{counts['already']} delivered before, "
        f"{counts['unknown']} about nobody here, {counts['refused']} refused",
    )
    for warning in summary.warnings:
        output.complain(f"{file.name}: {warning}")
    for row in summary.failed:
        told = f"{file.name}, line {row.line}: {'; '.join(row.reasons)}"
        output.complain(told)
