"""Memory of whole pages: disks write from it directly, and it goes back to the system at once.

What the allocator gave for the pieces of a large document stays in the process otherwise.
"""

from __future__ import annotations

import mmap


def pages(size: int) -> memoryview:
    """`size` bytes, zero; they begin on a page, and none is taken before it is touched."""
    return memoryview(mmap.mmap(-1, size))


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
