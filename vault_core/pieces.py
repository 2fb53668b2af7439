"""Content that comes piece by piece."""

from __future__ import annotations

from collections.abc import AsyncIterator


async def end(pieces: AsyncIterator[object]) -> None:
    """Close what gives pieces, so that files and memory it holds are released now.

    A generator that was left in its midst is closed with its last reference; an error's traceback
    may hold that until garbage is collected, which can take a server days.
    """
    close = getattr(pieces, "aclose", None)
    if close is not None:
        await close()
