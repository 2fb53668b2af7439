"""`parchemin plugin` and `parchemin issuer`: what the configuration loads, and what it brings."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import inside, settings_of

if TYPE_CHECKING:
    from vault_core.app import Institution
    from vault_core.issuing.register import Desk

group = typer.Typer(
    help="See, begin and check plugins.", no_args_is_help=True, rich_markup_mode=None
)
issuers = typer.Typer(
    help="See who delivers, and what.", no_args_is_help=True, rich_markup_mode=None
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


@issuers.command("list")
def list_issuers(data: Data, as_json: AsJson = False) -> None:
    """List who delivers what."""
    from vault_core.plugins import load_plugins

    plugins = load_plugins(settings_of(data).plugins.enabled)
    rows = [
        {
            "type": type_id,
            "title": document_type.title.en,
            "issuer": plugins.issuer_of(type_id).id,
            "issuer_name": plugins.issuer_of(type_id).name.en,
            "plugin": plugins.origins[type_id],
        }
        for type_id, document_type in sorted(plugins.document_types.items())
    ]
    columns = ("type", "title", "issuer", "issuer_name", "plugin")
    empty = "No enabled plugin delivers documents: see [plugins] enabled in the settings."
    output.show_table(columns, rows, as_json, empty)


@issuers.command("rotate-keys")
def rotate_keys(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="As `issuer list` prints it.")],
    data: Data,
    as_json: AsJson = False,
) -> None:
    """Give an issuer new keys.

    The old ones are kept: what they signed stays valid.
    """

    async def work(institution: Institution) -> Desk:
        return await institution.register.rotate(issuer)

    generation = inside(data, work).generation
    facts = {"issuer": issuer, "generation": generation.number, "since": generation.since}
    output.show_facts(facts, as_json)


@group.command("new")
def new_plugin(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Such as swimming.")],
    to: Annotated[Path, typer.Option("--to", file_okay=False, help="In which folder.")] = Path(),
    as_json: AsJson = False,
) -> None:
    """Begin a plugin of your own.

    A distribution with an issuer, a document type, its page and tests that pass.
    """
    from vault_core.cli.plugin_making import make

    made = make(name, to)
    if as_json:
        output.show_json({"name": name, "folder": str(made)})
        return
    output.say(f"{made} is a plugin that works. Next:")
    output.say(f'  cd {made} && pip install -e ".[test]" && pytest')
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
    from vault_core.cli.plugin_trial import examine

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


@issuers.command("import-key")
def import_key(
    issuer: Annotated[str, typer.Argument(metavar="ISSUER", help="As `issuer list` prints it.")],
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.pem", exists=True, dir_okay=False, help="Key and certificates, as PEM."
        ),
    ],
    data: Data,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="The key's password is read from there.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Seal with the institution's own certificate.

    What was sealed before stays valid. The key is kept encrypted under the institution's key:
    delete the file.
    """
    from vault_core.issuing.own_certificates import LARGEST, read_own_certificate

    with file.open("rb") as source:
        content = source.read(LARGEST + 1)
    password = sys.stdin.buffer.readline().rstrip(b"\r\n") if password_stdin else None
    own = read_own_certificate(content, password, dt.datetime.now(dt.UTC))

    async def work(institution: Institution) -> Desk:
        return await institution.register.take_own(issuer, own)

    generation = inside(data, work).generation
    certificate = generation.seal_chain[0]
    facts = {
        "issuer": issuer,
        "generation": generation.number,
        "since": generation.since,
        "certificate": certificate.subject.rfc4514_string(),
        "valid_until": certificate.not_valid_after_utc,
    }
    output.show_facts(facts, as_json)
