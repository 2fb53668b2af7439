"""A process and its children while they work: memory, processor time, and how far they are."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LOOK = 0.5
"""Seconds between two looks."""
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Look:
    """One look: when (s), documents delivered so far, processor time (s), MiB by process."""

    at: float
    done: int
    processor: float
    sizes: tuple[float, ...]


class Watched(threading.Thread):
    """Looks at a process that delivers into `catalog`, until `ended` is set."""

    def __init__(self, pid: int, catalog: Path) -> None:
        super().__init__(daemon=True)
        self._pid, self._path = pid, catalog
        self.ended = threading.Event()
        self.looks: list[Look] = []

    def run(self) -> None:
        catalog = sqlite3.connect(f"file:{self._path}?mode=ro", uri=True)
        try:
            while not self.ended.wait(LOOK):
                self._look(catalog)
        finally:
            catalog.close()

    def _look(self, catalog: sqlite3.Connection) -> None:
        processes = (self._pid, *_children(self._pid))
        sizes = tuple(_proportional(pid) for pid in processes)
        done = catalog.execute("SELECT coalesce(sum(delivered), 0) FROM batches").fetchone()[0]
        before = self.looks[-1].processor if self.looks else 0.0
        processor = max(before, sum(map(_processor, processes)))  # some may have ended
        self.looks.append(Look(time.perf_counter(), done, processor, sizes))

    @property
    def largest(self) -> float:
        """MiB of the largest process, ever."""
        return max((max(look.sizes) for look in self.looks), default=0.0)

    @property
    def peak(self) -> float:
        """MiB of all together, ever."""
        return max((sum(look.sizes) for look in self.looks), default=0.0)

    def quarters(self, count: int) -> list[str]:
        """A line for each quarter of `count` documents: whether speed and memory stay the same."""
        lines, before = [], next((look for look in self.looks if look.done), None)
        for quarter in range(4):
            ends = [look for look in self.looks if look.done <= count * (quarter + 1) / 4]
            if before is None or not ends or ends[-1].at <= before.at:
                continue
            lines.append(_line(quarter, before, ends[-1], self._during(before, ends[-1])))
            before = ends[-1]
        return lines

    def _during(self, first: Look, last: Look) -> Sequence[Look]:
        return [look for look in self.looks if first.at <= look.at <= last.at]


def _line(quarter: int, first: Look, last: Look, during: Sequence[Look]) -> str:
    seconds, done = last.at - first.at, last.done - first.done
    largest = max(max(look.sizes) for look in during)
    return (
        f"    quarter {quarter + 1}: {done / seconds:5.0f}/s, "
        f"{(last.processor - first.processor) / seconds:4.2f} processors busy, "
        f"{largest:.0f} MiB in the largest process, "
        f"{max(sum(look.sizes) for look in during):.0f} MiB in all"
    )


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        if parent == pid:
            found += [int(entry.name), *_children(int(entry.name))]
    return found


def _proportional(pid: int) -> float:
    """Proportional set size, in MiB: what is shared counts for its part."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


def _processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICK
