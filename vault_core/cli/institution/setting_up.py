"""`parchemin init`: an institution's directory, settings, key and catalog."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vault_core.cli import output
from vault_core.cli.options import AsJson, Data
from vault_core.cli.running import settings_of

if TYPE_CHECKING:
    from vault_core.settings import Settings

SETTINGS = """\
# Settings of this institution. Every setting, its default and what is allowed is explained in
# config/parchemin.toml of the Parchemin repository (share/parchemin/ where it is installed).

[institution]
name = {name}

[plugins]
enabled = {plugins}
"""


def init(
    data: Data,
    name: Annotated[str, typer.Option(help="The institution's name.")] = "Parchemin",
    as_json: AsJson = False,
) -> None:
    """Set up an institution.

    Makes its directory, settings, key and catalog; every installed plugin is enabled.
    """
    found = create(data, name)
    if as_json:
        output.show_json(
            {
                "data": str(data), "settings": str(data / "parchemin.toml"),
                "key": str(data / "institution.key"), "plugins": list(found.plugins.enabled),
            }
        )  # fmt: skip
        return
    output.say(f"{data} is ready; its settings are in {data / 'parchemin.toml'}.")
    output.say(f"Loaded plugins: {', '.join(found.plugins.enabled)}.")
    output.say()
    output.say(f"Keep a copy of {data / 'institution.key'} elsewhere. Then:")
    output.say(f'  1. in {data / "parchemin.toml"}, under [server]: public_url = "https://…"')
    output.say(f"  2. parchemin person import people.csv --data {data}")
    output.say(f"  3. parchemin role grant USERNAME operator --data {data}")
    output.say(f"  4. parchemin serve --data {data}, and parchemin doctor --data {data}")


def create(data: Path, name: str) -> Settings:
    """Set up an institution that loads every installed plugin. Raises Conflict if there is one."""
    import asyncio

    from vault_core.app.opening import create_institution
    from vault_core.plugins import installed

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = data / "parchemin.toml"
    if not file.exists():
        file.write_text(settings_text(name, sorted(installed())), encoding="utf-8")
    settings = settings_of(data)
    asyncio.run(create_institution(data, settings))
    return settings


def settings_text(name: str, plugins: Sequence[str]) -> str:
    """The settings file of a new institution."""
    # A JSON string, or list of strings, is a TOML one.
    quoted = json.dumps(name, ensure_ascii=False)
    return SETTINGS.format(name=quoted, plugins=json.dumps(list(plugins)))
