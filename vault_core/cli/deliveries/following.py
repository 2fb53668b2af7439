"""Following batches on the terminal: a bar with rows, rate and time left, until they end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

    from vault_core.app.institution import Institution
    from vault_core.issuing.deliveries.batches import Batch
    from vault_core.serving.crew import Crew

LOOK = 0.2
"""Seconds between two looks."""


def bars(quiet: bool) -> Progress:
    """Rows done of rows read, rows a second, time left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"), TimeRemainingColumn(),
        console=console, disable=quiet or not console.is_terminal, transient=True,
    )  # fmt: skip


async def follow(
    institution: Institution, ids: Sequence[str], crew: Crew | None, shown: Progress
) -> list[Batch]:
    """The batches as they ended, or stopped: paused and held ones are waited for no longer."""
    from vault_core.errors import StoreError

    tasks = {batch: shown.add_task(batch[:8], total=None, rate="") for batch in ids}
    while True:
        found = [await institution.batches.find(batch) for batch in ids]
        for batch in found:
            task = tasks[batch.id]
            shown.update(
                task, description=batch.name or batch.id[:8], completed=batch.settled,
                total=batch.rows if batch.read else None,
                rate=_rate(shown.tasks[task].finished_speed or shown.tasks[task].speed),
            )  # fmt: skip
        if all(batch.state != "open" for batch in found):
            return found
        if crew is not None and crew.failed is not None:
            raise StoreError(f"The batch stopped: {crew.failed}")
        await asyncio.sleep(LOOK)


def _rate(speed: float | None) -> str:
    return f"{speed:.0f}/s" if speed else ""
