"""`parchemin batch`: what became of issuers' files, and stopping or going on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.deliveries.batches import Batch

group = typer.Typer(
    help="Follow, pause and resume batches.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(metavar="BATCH", help="As `batch list` prints it.")]


@group.command("list")
def list_batches(data: Data, as_json: AsJson = False) -> None:
    """List the newest batches."""
    found = inside(data, lambda institution: institution.batches.newest())
    if as_json:
        output.show_json([facts(batch) for batch in found])
        return
    rows = [
        {
            "batch": batch.id,
            "state": _state(batch),
            "type": batch.type,
            "name": batch.name,
            "rows": batch.rows,
            "done": batch.settled,
            "review": batch.counts["review"],
            "refused": batch.counts["refused"],
        }
        for batch in found
    ]
    columns = ("batch", "state", "type", "name", "rows", "done", "review", "refused")
    output.show_table(columns, rows, False, "There was no batch yet.")


@group.command()
def show(batch: Id, data: Data, as_json: AsJson = False) -> None:
    """Show one batch.

    With every row that was refused and why.
    """

    async def work(institution: Institution) -> tuple[Batch, list[dict[str, Any]]]:
        found = await institution.batches.find(batch)
        refused = [
            {"line": line, "reasons": list(reasons)}
            async for line, reasons in institution.batches.faults(batch)
        ]
        return found, refused

    found, refused = inside(data, work)
    if as_json:
        output.show_json({**facts(found), "failed": refused})
        return
    output.show_facts({**facts(found), "state": _state(found)}, False)
    for row in refused:
        output.say(f"line {row['line']}: {'; '.join(row['reasons'])}")


@group.command()
def pause(batch: Id, data: Data, as_json: AsJson = False) -> None:
    """Stop a batch for a while.

    Rows that are being delivered are finished.
    """
    found = inside(data, lambda institution: institution.batches.pause(batch))
    sentence = f"{found.id} is paused after {found.settled} of {found.rows} rows."
    output.tell(sentence, facts(found), as_json)


@group.command()
def resume(batch: Id, data: Data, as_json: AsJson = False) -> None:
    """Go on with a batch.

    Follows it to its end.
    """
    from vault_core.cli.deliveries.following import bars, follow

    with bars(as_json) as shown:

        async def work(institution: Institution) -> Batch:
            from vault_core.serving.crew import Crew

            await institution.batches.resume(batch)
            async with Crew(institution) as crew:
                return (await follow(institution, [batch], crew, shown))[0]

        found = inside(data, work)
    output.show_facts(facts(found), as_json)


@group.command()
def cancel(batch: Id, data: Data, as_json: AsJson = False) -> None:
    """End a batch and forget its input.

    What was delivered stays delivered.
    """
    found = inside(data, lambda institution: institution.batches.cancel(batch))
    sentence = f"{found.id} is cancelled after {found.settled} of {found.rows} rows."
    output.tell(sentence, facts(found), as_json)


def facts(batch: Batch) -> dict[str, Any]:
    """A batch for programs."""
    return {
        "batch": batch.id,
        "issuer": batch.issuer,
        "type": batch.type,
        "name": batch.name,
        "way": batch.way,
        "state": batch.state,
        "read": batch.read,
        "rows": batch.rows,
        **batch.counts,
        "sha256": batch.sha256,
        "earlier": batch.earlier,
        "warnings": list(batch.warnings),
        "created_at": batch.created_at.isoformat(timespec="seconds"),
        "ended_at": batch.ended_at.isoformat(timespec="seconds") if batch.ended_at else "",
    }


def _state(batch: Batch) -> str:
    if batch.state == "open" and not batch.read:
        return "open, not read to its end: deliver the same file again"
    return batch.state
