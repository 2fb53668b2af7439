"""Pages of docs/ that are written from the program: `python -m tests.guards.pages`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main

from vault_core import errors
from vault_core.cli.commands import application

DOCS = Path(__file__).parents[2] / "docs"
COMMANDS = """\
# Commands

Written by `make docs` from the program. `--data` can come from the variable `PARCHEMIN_DATA`; a
refusal is one sentence on standard error and status 2.
"""


ERRORS = """\
# Errors

Written by `make docs` from `vault_core/errors.py`. Everything that Parchemin refuses on
purpose, and the status that WebDAV and HTTP clients see. A message says more: which one, and what
to do.

| error | status | means |
|---|---|---|
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


def error_classes() -> Iterator[type[errors.ParcheminError]]:
    """Every error, in the order of the module."""
    for value in vars(errors).values():
        if isinstance(value, type) and issubclass(value, errors.ParcheminError):
            yield value


def error_row(error: type[errors.ParcheminError]) -> str:
    """An error's line of the table: the first line of its docstring is what people read."""
    assert error.__doc__
    return f"| {error.__name__} | {error.status} | {error.__doc__.splitlines()[0]} |\n"


def pages() -> dict[Path, str]:
    """Each page and what it has to say."""
    return {
        DOCS / "commands.md": COMMANDS + "".join(section(*command) for command in commands()),
        DOCS / "errors.md": ERRORS + "".join(error_row(error) for error in error_classes()),
    }


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
