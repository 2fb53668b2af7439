"""`parchemin check`: is all that is stored sound?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside
from vault_core.errors import BadRequest
from vault_core.store import sound

if TYPE_CHECKING:
    from vault_core.store.rounds import Place
    from vault_core.vault.upkeep.checking import Report


def check(
    data: Data,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove what a crash left that nothing refers to.")
    ] = False,
    during: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="DURATION",
            help="Go on where the last check stopped, for so long: 90m, 2h.",
        ),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Check all that is stored.

    Compares journals, quotas, nodes and blobs. Ends with status 1 if something is wrong. With
    --for it goes on where the last one stopped, so that a check every night comes round to
    everything; doctor says when it last did.
    """
    report = _checked(data, during, repair)
    problems = [
        {"kind": one.kind, "sentence": one.sentence, "repaired": one.repaired}
        for one in report.problems
    ]
    counted = {"vaults": report.vaults, "nodes": report.nodes, "blobs": report.blobs}
    stopped = _place(report.stopped) if report.stopped else None
    if as_json:
        output.show_json({"checked": counted, "problems": problems, "stopped": stopped})
    else:
        counts = ", ".join(f"{count} {what}" for what, count in counted.items())
        for one in problems:
            done = " (repaired)" if one["repaired"] else ""
            output.say(f"{one['kind']}: {one['sentence']}{done}")
        output.say(f"Checked {counts}: {_verdict(problems)}")
        if stopped:
            output.say(
                f"The round of {stopped['began']} has come {stopped['percent']} % of the way"
                f" through the {stopped['stage']}; --for goes on there."
            )
        elif during:
            output.say("This round has looked at everything.")
    if not report.clean:
        raise typer.Exit(1)


def _checked(data: Data, during: str, repair: bool) -> Report:
    if not during:
        return inside(data, lambda institution: institution.maintenance.checking.round(repair))
    seconds = _seconds(during)
    return inside(data, lambda institution: institution.maintenance.checking.go_on(seconds, repair))


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,6})(s|m|h)", text.strip())
    if found is None:
        raise BadRequest(f"{text!r} is no duration: write 90m, 2h or 30s.")
    return int(found[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[found[2]]


def _place(place: Place) -> dict[str, Any]:
    """How far a round has come. Ids are random, so their first digits say how much lies before."""
    from vault_core.vault.upkeep.checking import STAGES

    return {
        "began": f"{sound.moment(place.began_at):%Y-%m-%d}",
        "stage": STAGES[place.stage],
        "percent": int(f"{place.after:0<8}"[:8], 16) * 100 >> 32,
    }


def _verdict(problems: list[dict[str, Any]]) -> str:
    left = sum(not one["repaired"] for one in problems)
    if not problems:
        return "all is sound."
    return f"{left} problems are left." if left else "everything found was repaired."
