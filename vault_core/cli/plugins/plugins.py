"""`parchemin plugin`: what the configuration loads, and what it brings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import settings_of

group = typer.Typer(
    help="See, begin and check plugins.", no_args_is_help=True, rich_markup_mode=None
)


@group.command("list")
def list_plugins(data: Data, as_json: AsJson = False) -> None:
    """List the installed plugins.

    Only those that the settings enable are loaded.
    """
    from vault_core.plugins import installed, load_plugins

    enabled = settings_of(data).plugins.enabled
    loaded = {plugin.name: plugin for plugin in load_plugins(enabled).loaded}
    rows = []
    for name, point in sorted(installed().items()):
        distribution = point.dist
        rows.append(
            {
                "name": name,
                "distribution": distribution.name if distribution else "",
                "version": distribution.version if distribution else "",
                "enabled": name in loaded if as_json else "yes" if name in loaded else "no",
            }
        )
    columns = ("name", "distribution", "version", "enabled")
    output.show_table(columns, rows, as_json, "No plugin is installed.")


@group.command("new")
def new_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as swimming.")],
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="In which folder.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Begin a plugin of your own.

    A distribution with an issuer, a document type, its page and tests that pass.
    """
    from vault_core.cli.plugins.making import make

    made = make(name, to)
    if as_json:
        output.show_json({"name": name, "folder": str(made)})
        return
    output.say(f"{made} is a plugin that works. Next:")
    output.say(
        f'  cd {made} && pip install -e ".[test]" && pytest   # where Parchemin is installed'
    )
    output.say(
        f'  add "{name}" to [plugins] enabled; parchemin deliver {name} example.csv --dry-run'
    )


@group.command("check")
def check_plugin(
    what: Annotated[str, typer.Argument(metavar="PLUGIN", help="Its name, or its folder.")],
    as_json: AsJson = False,
) -> None:
    """Put a plugin to its contract.

    Loads it as the server does and runs the contract of every document type. It runs the plugin's
    code. Ends with status 1 if something is wrong.
    """
    from vault_core.cli.plugins.trial import examine

    verdict = examine(what)
    if as_json:
        output.show_json(
            {"plugins": verdict.plugins, "checks": verdict.checks, "faults": verdict.faults}
        )
    else:
        for fault in verdict.faults:
            output.say(f"wrong: {fault}")
        names = ", ".join(verdict.plugins)
        told = f"{len(verdict.faults)} are wrong" if verdict.faults else "all is as it should be"
        output.say(f"{names}: {verdict.checks} checks; {told}.")
    if verdict.faults:
        raise typer.Exit(1)
