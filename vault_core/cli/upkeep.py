"""`parchemin check` and `parchemin doctor`: is what is stored sound, and the machine right?"""

from __future__ import annotations

import os
from typing import Annotated, Any

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside

COLOURS = {"good": "green", "warning": "yellow", "bad": "red"}


def check(
    data: Data,
    repair: Annotated[
        bool, typer.Option("--repair", help="Remove what a crash left that nothing refers to.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check all that is stored.

    Compares journals, quotas, nodes and blobs. Ends with status 1 if something is wrong.
    """
    report = inside(data, lambda institution: institution.maintenance.check(repair))
    problems = [
        {"kind": one.kind, "sentence": one.sentence, "repaired": one.repaired}
        for one in report.problems
    ]
    counted = {"vaults": report.vaults, "nodes": report.nodes, "blobs": report.blobs}
    if as_json:
        output.show_json({"checked": counted, "problems": problems})
    else:
        counts = ", ".join(f"{count} {what}" for what, count in counted.items())
        for one in problems:
            done = " (repaired)" if one["repaired"] else ""
            output.say(f"{one['kind']}: {one['sentence']}{done}")
        output.say(f"Checked {counts}: {_verdict(problems)}")
    if not report.clean:
        raise typer.Exit(1)


def _verdict(problems: list[dict[str, Any]]) -> str:
    left = sum(not one["repaired"] for one in problems)
    if not problems:
        return "all is sound."
    return f"{left} problems are left." if left else "everything found was repaired."


def doctor(data: Data, as_json: AsJson = False) -> None:
    """Look for faults of the installation.

    Looks at the machine, the settings and the plugins. Ends with status 1 if something must be
    mended.
    """
    from vault_core.cli.examination import examine

    findings = list(examine(data, os.environ))
    if as_json:
        output.show_json(
            [{"about": f.about, "verdict": f.verdict, "sentence": f.sentence} for f in findings]
        )
    else:
        for finding in findings:
            verdict = typer.style(f"{finding.verdict:8}", fg=COLOURS[finding.verdict])
            typer.echo(f"{verdict} {finding.about}: {finding.sentence}")
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(1)
