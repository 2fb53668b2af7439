"""How slowly a body may come: so that nobody holds a connection by sending a byte now and then."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sized
from typing import Final, TypeVar

Piece = TypeVar("Piece", bound=Sized)
LEAST: Final = 1024
"""Bytes that must come within the time that a body may stand still."""


class Pace:
    """The time that is left for the next `least` bytes; what is done with them does not count."""

    def __init__(self, seconds: float, least: int = LEAST) -> None:
        self._seconds = seconds
        self._least = least
        self._left = seconds
        self._pending = 0

    async def next(self, read: Callable[[], Awaitable[Piece]]) -> Piece:
        """What `read` gives. Raises TimeoutError if too little came for too long."""
        begun = asyncio.get_running_loop().time()
        async with asyncio.timeout_at(begun + self._left):
            piece = await read()
        self._left -= asyncio.get_running_loop().time() - begun
        self.came(len(piece))
        return piece

    def came(self, count: int) -> None:
        """So many bytes came without waiting for them."""
        self._pending += count
        if self._pending >= self._least:
            self._left, self._pending = self._seconds, 0
