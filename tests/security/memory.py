"""What a process holds in memory, as whoever seizes the running machine would read it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_MAPPING = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (....)")
STEP = 8 << 20


def found_in_memory(pid: int, needles: Iterable[bytes]) -> set[bytes]:
    """Which of the needles (each shorter than 4 KiB) lie in the process's writable memory."""
    wanted, found = set(needles), set()
    with Path(f"/proc/{pid}/mem").open("rb", buffering=0) as memory:
        for start, end in _writable(pid):
            tail = b""
            for at in range(start, end, STEP):
                try:
                    memory.seek(at)
                    data = tail + memory.read(min(STEP, end - at))
                except OSError:  # pages that cannot be read, such as guards
                    break
                found |= {needle for needle in wanted - found if needle in data}
                tail = data[-4096:]
    return found


def _writable(pid: int) -> list[tuple[int, int]]:
    lines = Path(f"/proc/{pid}/maps").read_text().splitlines()
    matches = [_MAPPING.match(line) for line in lines]
    return [(int(m[1], 16), int(m[2], 16)) for m in matches if m and m[3].startswith("rw")]
