"""An institution with as many persons as a file has rows, made on all cores, or taken from before.

Making 100,000 persons with a vault each takes longer than copying them: a folder that is given
keeps them for the next run.
"""

from __future__ import annotations

import asyncio
import csv
import itertools
import multiprocessing
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from vault_core.app.opening import create_institution, open_institution
from vault_core.app.own_files import KEY_FILE
from vault_core.crypto.sealed import ServerKeyring
from vault_core.plugins import load_plugins
from vault_core.settings import load_settings
from vault_core.store.catalog import Unit
from vault_core.vault.persons.person import Facts
from vault_core.vault.persons.register import Persons

TOGETHER = 500
"""Persons that are made by one process at a time, and stored with one commit."""
Addition = Callable[[], Unit[None]]
Rows = Sequence[tuple[int, Mapping[str, str]]]


def environment(recipient: str) -> dict[str, str]:
    """Settings of the institution that is measured."""
    return {
        "PARCHEMIN_PLUGINS__ENABLED": "local,bac",
        "PARCHEMIN_VAULT__RECIPIENT": recipient,
        "PARCHEMIN_SERVER__PUBLIC_URL": "https://coffre.example",
    }


def populated(place: Path, count: int, recipient: str, kept: Path | None = None) -> None:
    """`place` gets `data`, an institution of `count` persons, and `bac.csv`, a row about each.

    They are copied from the folder `kept`, and kept there if they are not there yet.
    """
    before = kept / f"{recipient}-{count}" if kept else None
    if before is None or not before.exists():
        asyncio.run(prepare(place / "data", count, recipient, place / "bac.csv"))
        if before is not None:
            unfinished = before.with_suffix(".unfinished")
            shutil.rmtree(unfinished, ignore_errors=True)
            shutil.copytree(place, unfinished)
            unfinished.rename(before)
    else:
        shutil.copytree(before, place, dirs_exist_ok=True)
    os.sync()  # writing it back is no part of what is measured


async def prepare(data: Path, count: int, recipient: str, file: Path) -> None:
    """The institution in `data`, and the file."""
    settings = load_settings(data, environment(recipient))
    await create_institution(data, settings)
    bac = load_plugins(["bac"]).document_type("bac")
    rows = [{**row, "ine": f"{number:09}ZZ"} for number, row in enumerate(bac.sample(count, 1))]
    with file.open("w", encoding="utf-8-sig", newline="") as text:
        writer = csv.writer(text, delimiter=";")
        writer.writerow([column.names[0] for column in bac.columns])
        writer.writerows([[row.get(column.id, "") for column in bac.columns] for row in rows])
    key = bytes.fromhex((data / KEY_FILE).read_text().split()[1])
    jobs = [(key, recipient, settings.vault.quota, group) for group in _groups(enumerate(rows))]
    context = multiprocessing.get_context("spawn")
    async with open_institution(data, settings) as institution:
        with ProcessPoolExecutor(os.cpu_count(), context) as processes:
            for additions in _few_ahead(processes, jobs):
                await institution.catalog.commit(_all, additions)


def _few_ahead(processes: ProcessPoolExecutor, jobs: Iterable[Any]) -> Iterator[list[Addition]]:
    """What the jobs give, in their order, with few of them in memory."""
    left = iter(jobs)
    running = [processes.submit(_made, job) for job in itertools.islice(left, 4)]
    while running:
        yield running.pop(0).result()
        running += [processes.submit(_made, job) for job in itertools.islice(left, 1)]


def _groups(rows: Iterable[tuple[int, Mapping[str, str]]]) -> Iterator[Rows]:
    each = iter(rows)
    while group := list(itertools.islice(each, TOGETHER)):
        yield group


def _made(job: tuple[bytes, Any, int, Rows]) -> list[Addition]:
    """Persons about whom rows are, as they are to be stored; in a process of its own."""
    key, recipient, quota, rows = job
    bac = load_plugins(["bac"]).document_type("bac")
    nowhere: Any = None  # preparing asks the catalog for nothing
    persons = Persons(nowhere, ServerKeyring(key), time.time, os.urandom, quota, recipient)

    async def additions() -> list[Addition]:
        return [
            (await persons.prepare(f"p{number}", _facts(bac.parse(row).subject)))[1]
            for number, row in rows
        ]

    return asyncio.run(additions())


def _facts(subject: Any) -> Facts:
    given = " ".join(subject.given_names)
    return Facts(given, subject.family_name, subject.birth_date, subject.ine)


def _all(additions: Sequence[Addition]) -> Unit[None]:
    for addition in additions:
        yield from addition()
