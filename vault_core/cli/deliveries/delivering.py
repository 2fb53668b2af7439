"""`parchemin deliver`: an issuer's file into the vaults of those it is about."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside, settings_of
from vault_core.errors import InvalidInput

if TYPE_CHECKING:
    from rich.progress import Progress

    from vault_core.app.institution import Institution
    from vault_core.issuing.deliveries.batches import Batch
    from vault_core.issuing.deliveries.outcomes import Summary


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

    Each file becomes a batch that survives crashes: run the same command again to go on. Bad rows
    are reported by line with their reasons, and the good ones go through; rows about somebody
    doubtful or unknown wait in `parchemin review list`. Ends with status 1 if a row was not
    delivered.
    """
    if dry_run:
        _rehearse(type_id, files, data, as_json)
        return
    from vault_core.cli.deliveries.following import bars

    with bars(as_json) as shown:

        async def work(institution: Institution) -> list[tuple[Path, Batch, list[dict[str, Any]]]]:
            return await _deliver(institution, type_id, files, shown)

        done = inside(data, work)
    if as_json:
        output.show_json([facts(file, batch, failed) for file, batch, failed in done])
    else:
        for file, batch, failed in done:
            tell(file, batch, failed)
    _tell_address(data)
    if any(failed or batch.state != "done" for _, batch, failed in done):
        raise typer.Exit(1)


async def _deliver(
    institution: Institution, type_id: str, files: list[Path], shown: Progress
) -> list[tuple[Path, Batch, list[dict[str, Any]]]]:
    from vault_core.serving.crew import Crew

    done = []
    async with Crew(institution) as crew:
        for file in files:
            with of_file(file):
                batch = await _submitted(institution, type_id, file, crew, shown)
            done.append((file, batch, await _failed(institution, batch)))
    return done


@contextmanager
def of_file(file: Path) -> Iterator[None]:
    """What is wrong with a file is said with its name: a command may have been given many."""
    try:
        yield
    except InvalidInput as error:
        raise InvalidInput(f"{file.name}: {error}") from None


async def _submitted(
    institution: Institution, type_id: str, file: Path, crew: Any, shown: Progress
) -> Batch:
    """Read and followed at the same time: the first rows are delivered while others are read."""
    from vault_core.cli.deliveries.following import follow

    begun: asyncio.Queue[str] = asyncio.Queue()
    with file.open("rb") as source:
        reading = asyncio.create_task(
            institution.batches.submit(
                type_id,
                source,
                file.name,
                "command",
                begun=lambda batch: begun.put_nowait(batch.id),
            )
        )
        first = asyncio.create_task(begun.get())
        await asyncio.wait({reading, first}, return_when=asyncio.FIRST_COMPLETED)
        if not first.done():
            first.cancel()
            await reading  # raises why the file cannot be read
        following = asyncio.create_task(follow(institution, [first.result()], crew, shown))
        try:
            await reading
            return (await following)[0]
        finally:
            following.cancel()


async def _failed(institution: Institution, batch: Batch) -> list[dict[str, Any]]:
    """Every row that somebody has to look at."""
    failed = [
        {"line": line, "fate": "refused", "reasons": list(reasons)}
        async for line, reasons in institution.batches.faults(batch.id)
    ]
    failed += [
        {"line": one.line, "fate": one.verdict, "reasons": list(one.reasons)}
        async for one in institution.reviews.waiting(batch.id)
    ]
    return sorted(failed, key=lambda row: row["line"])


def facts(file: Path, batch: Batch, failed: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch for programs."""
    return {
        "file": str(file),
        "dry_run": False,
        "batch": batch.id,
        "state": batch.state,
        "earlier": batch.earlier,
        **batch.counts,
        "warnings": list(batch.warnings),
        "failed": failed,
    }


def tell(file: Path, batch: Batch, failed: list[dict[str, Any]]) -> None:
    """A batch for people: what went through, then every row that did not."""
    counts = batch.counts
    corrected = f"{counts['corrected']} corrected, " if counts["corrected"] else ""
    opened = f"{counts['opened']} new vaults, " if counts["opened"] else ""
    output.say(
        f"{file.name}: {counts['delivered']} delivered, {corrected}{opened}"
        f"{counts['already']} delivered before, {counts['review']} to be reviewed, "
        f"{counts['refused']} refused (batch {batch.id})",
    )
    if batch.earlier:
        output.complain(f"{file.name}: this file was delivered before, as batch {batch.earlier}")
    if batch.state != "done":
        output.complain(f"{file.name}: the batch is {batch.state}: see 'parchemin batch show'")
    _tell_rows(file, batch.warnings, failed)


def _tell_rows(file: Path, warnings: Any, failed: list[dict[str, Any]]) -> None:
    for warning in warnings:
        output.complain(f"{file.name}: {warning}")
    for row in failed:
        output.complain(f"{file.name}, line {row['line']}: {'; '.join(row['reasons'])}")


def _tell_address(data: Path) -> None:
    """Where there is none, what is sealed leads whoever scans it nowhere, for good."""
    server = settings_of(data).server
    if not server.public_url:
        output.complain(
            f"Certificates lead whoever scans them to http://{server.listen}: set [server] "
            "public_url in parchemin.toml before delivering."
        )


def _rehearse(type_id: str, files: list[Path], data: Path, as_json: bool) -> None:
    async def work(institution: Institution) -> list[tuple[Path, Summary]]:
        done = []
        for file in files:
            with of_file(file), file.open("rb") as source:
                done.append(
                    (file, await institution.deliveries.deliver(type_id, source, dry_run=True))
                )
        return done

    done = inside(data, work)
    if as_json:
        output.show_json([_rehearsed(file, summary) for file, summary in done])
    for file, summary in () if as_json else done:
        counts = summary.counts
        output.say(
            f"{file.name}: {counts['delivered']} would be delivered, {counts['corrected']} "
            f"corrected, {counts['already']} delivered before, {counts['unknown']} to be "
            f"reviewed, {counts['refused']} refused",
        )
        _tell_rows(file, summary.warnings, _rehearsed(file, summary)["failed"])
    _tell_address(data)
    if any(summary.failed for _, summary in done):
        raise typer.Exit(1)


def _rehearsed(file: Path, summary: Summary) -> dict[str, Any]:
    return {
        "file": str(file),
        "dry_run": True,
        **{str(fate): count for fate, count in summary.counts.items()},
        "warnings": summary.warnings,
        "failed": [
            {"line": row.line, "fate": row.fate, "reasons": list(row.reasons)}
            for row in summary.failed
        ],
    }
