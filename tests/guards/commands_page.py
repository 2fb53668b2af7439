"""docs/commands.md, written from the commands: `python -m tests.guards.commands_page`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from vault_core.cli.commands import application

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
HEAD = """\
# Commands

Written by `make docs` from the program. `--data` can come from the variable `PARCHEMIN_DATA`; a
refusal is one sentence on standard error and status 2.
"""


def commands() -> Iterator[tuple[str, Any]]:
    """Every command with its full name, `person add`, in the order of the help."""
    whole: Any = typer.main.get_command(application)
    for name, command in whole.commands.items():
        if hasattr(command, "commands"):
            for below, inner in command.commands.items():
                yield f"{name} {below}", inner
        else:
            yield name, command


def section(name: str, command: Any) -> str:
    """A command's heading, its usage, what it does and its options."""
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join(["parchemin", name, *(a.metavar or a.name.upper() for a in arguments)])
    lines = [f"\n## `{usage}`\n", inspect.cleandoc(command.help), ""]
    for option in options:
        needed = " (needed)" if option.required else ""
        told = f": {option.help}" if option.help else ""
        lines.append(f"- `{option.opts[0]}`{needed}{told}")
    return "\n".join(lines).rstrip() + "\n"


def page() -> str:
    """The whole page."""
    return HEAD + "".join(section(name, command) for name, command in commands())


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
