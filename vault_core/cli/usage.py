"""Options and arguments that are none, refused in one sentence as everything else is."""

from __future__ import annotations

from typing import Any, Final, cast

import typer

Abort: Final = typer.Abort
UsageError: Final = cast("type[Exception]", typer.BadParameter.__mro__[1])
"""What the parser raises, and `typer.BadParameter`; Typer does not export it."""


def refusal(error: Any) -> str | None:
    """The sentence, with where to read more; None for a command that was given nothing.

    That one has printed its help by then.
    """
    ours = isinstance(error, typer.BadParameter) and not (error.param or error.param_hint)
    text = str(error.message if ours else error.format_message()).strip()
    if "\n" in text and not isinstance(error, typer.BadParameter):
        error.show()
        return None
    sentence = " ".join(text.split()).rstrip(".")
    where = f": see '{error.ctx.command_path} --help'" if error.ctx is not None else ""
    return f"{sentence[:1].lower()}{sentence[1:]}{where}."
