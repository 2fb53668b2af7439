"""What becomes of the rows of an issuer's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Fate = Literal["delivered", "corrected", "already", "unknown", "refused"]
FATES: tuple[Fate, ...] = ("delivered", "corrected", "already", "unknown", "refused")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one row of the input: its line (from 1), and why if it was not delivered.

    `review` is what a person needs who decides whom an `unknown` row is about.
    """

    line: int
    fate: Fate
    reasons: tuple[str, ...] = ()
    review: Mapping[str, Any] | None = None
    opened: bool = False
    """Whether a vault was made for it."""


@dataclass(slots=True)
class Summary:
    """What became of a whole input; `failed` holds only what somebody has to look at."""

    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(FATES, 0))
    failed: list[Outcome] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one row."""
        self.counts[outcome.fate] += 1
        if outcome.fate in ("unknown", "refused"):
            self.failed.append(outcome)

    @property
    def rows(self) -> int:
        """Rows read so far."""
        return sum(self.counts.values())
