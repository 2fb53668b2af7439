"""Jinja2 as all pages use it: everything is escaped, and a name that is missing is an error."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER: Final = Path(__file__).parent / "templates"


@cache
def environment(*more: Path) -> Environment:
    """Templates of the pages, and of folders of their own that others bring.

    One for each set of folders, so that every site of a process shares what is compiled.
    """
    return Environment(
        loader=FileSystemLoader([FOLDER, *more]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
