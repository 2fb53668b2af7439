"""SIGKILL at random moments of a batch: every certificate exactly once, and receipts agree.

PARCHEMIN_BATCH_KILLS sets how often; a full run is 100.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests import stores
from tests.processes import clean_environment, opened, prepare
from vault_core.plugins import load_plugins
from vault_core.store.catalog import Unit
from vault_core.vault.persons.person import Facts

pytestmark = pytest.mark.fault
KILLS = int(os.environ.get("PARCHEMIN_BATCH_KILLS", "4" if stores.CLUSTER else "6"))
SEED = int(os.environ.get("PARCHEMIN_SEED", str(time.time_ns())))
PER_KILL = 192
"""Rows for each kill: a few parts, so that there is always something left to interrupt."""
PATIENCE = 600.0


async def _people(data: Path, file: Path, count: int) -> None:
    bac = load_plugins(["bac"]).document_type("bac")
    async with opened(data) as institution:
        additions = []
        with file.open("w", encoding="utf-8-sig", newline="") as text:
            writer = csv.writer(text, delimiter=";")
            writer.writerow([column.names[0] for column in bac.columns])
            for number, row in enumerate(bac.sample(count, SEED % 1000)):
                values = {**row, "ine": f"{number:09}ZZ"}
                about = bac.parse(values).subject
                given = " ".join(about.given_names)
                facts = Facts(given, about.family_name, about.birth_date, about.ine)
                additions.append((await institution.persons.prepare(f"p{number}", facts))[1])
                writer.writerow([values.get(column.id, "") for column in bac.columns])
        await institution.catalog.commit(_all, additions)


def _all(additions: list[Callable[[], Unit[None]]]) -> Unit[None]:
    for addition in additions:
        yield from addition()


def _start(data: Path, file: Path, tmp_path: Path) -> subprocess.Popen[str]:
    rules = {
        "PARCHEMIN_ISSUING__PROCESSES": "2",
        "PARCHEMIN_PLUGINS__ENABLED": "local,bac",
        "PARCHEMIN_VAULT__RECIPIENT": "x25519",
    }
    env = clean_environment(stores.environment(data, rules))
    command = [sys.executable, "-m", "vault_core.cli", "deliver", "bac", str(file), "--json"]
    return subprocess.Popen(
        [*command, "--data", str(data)], env=env, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=(tmp_path / "errors.txt").open("a"),
    )  # fmt: skip


async def test_every_certificate_exactly_once(tmp_path: Path) -> None:
    data, file, chance = tmp_path / "data", tmp_path / "bac.csv", Random(SEED)
    count = KILLS * PER_KILL
    prepare(data, env={"PARCHEMIN_VAULT__RECIPIENT": "x25519"})
    await _people(data, file, count)
    kills = 0
    async with opened(data) as institution:
        catalog = institution.catalog

        async def delivered() -> int:
            return (await catalog.fetch("SELECT count(*) FROM deliveries"))[0][0]

        while kills < KILLS and (had := await delivered()) < count - PER_KILL:
            process = _start(data, file, tmp_path)
            deadline = time.monotonic() + PATIENCE
            # at a random moment: before, while or after the next rows are stored
            wanted = had + chance.randrange(PER_KILL)
            while process.poll() is None and await delivered() < wanted:
                assert time.monotonic() < deadline
                time.sleep(0.02)
            time.sleep(chance.uniform(0, 0.3))
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
            stores.settled(data)
            kills += 1
        process = _start(data, file, tmp_path)
        told, _ = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, (tmp_path / "errors.txt").read_text()
        assert kills >= min(3, KILLS // 2), SEED
        [summary] = json.loads(told)
        assert summary["state"] == "done"
        first, *others = reversed(await institution.batches.newest())
        assert (first.state, first.counts["delivered"], first.settled) == ("done", count, count)
        # the last kill may have come after the end: then the file was recognised
        assert all(batch.counts["already"] == count for batch in others)
        assert await delivered() == count
        rows = await catalog.fetch(
            "SELECT r.line, r.hash, d.vault, c.state FROM batch_receipts r"
            " JOIN deliveries d ON d.record_key = r.certificate AND d.vault = r.vault"
            " JOIN certificates c ON c.id = r.certificate AND c.vault = r.vault"
        )
        assert sorted(row[0] for row in rows) == list(range(2, count + 2))
        assert len({row[1] for row in rows}) == len({row[2] for row in rows}) == count
        assert {row[3] for row in rows} == {"valid"}
        assert await catalog.fetch("SELECT count(*) FROM certificates") == [(count,)]
        assert (await institution.maintenance.check()).clean
