"""Tables for people, who open them in a spreadsheet."""

from __future__ import annotations


def inert(cell: str) -> str:
    """Text for a table: what a spreadsheet would take for a formula is quoted.

    Source: OWASP, CSV Injection.
    """
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
