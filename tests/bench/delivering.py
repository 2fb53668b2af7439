"""How fast a file goes into vaults, the whole path: validated, matched, rendered, sealed, durable.

    python -m tests.bench.delivering [DOCUMENTS ...] [--directory DIR] [--recipient KIND]

For each number an institution with as many persons is made (that is not counted), a file about
all of them is written, and `parchemin deliver` is run on it.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from vault_core.app import create_institution, open_institution
from vault_core.plugins import load_plugins
from vault_core.settings import Settings, load_settings
from vault_core.store.catalog import Unit
from vault_core.vault.persons import Facts

TOGETHER = 500


def environment(recipient: str) -> dict[str, str]:
    """Settings of the institution that is measured."""
    return {
        "PARCHEMIN_PLUGINS__ENABLED": "local,bac",
        "PARCHEMIN_VAULT__RECIPIENT": recipient,
        "PARCHEMIN_SERVER__PUBLIC_URL": "https://coffre.example",
    }


async def prepare(data: Path, settings: Settings, count: int, file: Path) -> None:
    """An institution with `count` persons, and a file with a row about each."""
    await create_institution(data, settings)
    bac = load_plugins(["bac"]).document_type("bac")
    async with open_institution(data, settings) as institution:
        with file.open("w", encoding="utf-8-sig", newline="") as text:
            writer = csv.writer(text, delimiter=";")
            writer.writerow([column.names[0] for column in bac.columns])
            group = []
            for number, row in enumerate(bac.sample(count, 1)):
                values = {**row, "ine": f"{number:09}ZZ"}
                subject = bac.parse(values).subject
                facts = Facts(
                    " ".join(subject.given_names), subject.family_name, subject.birth_date,
                    subject.ine,
                )  # fmt: skip
                _, addition = await institution.persons.prepare(f"p{number}", facts)
                group.append(addition)
                writer.writerow([values.get(column.id, "") for column in bac.columns])
                if len(group) == TOGETHER or number == count - 1:
                    await institution.catalog.commit(_all, group)
                    group = []


def _all(additions: list) -> Unit[None]:  # type: ignore[type-arg]
    for addition in additions:
        yield from addition()


class Memory(threading.Thread):
    """The largest sum of what a process and its children hold, in MiB (proportional set size)."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.largest, self.ended = pid, 0.0, 0.0, threading.Event()

    def run(self) -> None:
        while not self.ended.wait(0.5):
            sizes = [_pss(pid) for pid in (self.pid, *_children(self.pid))]
            self.peak = max(self.peak, sum(sizes))
            self.largest = max(self.largest, *sizes)


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


def _pss(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    except (OSError, StopIteration):
        return 0.0


def measure(count: int, directory: str | None, recipient: str) -> None:
    """Print one line."""
    place = Path(tempfile.mkdtemp(dir=directory))
    try:
        data, file = place / "data", place / "bac.csv"
        env = environment(recipient)
        asyncio.run(prepare(data, load_settings(data, env), count, file))
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        command = [sys.executable, "-m", "vault_core.cli", "deliver", "bac", str(file), "--json"]
        running = subprocess.Popen(
            [*command, "--data", str(data)], env={**os.environ, **env}, stdout=subprocess.PIPE
        )
        memory = Memory(running.pid)
        memory.start()
        told, _ = running.communicate()
        seconds = time.perf_counter() - start
        memory.ended.set()
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        delivered = json.loads(told)[0]["delivered"]
        assert delivered == count, told
        print(
            f"{count:>8,} documents: {count / seconds:7.0f}/s, {seconds:7.1f} s, "
            f"{processor / count * 1000:5.2f} ms of processor time each, "
            f"{memory.largest:.0f} MiB in the largest process, {memory.peak:.0f} MiB in all",
            flush=True,
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)


def main() -> None:
    """Measure every number that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.delivering", description=__doc__)
    parser.add_argument("documents", type=int, nargs="*", default=[2_000, 10_000])
    parser.add_argument("--directory", help="a folder on the file system to be measured")
    parser.add_argument("--recipient", default="mlkem768x25519")
    options = parser.parse_args()
    for count in options.documents:
        measure(count, options.directory, options.recipient)


if __name__ == "__main__":
    main()
