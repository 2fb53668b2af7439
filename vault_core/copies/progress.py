"""How far a copy is, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

Tell = Callable[["Progress"], None]


@dataclass(slots=True)
class Progress:
    """Counts of what was found and what is done; `tell` is called after each change."""

    tell: Tell
    stage: str = ""
    items: int = 0
    """Found so far in this stage."""
    done: int = 0
    bytes: int = 0
    """Copied so far in this stage."""
    total_bytes: int = 0

    def begin(self, stage: str) -> None:
        """A new stage: blobs, catalog, rows of a table."""
        self.stage, self.items, self.done, self.bytes, self.total_bytes = stage, 0, 0, 0, 0
        self.tell(self)

    def found(self, size: int) -> None:
        """One more thing, of that many bytes, is to be copied."""
        self.items += 1
        self.total_bytes += size

    def copied(self, size: int, count: int = 1) -> None:
        """So much more is copied and durable."""
        self.done += count
        self.bytes += size
        self.tell(self)


def silent(progress: Progress) -> None:
    """For whoever does not wait."""
    del progress
