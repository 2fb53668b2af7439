"""`parchemin review`: deciding whom a row is about where no rule could."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside
from vault_core.store import sound

if TYPE_CHECKING:
    from vault_core.app.institution import Institution
    from vault_core.issuing.deliveries.outcomes import Outcome
    from vault_core.issuing.deliveries.reviewing import Review

group = typer.Typer(
    help="Decide whom doubtful rows are about.", no_args_is_help=True, rich_markup_mode=None
)
Id = Annotated[str, typer.Argument(metavar="REVIEW", help="As `review list` prints it.")]
FIELDS = ("ine", "family_name", "given_names", "birth_date")
_MARKS = {"same": "=", "similar": "~", "differs": "≠", "missing": "?"}
BY = "command"


@group.command("list")
def list_reviews(
    data: Data,
    batch: Annotated[str | None, typer.Option(help="Only of this batch.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the rows that wait for a decision.

    Each with whom it may mean, side by side. A field that agrees is marked =, a similar one ~,
    one that differs ≠, one that is missing ?.
    """

    async def work(institution: Institution) -> list[Review]:
        return [review async for review in institution.reviews.waiting(batch)]

    found = inside(data, work)
    if as_json:
        output.show_json([_facts(review) for review in found])
        return
    if not found:
        output.say("No row waits for a decision.")
    for review in found:
        output.say(f"{review.id}  {review.verdict}: {'; '.join(review.reasons)}")
        output.say("    the row: " + ", ".join(review.record[name] or "-" for name in FIELDS))
        for candidate in review.candidates:
            agreement = candidate["agreement"]
            shown = (f"{_MARKS[agreement[name]]} {candidate[name] or '-'}" for name in FIELDS)
            output.say(f"    {candidate['username']}: " + ", ".join(shown))


@group.command()
def accept(
    review: Id,
    data: Data,
    username: Annotated[str, typer.Argument(help="Whom it is about.")] = "",
    new: Annotated[
        bool, typer.Option("--new", help="It is somebody new: make them a vault and a letter.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Deliver the row to that person.

    Or, with --new, to somebody who has no vault yet.
    """
    if bool(username) == new:
        raise typer.BadParameter("name the person, or give --new")

    async def work(institution: Institution) -> Outcome:
        if new:
            return await institution.reviews.welcome(review, BY)
        return await institution.reviews.accept(review, username, BY)

    fate = inside(data, work).fate
    output.tell(f"The row is {fate}.", {"review": review, "fate": fate}, as_json)


@group.command()
def refuse(review: Id, data: Data) -> None:
    """Deliver the row to nobody."""
    inside(data, lambda institution: institution.reviews.refuse(review, BY))
    output.say("The row is refused.")


def _facts(review: Review) -> dict[str, Any]:
    return {
        "review": review.id,
        "verdict": review.verdict,
        "reasons": list(review.reasons),
        "since": sound.moment(review.since).isoformat(),
        "record": dict(review.record),
        "candidates": [dict(one) for one in review.candidates],
    }
