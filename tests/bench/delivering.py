"""How fast a file goes into vaults, the whole path: validated, matched, rendered, sealed, durable.

    python -m tests.bench.delivering [DOCUMENTS ...] [--kept DIR] [--directory DIR]
                                     [--recipient KIND]

For each number an institution with as many persons is made (that is not counted, and `--kept`
keeps it for the next run), with a file about all of them, and `parchemin deliver` is run on it.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.population import environment, populated
from tests.bench.watched import Watched
from vault_core.app.stores import catalog_path
from vault_core.settings import load_settings


def measure(count: int, directory: str | None, recipient: str, kept: Path | None) -> None:
    """Print one line, and how each quarter of the file went."""
    place = Path(tempfile.mkdtemp(dir=directory))
    try:
        began = time.perf_counter()
        populated(place, count, recipient, kept)
        made = time.perf_counter() - began
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        told, watched = _delivered(place, recipient)
        seconds = time.perf_counter() - start
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        assert json.loads(told)[0]["delivered"] == count, told
        print(
            f"{count:>8,} documents: {count / seconds:7.0f}/s, {seconds:7.1f} s, "
            f"{processor / count * 1000:5.2f} ms of processor time each, "
            f"{watched.largest:.0f} MiB in the largest process, {watched.peak:.0f} MiB in all "
            f"(its persons were there after {made:.0f} s)",
            *watched.quarters(count),
            sep="\n",
            flush=True,
        )
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _delivered(place: Path, recipient: str) -> tuple[bytes, Watched]:
    data = place / "data"
    command = [sys.executable, "-m", "vault_core.cli", "deliver", "bac", str(place / "bac.csv")]
    running = subprocess.Popen(
        [*command, "--json", "--data", str(data)],
        env={**os.environ, **environment(recipient)},
        stdout=subprocess.PIPE,
    )
    settings = load_settings(data, environment(recipient))
    watched = Watched(running.pid, catalog_path(data, settings))
    watched.start()
    told, _ = running.communicate()
    watched.ended.set()
    watched.join()
    return told, watched


def main() -> None:
    """Measure every number that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.delivering", description=__doc__)
    parser.add_argument("documents", type=int, nargs="*", default=[2_000, 10_000])
    parser.add_argument("--directory", help="a folder on the file system to be measured")
    parser.add_argument("--kept", type=Path, help="a folder that keeps the persons between runs")
    parser.add_argument("--recipient", default="mlkem768x25519")
    options = parser.parse_args()
    for count in options.documents:
        measure(count, options.directory, options.recipient, options.kept)


if __name__ == "__main__":
    main()
