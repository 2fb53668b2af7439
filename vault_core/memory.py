"""Memory of whole pages: disks write from it directly, and it goes back to the system at once.

What the allocator gave for the pieces of a large document stays in the process otherwise.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from contextlib import contextmanager


def pages(size: int) -> memoryview:
    """`size` bytes, zero; they begin on a page, and none is taken before it is touched."""
    return memoryview(mmap.mmap(-1, max(1, size), access=mmap.ACCESS_COPY))[:size]


class Block:
    """Memory of one size that is filled from pieces of any size."""

    __slots__ = ("_memory", "size")

    def __init__(self, capacity: int) -> None:
        self._memory = pages(capacity)
        self.size = 0
        """How many bytes are filled; 0 empties it."""

    @property
    def full(self) -> bool:
        """Whether nothing more fits."""
        return self.size == len(self._memory)

    @property
    def filled(self) -> memoryview:
        """What was taken; a view that the next round overwrites."""
        return self._memory[: self.size]

    def take(self, data: memoryview) -> memoryview:
        """Copy what fits; the rest."""
        count = min(len(data), len(self._memory) - self.size)
        self._memory[self.size : self.size + count] = data[:count]
        self.size += count
        return data[count:]


class Portions:
    """Bounds what many hold at once: who comes is told how large his pieces may be.

    Few have large pieces, which cost least; the more there are, the smaller those of the next.
    However slowly each goes on, they hold little more together than a few would.
    """

    def __init__(self, unit: int, most: int, together: int) -> None:
        """Pieces are one to `most` units; all pieces aim at `together` units. `unit` in bytes."""
        self._unit, self._most, self._together = unit, most, together
        self._count = 0

    @contextmanager
    def one(self) -> Iterator[int]:
        """The size of one more's pieces, in bytes, for as long as he is there."""
        self._count += 1
        try:
            yield max(1, min(self._most, self._together // self._count)) * self._unit
        finally:
            self._count -= 1
