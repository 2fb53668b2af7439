"""When a process that ended is started again: at once, and ever later if it ends soon each time."""

from __future__ import annotations

from typing import Final

FIRST: Final = 1.0
"""Seconds before the third start in a row that ended soon would follow; then twice as long."""
MOST: Final = 60.0
_DOUBLINGS: Final = 6
"""After so many it is MOST."""
SOUND: Final = 30.0
"""Seconds after which a process that ends had started well."""


class Restarts:
    """Of one kind of process. Times are seconds of any clock that only goes forward."""

    def __init__(self) -> None:
        self._failures = 0
        self.due = 0.0
        """Before then nothing is started."""

    @property
    def failing(self) -> bool:
        """Whether the last ones ended soon, one after the other."""
        return self._failures > 1

    def ended(self, started: float, now: float) -> float:
        """One ended by itself; the seconds until the next may start."""
        self._failures = self._failures + 1 if now - started < SOUND else 1
        wait = (
            min(MOST, FIRST * 2.0 ** min(self._failures - 2, _DOUBLINGS)) if self.failing else 0.0
        )
        self.due = now + wait
        return wait

    def lives(self, started: float, now: float) -> None:
        """One runs: what ended before it is forgotten once it has started well."""
        if now - started >= SOUND:
            self._failures = 0
