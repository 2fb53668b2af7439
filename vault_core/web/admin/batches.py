"""Batches: how far each is, pausing and going on, what was refused, and the receipt."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from vault_core.api import said
from vault_core.issuing.deliveries.batches import Batch
from vault_core.spreadsheets import inert
from vault_core.store.ids import milliseconds
from vault_core.web.admin.delivering import looked
from vault_core.web.admin.office import Duty

SHOWN: Final = 100
"""Refused rows on the page; all of them are in the table to download."""
EXPORTED: Final = 100_000
_LEAST: Final = 2_000
"""Milliseconds of watching before a rate is told."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is; `rate` in rows per second and `left` in seconds, None where unknown."""

    done: int
    rows: int
    percent: float
    rate: float | None
    left: int | None


async def page(duty: Duty) -> web.StreamResponse:
    """The newest batches."""
    return duty.page("batches.html", "batches", batches=await duty.office.batches.newest(100))


async def one(duty: Duty) -> web.StreamResponse:
    """One batch: where it stands now, what was refused, what can be done."""
    batch = await _batch(duty)
    faults = []
    if "operator" in duty.granted:
        async for line, reasons in duty.office.batches.faults(batch.id):
            faults.append((line, reasons))
            if len(faults) == SHOWN:
                break
    more = _watched(duty, batch)
    if batch.state == "held" and batch.read and "operator" in duty.granted:
        more |= await looked(duty, batch)
    return duty.page("batch.html", "batches", batch=batch, faults=faults, **more)


async def progress(duty: Duty) -> web.StreamResponse:
    """The part of the page that changes while a batch goes on."""
    batch = await _batch(duty)
    return duty.page("_progress.html", "batches", batch=batch, alone=True, **_watched(duty, batch))


def _watched(duty: Duty, batch: Batch) -> dict[str, object]:
    """The progress since the page began to watch, which its address carries."""
    now = milliseconds(duty.visit.site.vaults.services.clock())
    since, done = _number(duty, "since"), _number(duty, "done")
    if since is None or done is None or since > now or done > batch.settled:
        since, done = now, batch.settled
    return {
        "progress": progress_of(batch, now - since, done), "since": since, "done_then": done,
    }  # fmt: skip


def _number(duty: Duty, name: str) -> int | None:
    text = duty.visit.query(name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None


def progress_of(batch: Batch, elapsed: int, before: int) -> Progress:
    """How far it is, if `before` rows were settled `elapsed` ms ago."""
    done, rows = batch.settled, batch.rows
    percent = 100.0 * done / rows if rows else 0.0
    rate = (done - before) * 1000 / elapsed if elapsed >= _LEAST and done > before else None
    left = round((rows - done) / rate) if rate and batch.read else None
    return Progress(done, rows, round(percent, 1), rate, left)


async def move(duty: Duty) -> web.StreamResponse:
    """Pause, go on (or begin what was held), or cancel for good."""
    await duty.visit.form()
    batch, office = duty.visit.request.match_info["batch"], duty.office.batches
    wanted = duty.visit.request.match_info["move"]
    act = {"pause": office.pause, "resume": office.resume, "cancel": office.cancel}[wanted]
    found = await act(batch)
    await duty.note(f"batch-{wanted}", batch=found.id)
    return duty.visit.go(f"/admin/batches/{found.id}")


async def receipt(duty: Duty) -> web.StreamResponse:
    """The signed receipt of a batch that has ended. Raises BadRequest before."""
    batch = await _batch(duty)
    lines = duty.office.receipts.of_batch(batch.id)
    first = await anext(lines)  # raises before anything is sent
    answer = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "application/x-ndjson",
            hdrs.CACHE_CONTROL: "no-store",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="receipt-{batch.id}.jsonl"',
        }
    )
    await answer.prepare(duty.visit.request)
    await answer.write(f"{first}\n".encode())
    async for line in lines:
        await answer.write(f"{line}\n".encode())
    await answer.write_eof()
    return answer


async def refused(duty: Duty) -> web.StreamResponse:
    """Every row that was refused, and why, as a table."""
    batch = await _batch(duty)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([duty.visit.t("admin.line"), duty.visit.t("admin.why")])
    count = 0
    async for line, reasons in duty.office.batches.faults(batch.id):
        writer.writerow([line, inert("; ".join(said(one, duty.visit.language) for one in reasons))])
        count += 1
        if count == EXPORTED:
            break
    return table(text.getvalue(), f"refused-{batch.id}.csv")


def table(text: str, name: str) -> web.Response:
    """A table for any spreadsheet."""
    headers = {
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"', hdrs.CACHE_CONTROL: "no-store",
    }  # fmt: skip
    return web.Response(
        text="\ufeff" + text, content_type="text/csv", charset="utf-8", headers=headers
    )


async def _batch(duty: Duty) -> Batch:
    return await duty.office.batches.find(duty.visit.request.match_info["batch"])
