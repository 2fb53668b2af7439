"""`parchemin doctor`: is the machine right, are the settings, and what is around them?"""

from __future__ import annotations

import os

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data

COLOURS = {"good": "green", "warning": "yellow", "bad": "red"}


def doctor(data: Data, as_json: AsJson = False) -> None:
    """Look for faults of the installation.

    Looks at the machine, the settings and the plugins. Ends with status 1 if something must be
    mended.
    """
    from vault_core.cli.examination.examining import examine

    findings = list(examine(data, os.environ))
    if as_json:
        output.show_json([finding.facts() for finding in findings])
    else:
        for finding in findings:
            verdict = typer.style(f"{finding.verdict:8}", fg=COLOURS[finding.verdict])
            typer.echo(f"{verdict} {finding.about}: {finding.sentence}")
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(1)
