"""How commands show facts: JSON for programs, tables for people."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vault_core.store import sound

_UNITS = ("bytes", "kB", "MB", "GB", "TB")


def say(line: str = "") -> None:
    """One line on standard output, at once: whoever reads a pipe may be waiting for it."""
    print(line, flush=True)


def complain(line: str) -> None:
    """One line on standard error."""
    print(line, file=sys.stderr)


def day(at: int) -> str:
    """`YYYY-MM-DD`, in UTC, of milliseconds since the epoch."""
    return sound.moment(at).date().isoformat()


def moment(at: int) -> str:
    """The same as a date and time of ISO 8601, to the second."""
    return sound.moment(at).isoformat(timespec="seconds")


def show_json(facts: Any) -> None:
    """One JSON value on standard output."""
    print(json.dumps(facts, ensure_ascii=False, indent=2, default=str), flush=True)


def show_facts(facts: Mapping[str, Any], as_json: bool) -> None:
    """Names and values, one a line."""
    if as_json:
        show_json(facts)
        return
    for name, value in facts.items():
        told = ", ".join(map(str, value)) if isinstance(value, list) else value
        say(f"{name.replace('_', ' ')}: {told}")


def tell(sentence: str, facts: Mapping[str, Any], as_json: bool) -> None:
    """What was done: a sentence for people, its facts for programs."""
    if as_json:
        show_json(facts)
    else:
        say(sentence)


def show_table(
    columns: Sequence[str], rows: Iterable[Mapping[str, Any]], as_json: bool, empty: str
) -> None:
    """Rows under headings; `empty` is said where there is none."""
    found = list(rows)
    if as_json:
        show_json(found)
        return
    if not found:
        say(empty)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column.replace("_", " "))
    for row in found:
        table.add_row(*(Text(str(row[column])) for column in columns))
    # as wide as it is: a terminal wraps lines, and ids are copied from them whole
    Console(soft_wrap=True, width=10_000).print(table)


def size(count: int) -> str:
    """`1234567` as `1.2 MB`."""
    value, unit = float(count), 0
    while value >= 1000 and unit < len(_UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.1f} {_UNITS[unit]}" if unit else f"{count} bytes"
